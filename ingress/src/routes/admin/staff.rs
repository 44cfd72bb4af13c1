//! `GET /admin/staff` and `PUT /admin/staff/{email}`

use std::sync::Arc;

use axum::{Extension, Json as Answer, extract::State};
use schemas::ids::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::{Admin, Appointment, Permission, Permissions, Rights, Role, StaffMember},
    extract::{Json, Path, Query},
    middleware::audited::Subject,
    paging::{self, WantedPage},
    problem::{ACCOUNT_NOT_FOUND, IS_ADMIN, Problem, VALIDATION_FAILED},
    validate,
    views::RoleDoc,
};

/// What an account shall be to the shop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffForm {
    /// `staff`, or `customer` for who is staff no longer.
    role: StaffRole,
    /// What staff may do; nothing for a customer.
    #[serde(default)]
    #[schema(value_type = Vec<Permission>)]
    permissions: Permissions,
}

/// The roles that an admin gives. Admins are made on the command line alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StaffRole {
    /// Operates the shop, as far as their permissions go.
    Staff,
    /// Buys.
    Customer,
}

/// An operator.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StaffMember)]
pub struct StaffView {
    /// The account.
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    /// The address they log in with.
    email: String,
    /// Their name.
    name: String,
    /// `staff`, `admin`, or `customer` for who was just dismissed.
    #[schema(value_type = RoleDoc)]
    role: Role,
    /// What they may do; an admin may do everything.
    #[schema(value_type = Vec<Permission>)]
    permissions: Permissions,
}

/// The operators.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffList {
    /// In the order in which their accounts were opened.
    items: Vec<StaffView>,
    /// For the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Lists staff and admins.
#[utoipa::path(get, path = "/admin/staff", tag = "admin", params(WantedPage),
    security(("bearer" = ["admin"])), responses(
    (status = 200, body = StaffList),
))]
pub async fn list(
    State(app): State<Arc<App>>,
    _: Admin,
    Query(page): Query<WantedPage>,
) -> Result<Answer<StaffList>, Problem> {
    let limit = paging::limit(page.limit)?;
    let after = paging::after(page.cursor.as_deref(), UserId::from_uuid)?;
    let found = app.staff.page(after, limit + 1).await?.into_iter().map(StaffView::from).collect();
    let (items, next_cursor) = paging::cut(found, limit, |view: &StaffView| view.user_id.as_uuid());
    Ok(Answer(StaffList { items, next_cursor }))
}

/// Makes an account staff with these permissions, or a customer's again. All its sessions end, so that nobody goes on under
/// the old rights; its owner logs in again.
#[utoipa::path(put, path = "/admin/staff/{email}", tag = "admin", request_body = StaffForm,
    params(("email" = String, Path)), security(("bearer" = ["admin"])),
    responses(
        (status = 200, body = StaffView),
        (status = 404, description = "account_not_found"),
        (status = 409, description = "is_admin"),
    ))]
pub async fn appoint(
    State(app): State<Arc<App>>,
    _: Admin,
    Path(email): Path<String>,
    Json(form): Json<StaffForm>,
) -> Result<(Extension<Subject>, Answer<StaffView>), Problem> {
    let email = validate::email(&email).map_err(|_| Problem::new(ACCOUNT_NOT_FOUND))?;
    match app.staff.appoint(&email, &form.rights()?).await? {
        Appointment::Made(member) => {
            app.revocations.revoke_account(member.user_id, member.epoch).await?;
            Ok((Extension(Subject(member.user_id)), Answer(member.into())))
        }
        Appointment::IsAdmin => Err(Problem::new(IS_ADMIN).detail("`make-admin --revoke` makes it a customer's first")),
        Appointment::Nobody => Err(Problem::new(ACCOUNT_NOT_FOUND)),
    }
}

impl StaffForm {
    fn rights(self) -> Result<Rights, Problem> {
        match self.role {
            StaffRole::Staff => Ok(Rights { role: Role::Staff, permissions: self.permissions }),
            StaffRole::Customer if self.permissions.is_empty() => {
                Ok(Rights { role: Role::Customer, permissions: self.permissions })
            }
            StaffRole::Customer => {
                Err(Problem::field(VALIDATION_FAILED, "permissions", "must be empty: customers have none"))
            }
        }
    }
}

impl From<StaffMember> for StaffView {
    fn from(member: StaffMember) -> Self {
        let StaffMember { user_id, email, name, rights: Rights { role, permissions }, .. } = member;
        Self { user_id, email, name, role, permissions }
    }
}
