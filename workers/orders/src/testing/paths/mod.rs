//! The paths through an order's life, one test each.

mod attempts;
mod cancelled;
mod cash;
mod disputed;
mod expired;
mod fulfilled;
mod refunded;
mod replaced;
mod returned;
mod unpaid;
