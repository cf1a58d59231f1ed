//! vncdoctor: which of the fifteen steps of an OpenStack noVNC console fails, why, and which line to change.
//!
//! **observe** gathers **evidence**, **judge** decides, **report** speaks. The rooms, in reading order:
//! imports run from the bottom of this list to the top and never back.

pub mod oslo;

pub mod console;

pub mod balancer;

pub mod evidence;

pub mod finding;

pub mod observe;

pub mod judge;

pub mod report;

pub mod cli;
