//! What happens around every handler.

pub mod docs_password;
pub mod finish;
pub mod in_flight;
pub mod measure;
pub mod panics;
pub mod request_id;
pub mod security_headers;
pub mod time_limit;
