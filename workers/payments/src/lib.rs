//! Payments: one aggregate per order, moved by the process manager's commands, the gateways' webhooks and the gateways'
//! answers to our own calls.
//!
//! [`handler`] is the contents page. A message teaches the payment something ([`request`], [`report`], [`answer`],
//! [`deadline`]; what a gateway says passes [`observe`], which compares it with our record); then [`advance`] makes
//! whatever call stands between what is known and what is wanted ([`holding`]). At most one changing call per payment is
//! open at any time, and its fate is known before the next is made.

mod advance;
mod answer;
mod deadline;
pub mod effect;
mod handler;
mod holding;
mod observe;
mod payment;
mod report;
mod request;

#[cfg(test)]
mod tests;

pub use deadline::Patience;
pub use handler::Payments;
pub use holding::{Flight, Holding};
pub use payment::{Payment, PaymentStatus};
