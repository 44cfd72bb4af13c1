//! The engine: everything about moving messages that is not about what they mean.
//!
//! For each poll of its inbox a [`Worker`]
//!
//! 1. takes a batch of records and decodes them,
//! 2. loads the aggregates they are for in one read ([`store`]), except those it wrote last ([`known`]),
//! 3. lets the [`Handler`] move each of them, in memory ([`plan`], pure),
//! 4. writes all changed aggregates in one bulk of compare-and-sets, then their rows,
//! 5. publishes what was emitted and waits for the acknowledgements,
//! 6. keeps aside what cannot be worked on ([`dead_letters`]), and parks its key where others must wait ([`parking`]),
//! 7. starts the calls to the outside ([`calls`]), and
//! 8. stores the offsets of what is done ([`Offsets`]).
//!
//! A crash between any two steps, a redelivery, or a zombie that wakes after a rebalance replays into the same result:
//! an aggregate remembers which messages it has seen ([`Memory`]), what the last of them emitted (its journal) and which
//! calls are still out (its pending effects). The journal lets an entry go when a message behind it in the inbox is
//! applied: within one partition a batch is published before the next one begins. Redelivery may start earlier, at a
//! record that a call still holds; what was applied since is then known as seen, and was published.

mod announced;
mod calls;
mod dead_letters;
mod desk;
mod document;
mod handler;
mod known;
mod numbers;
mod offsets;
mod parked_keys;
mod parking;
mod plan;
mod projection;
#[cfg(test)]
mod simulation;
mod store;
mod sweeper;
mod worker;

pub use calls::{Caller, NoCalls, Tried, Unanswered};
pub(crate) use dead_letters::{ATTEMPTS, PLACE};
pub use dead_letters::{
    DeadLetter, DeadLetters, Discarded, LetterState, OperationFailed, PARKED_BEHIND, Past, Replayed, Resend,
    Settlement, Wanted, letter_id,
};
pub use document::{Document, Entry, LastSeen};
pub use handler::{Handler, Memory, NoEffect, NoRow, Outbox, PendingEffect, Refusal, Row, RowKey, State, Taken};
pub use known::{ById, Known};
pub use offsets::{Held, Offsets};
pub use parking::{Parked, Place};
pub use plan::{Call, Dead, Loaded, Plan, Saved, plan};
pub use projection::{Changed, NoProjection, Projection};
pub use store::{ENGINE_INDEXED, Index};
pub use worker::Worker;
