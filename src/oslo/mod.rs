//! nova.conf exactly as oslo.config reads it: this room imports nothing of ours and could leave as a crate.
//!
//! In reading order: [`ini`] a file with spans, [`redact`] what of it may be kept, [`options`] what nova knows, [`plugins`] what
//! others add, [`value`] typed values, [`interpolate`] `$name`, [`precedence`] which files a program reads, [`config`] all of it
//! together, [`db_url`] and [`transport_url`] (their passwords as [`secret`]) what options hold that SQLAlchemy and oslo.messaging read. Proved against
//! oslo.config 5.2.1 and 10.7.0 (`tests/oslo_real.rs`).

pub mod ini;
mod text;

pub mod redact;

pub mod options;
pub mod plugins;

pub mod value;

pub mod secret;

pub mod transport_url;

pub mod interpolate;

pub mod precedence;

pub mod config;

pub mod db_url;
