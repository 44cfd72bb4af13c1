//! Mutated bytes for every parser of outside bytes, through the doors that they come in by.
//!
//! A [`Target`] is tried with its samples, with inputs that once made it fail (`regressions/<target>/`), and with what
//! [`mutate`] makes of them. It panics at what must not be, and else says what came of an input; inputs with a new outcome
//! are mutated further, which leads deep where coverage would need another compiler. A failing input is written to
//! `regressions/<target>/`, and `cargo run -p fuzz -- --replay <file>` tries it again.
//!
//! `cargo xtask test` tries each target for some seconds, `cargo xtask fuzz --minutes 60` for as long as you like.

#![allow(clippy::unwrap_used, reason = "a test may stop at what cannot happen")]

pub mod mutate;
pub mod run;
pub mod targets;

// The bench of the ingress' own tests.
#[path = "../../../ingress/tests/record/samples.rs"]
#[allow(dead_code, reason = "shared with the ingress' tests")]
mod samples;
#[path = "../../../ingress/src/testing.rs"]
mod testing;

use std::path::{Path, PathBuf};

/// Bytes for one parser.
pub struct Target {
    /// Its name, and its folder's.
    pub name: &'static str,
    /// Valid inputs, from which mutation starts.
    pub samples: Samples,
    /// Prepares what the inputs are tried on, once per run.
    pub prepare: fn() -> Box<dyn Try>,
}

/// Makes a target's samples.
pub type Samples = fn() -> Vec<Vec<u8>>;

/// Where inputs are tried.
pub trait Try {
    /// What came of an input, as one of not too many words.
    ///
    /// # Panics
    /// At what must not be, whatever the input.
    fn outcome(&self, input: &[u8]) -> String;
}

/// Where inputs are kept that made this target fail once.
#[must_use]
pub fn regressions(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions").join(target)
}
