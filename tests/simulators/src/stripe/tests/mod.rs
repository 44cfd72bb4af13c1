//! Tests of the Stripe simulator: the rules by themselves, then the HTTP surface.

mod decoding;
mod http;
mod rules;
