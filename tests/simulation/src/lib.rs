//! The whole order path in one thread: the workers' real handlers under the engine's real rules of planning and replay, on
//! a simulated broker, store, clock, gateway and carrier.
//!
//! A seed decides everything: who acts next, what is lost, doubled, delayed or overtaken, where a process crashes and when
//! a partition goes to another. The same seed makes the same history. Then all faults end, everything comes to rest, and
//! [`invariants`] compares what the stores, the gateway and the carrier hold.
//!
//! Start reading at [`world`]; [`process`] is one worker's process, step by step. What fails, [`shrink`] makes short.

pub mod broker;
pub mod chance;
pub mod customers;
pub mod invariants;
pub mod outside;
pub mod pool;
pub mod process;
pub mod shrink;
pub mod store;
pub mod world;

pub use shrink::{Shortest, shrink};
pub use world::{Failure, Settings, World};

/// Lives through one seed.
///
/// # Errors
/// [`Failure`] with what does not hold.
pub fn live(settings: Settings) -> Result<World, Failure> {
    let mut world = World::new(settings);
    judge(&mut world)?;
    Ok(world)
}

/// Lets a world live to its end and says what does not hold.
fn judge(world: &mut World) -> Result<(), Failure> {
    world.run()?;
    invariants::check(world).map_err(|broken| Failure::new(world.settings, broken))
}
