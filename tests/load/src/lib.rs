//! Two clients of the public API: `load` places orders at a fixed rate and measures, `journeys` places a few orders of
//! every kind and shows how each goes.
//!
//! They know the shop as its customers do, through HTTP alone, and share no code with it: what they find is evidence.

pub mod api;
pub mod generator;
pub mod journeys;
