//! Tests of the Razorpay simulator: the rules by themselves, then the HTTP surface.

mod http;
mod rules;
