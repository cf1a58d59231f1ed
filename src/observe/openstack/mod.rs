//! The APIs, asked with the user's own credentials: a token, the compute endpoint, the server, a console.
//!
//! What does not wait for another answer is asked at once. Everything is read only but one: with `--server` nova-api is asked
//! for a console, which makes a token, as a click in the dashboard does. What an API does not answer is evidence; what is wrong
//! with the user's own words is a [`CloudProblem`].

mod catalogue;
mod clouds;
mod compute;
mod credentials;
mod few;
mod identity;
mod problem;
mod settings;
mod walk;
mod wire;

pub use credentials::Credentials;
pub use problem::CloudProblem;
pub(super) use walk::{Walk, walk};

/// A cloud to be asked.
#[derive(Debug)]
pub struct Cloud {
    /// Who asks, and where.
    pub credentials: Credentials,
    /// `--server`: a name or an id.
    pub server: Option<String>,
}
