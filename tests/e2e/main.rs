//! The tests on the real parts, in one binary. Run by `cargo xtask test`.

mod engine;
mod expiry;
mod idempotency;
mod journeys;
mod status;
