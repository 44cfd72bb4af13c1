//! The paths through an order's life, one test each.

mod attempts;
mod cancelled;
mod expired;
mod fulfilled;
mod refunded;
mod unpaid;
