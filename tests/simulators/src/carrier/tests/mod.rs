//! Tests of the carrier simulator: the rules by themselves, then the HTTP surface.

mod http;
mod rules;
