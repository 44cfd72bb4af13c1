//! `cargo xtask fuzz`: mutated bytes for every parser of outside bytes, for as long as you like.

use crate::compile::cargo;
use crate::failure::Outcome;
use crate::parts::{self, Plan};
use crate::paths::WorkDir;
use crate::ports::Ports;
use crate::prerequisites;
use crate::run;
use crate::term::Group;

/// Starts the parts, for the ingress answers from the real record, and runs all targets with `options`.
///
/// # Errors
/// Something does not start, or an input makes a target fail; the output says how to replay it.
pub fn run(native: bool, options: &[String]) -> Outcome {
    let plan = Plan::decide(native);
    let ports = Ports::free()?;
    let dir = WorkDir::temporary("fuzz")?;
    prerequisites::ensure(&prerequisites::needs(true, &plan), &dir)?;
    let parts = parts::start(&plan, &ports, &dir, &Group::default())?;
    let mut command = cargo(&["run", "--release", "-p", "fuzz", "--"]);
    command.args(options).envs(parts.environment().iter().map(|(name, value)| (name, value)));
    run::passing_its_code("fuzz", &command)
}
