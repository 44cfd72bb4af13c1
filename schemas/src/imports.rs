//! Files that operators bring in, and the same files on their way out.

pub mod rows;
