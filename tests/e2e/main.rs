//! The tests on the real parts, in one binary. Run by `cargo xtask test`.

#![allow(clippy::unwrap_used, reason = "everything in this binary is a test")]

mod attempts;
mod bad_input;
mod carts;
mod cash;
mod catalog;
mod checker;
mod coupons;
mod dead_letters;
#[path = "../../ingress/src/testing/described.rs"]
#[allow(dead_code, reason = "shared with the ingress' tests")]
mod described;
mod disputes;
mod engine;
mod environments;
mod expiry;
mod exports;
mod failover;
mod faults;
mod generated_client;
mod idempotency;
mod imports;
mod indexes;
mod invoices;
mod journeys;
mod late_payment;
mod localstripe;
mod messages;
mod metrics;
mod operations;
mod overload;
mod own_redis;
mod reads;
mod rebuilds;
mod reconciliation;
mod refunds;
mod returns;
mod schemathesis;
mod search;
mod status;
mod traces;
mod webhooks;
mod year_end;
