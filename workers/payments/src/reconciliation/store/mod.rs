//! What reconciliation reads and writes.

mod books;
mod findings;
mod lines;
mod runs;

use schemas::reconciliation::FINDINGS;
use shared::engine::Index;

pub use self::{
    books::OurBooks,
    findings::Findings,
    lines::Lines,
    runs::{Claim, NotAsked, Outcome, Report, Runs},
};

/// How many names one query asks for.
const AT_ONCE: usize = 500;

/// What the queries here and the ingress' list rely on.
pub const INDEXES: [Index; 3] = [
    Index { collection: FINDINGS, keys: &[("difference.subject", 1), ("state", 1)], unique: false },
    Index {
        collection: FINDINGS,
        keys: &[("state", 1), ("difference.kind", 1), ("first_seen", -1), ("_id", -1)],
        unique: false,
    },
    Index { collection: lines::COLLECTION, keys: &[("entity", 1)], unique: false },
];
