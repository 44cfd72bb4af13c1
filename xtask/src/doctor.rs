//! `cargo xtask doctor`: what is here and what is missing; nothing is changed.

use crate::daemons;
use crate::failure::Outcome;
use crate::parts::Plan;
use crate::paths;
use crate::ports::Ports;
use crate::prerequisites;
use crate::term;

/// Prints the state of this machine.
///
/// # Errors
/// The cache has no place.
pub fn run() -> Outcome {
    let plan = Plan::decide(false);
    term::out("parts");
    for line in plan.describe() {
        term::out(&format!("  {line}"));
    }
    term::out("prerequisites");
    for need in prerequisites::needs(true, &plan) {
        let state = if need.is_met() { "present" } else { "missing" };
        term::out(&format!("  {:<18} {state}", need.what));
    }
    let cache = paths::cache()?;
    term::out(&format!("downloads\n  {} ({})", cache.display(), paths::megabytes(&cache)));
    let names: Vec<&str> =
        plan.listeners().into_iter().chain(daemons::all()).chain(daemons::simulators()).chain(["api"]).collect();
    let conflicts = Ports::development().conflicts(&names);
    term::out("ports of the demo");
    if conflicts.is_empty() {
        term::out("  all free");
    }
    for conflict in conflicts {
        term::out(&format!("  {conflict}"));
    }
    Ok(())
}
