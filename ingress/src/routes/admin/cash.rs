//! Cash that was taken for orders.

pub mod list;
pub mod record;
