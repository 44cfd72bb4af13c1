//! The ingress on the real database. Run by `cargo xtask test`.

#![allow(clippy::unwrap_used, reason = "a test may stop at what cannot happen")]

#[path = "../../src/auth/google/issuer.rs"]
mod issuer;
#[path = "../../src/testing.rs"]
mod testing;

mod accounts;
mod admins;
mod audit;
mod carts;
mod cash;
mod catalog;
mod codes;
mod coupons;
mod dead_letters;
mod disputes;
mod examples;
mod foreign;
mod google;
mod idempotency;
mod imports;
mod invoices;
mod ledger;
mod mailbox;
mod me;
mod payments;
mod permissions;
mod products;
mod quotes;
mod reading;
mod reads;
mod refunds;
mod reports;
mod returns;
mod reviews;
mod samples;
mod sessions;
mod webhooks;
