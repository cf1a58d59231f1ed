//! The fifteen steps from the click to the VNC server, one file each.
//!
//! A step judges from evidence alone whether its product was seen; why it fails is a cause's business. Numbers are those
//! of the published walk-through and stay, although from Rocky on the order in time is 6, 7, 9, 10, 8.

mod assemble;
mod step_01_user_opens_console;
mod step_02_api_asked;
mod step_03_compute_asked;
mod step_04_hypervisor_asked;
mod step_05_domain_read;
mod step_06_vnc_address_returned;
mod step_07_token_made;
mod step_08_connect_info_built;
mod step_09_token_authorized;
mod step_10_token_stored;
mod step_11_url_returned;
mod step_12_url_opened;
mod step_13_proxy_reached;
mod step_14_token_checked;
mod step_15_vnc_connected;
mod view;

pub(crate) use assemble::assemble;
pub(crate) use view::View;

use super::case::Case;
use crate::finding::StepMeta;

/// A step: what it is, and how it is judged.
#[derive(Clone, Copy)]
pub struct Step {
    /// What is known of it beforehand.
    pub meta: StepMeta,
    /// What the evidence says of it.
    pub(crate) judge: fn(&Case) -> View,
}

/// All fifteen, in order.
pub const STEPS: [Step; 15] = [
    step_01_user_opens_console::STEP,
    step_02_api_asked::STEP,
    step_03_compute_asked::STEP,
    step_04_hypervisor_asked::STEP,
    step_05_domain_read::STEP,
    step_06_vnc_address_returned::STEP,
    step_07_token_made::STEP,
    step_08_connect_info_built::STEP,
    step_09_token_authorized::STEP,
    step_10_token_stored::STEP,
    step_11_url_returned::STEP,
    step_12_url_opened::STEP,
    step_13_proxy_reached::STEP,
    step_14_token_checked::STEP,
    step_15_vnc_connected::STEP,
];

/// The step of a number from 1 to 15.
pub fn step(number: u8) -> Option<&'static Step> {
    STEPS.get(usize::from(number).checked_sub(1)?)
}
