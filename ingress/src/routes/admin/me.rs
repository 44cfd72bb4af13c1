//! `GET /admin/me`

use axum::Json as Answer;
use schemas::ids::UserId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    auth::{Operator, Permission, Permissions, Rights, Role},
    problem::Problem,
    views::RoleDoc,
};

/// Who is asking.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The account.
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    /// `staff` or `admin`.
    #[schema(value_type = RoleDoc)]
    role: Role,
    /// What staff may do; an admin may do everything.
    #[schema(value_type = Vec<Permission>)]
    permissions: Permissions,
}

/// Tells an operator what they may do.
#[utoipa::path(get, path = "/admin/me", tag = "admin", security(("bearer" = ["staff"])), responses(
    (status = 200, body = Me),
))]
pub async fn me(Operator { user, rights }: Operator) -> Result<Answer<Me>, Problem> {
    let Rights { role, permissions } = rights;
    Ok(Answer(Me { user_id: user, role, permissions }))
}
