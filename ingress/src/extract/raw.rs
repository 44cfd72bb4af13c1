//! Bodies as they came, for signatures over their bytes.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};

use super::json;
use crate::problem::Problem;

/// The body's bytes, whatever they are said to be.
pub struct RawBody(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        json::bytes(request, state).await.map(Self)
    }
}
