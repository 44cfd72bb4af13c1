//! What the end-to-end tests stand on: a whole shop as child processes on the real broker, database and cache, a client
//! that behaves like a customer, the customer's bank at the simulated gateways, and the [`checker`] that judges a run
//! from outside.
//!
//! The fault runner, [`chaos`], is here too. The tests themselves are in `e2e/`, one file per promise. `cargo xtask test` brings up what they need.

pub mod background;
pub mod calendar;
pub mod catalog;
pub mod chaos;
pub mod checker;
pub mod client;
pub mod coupons;
pub mod environment;
pub mod facts;
pub mod gateways;
pub mod kafka;
pub mod life;
pub mod log;
pub mod mailbox;
pub mod own_redis;
pub mod probes;
pub mod proxy;
pub mod runtime;
pub mod sampling;
pub mod stack;
pub mod store;
pub mod toy;
pub mod wait;
pub mod webhook;

pub use catalog::Catalog;
pub use client::{Answer, Basket, Customer, PlacedOrder};
pub use environment::Environment;
pub use runtime::run;
pub use stack::{Guest, Link, QuietGuest, Setup, Stack, quiet_shop, shop};
pub use wait::{eventually, eventually_within};
