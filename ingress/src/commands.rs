//! What operators do on the command line, with the ingress' configuration.

pub mod dead_letters;
pub mod make_admin;

use shared::daemon::StartError;

use crate::problem::Problem;

/// A problem as the last line of a command.
fn failed(problem: &Problem) -> StartError {
    StartError::Other(problem.to_string())
}
