//! `GET /admin/me`

use axum::Json as Answer;
use schemas::ids::UserId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{auth::Admin, problem::Problem, views::ProblemDoc};

/// Who is asking.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The account.
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
}

/// Tells an admin that they are one.
#[utoipa::path(get, path = "/admin/me", tag = "admin", security(("bearer" = [])), responses(
    (status = 200, body = Me),
    (status = 401, body = ProblemDoc, content_type = "application/problem+json"),
    (status = 403, body = ProblemDoc, content_type = "application/problem+json"),
))]
pub async fn me(Admin(user_id): Admin) -> Result<Answer<Me>, Problem> {
    Ok(Answer(Me { user_id }))
}
