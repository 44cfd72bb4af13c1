//! Local stand-ins for the payment gateways, the carrier and who sends SMS and e-mail.
//!
//! Four processes, `stripe-sim`, `razorpay-sim`, `carrier-sim` and `messages-sim`, speak the HTTP that the real services
//! document, post signed webhooks, and misbehave on request (see [`faults::Faults`]). They keep their own ledger outside
//! everything a fault test kills, so a checker can compare what the shop believes with what the gateway did. They are
//! development tools; no production binary depends on this crate.
//!
//! Each of the first three is a pure state machine (`stripe::intent`, `razorpay::payment`, `carrier::shipment`) inside a thin
//! HTTP shell; the modules at this level are what the three shells share.

pub mod carrier;
pub mod cli;
pub mod clock;
pub mod control;
pub mod dice;
pub mod dispute;
pub mod faults;
pub mod idempotency;
pub mod ids;
pub mod ledger;
pub mod messages;
pub mod plant;
pub mod razorpay;
pub mod serve;
pub mod stripe;
#[cfg(test)]
mod testing;
pub mod web;
pub mod webhook;
