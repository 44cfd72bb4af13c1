//! The engine against the real broker and database: a toy worker that adds up what it is told.

mod calls;
mod dead_letters;
mod deadlines;
mod fault_points;
mod groups;
mod projections;
mod rate_limit;
pub mod versioned_cache;
