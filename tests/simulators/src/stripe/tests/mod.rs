//! Tests of the Stripe simulator: the rules by themselves, then the HTTP surface.

mod http;
mod rules;
