//! How the calls of operators were answered.

use std::sync::{Arc, OnceLock};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use schemas::ids::UserId;

use crate::audit::{AuditId, AuditLog};

/// Where whoever lets the operator in leaves the entry that was made of their call.
#[derive(Debug, Clone, Default)]
pub struct Trail(Arc<OnceLock<AuditId>>);

/// On whom the call was, for routes whose path names people by an address, which the audit log does not keep. Handlers add
/// it to their answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject(pub UserId);

impl Trail {
    /// Leaves the entry.
    pub fn leave(&self, id: AuditId) {
        let _ = self.0.set(id);
    }
}

/// Adds the answer to the entry of the call, if there is one.
pub async fn audited(State(log): State<AuditLog>, mut request: Request, next: Next) -> Response {
    let trail = Trail::default();
    request.extensions_mut().insert(trail.clone());
    let response = next.run(request).await;
    if let Some(id) = trail.0.get() {
        let subject = response.extensions().get::<Subject>().map(|Subject(user)| user.to_string());
        let answered = log.answered(*id, response.status().as_u16().into(), subject).await;
        if let Err(problem) = answered {
            tracing::warn!(audit_id = %id, %problem, "the audit log does not know how a call was answered");
        }
    }
    response
}
