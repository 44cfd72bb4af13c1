//! Looking at a shop again and again while it runs: what must hold at every moment, not only at rest.

mod statuses;
mod stock;

pub use statuses::{Followed, StatusSampler};
pub use stock::StockSampler;
