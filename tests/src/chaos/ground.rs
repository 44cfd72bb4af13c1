//! What is prepared before anything of a run is started.

use std::any::Any;

use super::parts::Parts;
use crate::stack::Setup;

/// The ground that a run stands on.
pub struct Ground<'a> {
    /// The parts, not started yet.
    pub parts: &'a Parts,
    /// The shop, not started yet.
    pub setup: Setup,
    /// What faults need for as long as the run lasts.
    pub held: Vec<Box<dyn Any + Send>>,
}
