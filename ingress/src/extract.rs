//! What handlers take from a request. axum's own extractors reject in plain text; these reject with a problem.

mod admitted;
mod client;
mod client_key;
mod device;
mod json;
mod misfit;
mod path;
pub mod query;
mod raw;

pub use admitted::Admitted;
pub use client::Client;
pub use client_key::{IDEMPOTENCY_KEY, IdempotencyKey, RequiredKey};
pub use device::Device;
pub use json::{Json, OptionalJson, understood};
use misfit::misfit;
pub use path::Path;
pub use query::Query;
pub use raw::RawBody;
