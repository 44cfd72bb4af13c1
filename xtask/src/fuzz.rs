//! `cargo xtask fuzz`: mutated bytes for every parser of outside bytes, for as long as you like.

use std::process::Command;

use crate::failure::Outcome;
use crate::parts::Plan;
use crate::paths::{self, WorkDir};
use crate::ports::Ports;
use crate::run;
use crate::stack;

/// Starts the parts, for the ingress answers from the real record, and runs all targets with `options`.
///
/// # Errors
/// Something does not start, or an input makes a target fail; the output says how to replay it.
pub fn run(native: bool, options: &[String]) -> Outcome {
    let plan = Plan::decide(native);
    let ports = Ports::free()?;
    let dir = WorkDir::temporary("fuzz")?;
    let parts = stack::parts_and_build(&plan, &ports, &dir, true)?;
    let mut command = Command::new(paths::binaries(true).join("fuzz"));
    command.args(options).current_dir(paths::root());
    command.envs(parts.environment().iter().map(|(name, value)| (name, value)));
    run::passing_its_code("fuzz", &command)
}
