//! What happens around every handler.
//!
//! A layer costs an allocation and a copy of everything inside it at each request, so what belongs together is one layer.

pub mod audited;
pub mod bounds;
pub mod docs_password;
pub mod finish;
pub mod measure;
pub mod panics;
pub mod rated;
pub mod request_id;
pub mod security_headers;
