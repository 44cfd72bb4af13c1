//! The ingress on the real database. Run by `cargo xtask test`.

#[path = "../../src/testing.rs"]
mod testing;

mod accounts;
mod catalog;
mod idempotency;
mod reading;
mod samples;
mod webhooks;
