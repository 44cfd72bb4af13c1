//! The engine: everything about moving messages that is not about what they mean.

mod handler;

pub use handler::{Handler, Memory, NoEffect, NoRow, Outbox, PendingEffect, Refusal, Row, RowKey, State};
