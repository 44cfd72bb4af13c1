//! The operator that a request comes from: staff or an admin.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, MatchedPath, RawPathParams},
    http::request::Parts,
};
use schemas::ids::UserId;

use super::{Permission, Rights, Role, user};
use crate::{
    app::App,
    audit::{AuditEntry, AuditLog},
    middleware::{audited::Trail, request_id::RequestId},
    problem::{FORBIDDEN, Problem},
    validate,
};

/// In front of every route.
const API: &str = "/api/v1";
/// Longer than any id of ours.
const LONGEST_SUBJECT: usize = 200;

/// The bearer of an operator's access token whose account is an operator's still.
///
/// The token must say so, so that a customer cannot make the record be asked; and the account must say so, so that what was
/// taken from an operator is gone from that moment on and not when the token expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Who.
    pub user: UserId,
    /// What they may do.
    pub rights: Rights,
}

/// An operator who is an admin. A handler that asks for this is closed to everybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admin(pub UserId);

/// What a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Any operator.
    Operator,
    /// One who may do this.
    Permission(Permission),
    /// An admin.
    Admin,
}

impl Needs {
    fn are_met_by(self, rights: &Rights) -> bool {
        match (self, rights.role) {
            (_, Role::Admin) | (Self::Operator, Role::Staff) => true,
            (Self::Permission(permission), Role::Staff) => rights.permissions.contains(&permission),
            (Self::Admin, Role::Staff) | (_, Role::Customer | Role::Wholesale) => false,
        }
    }
}

/// The operator that a request comes from, if what the route needs is met.
pub(super) async fn admit(parts: &mut Parts, app: &App, needs: Needs) -> Result<Operator, Problem> {
    let refusal =
        || Problem::new(FORBIDDEN).detail("this takes more than the account may; log in again after a change");
    let bearer = user::bearer(&parts.headers, app)?;
    if !matches!(bearer.role, Role::Staff | Role::Admin) {
        return Err(refusal());
    }
    let rights = app.accounts.rights_of(bearer.user).await?;
    if !parts.method.is_safe() || takes_everything_out(parts) {
        write_down(parts, &app.audit, bearer.user).await?;
    }
    let rights = rights.filter(|rights| needs.are_met_by(rights)).ok_or_else(refusal)?;
    Ok(Operator { user: bearer.user, rights })
}

/// Whether a call is a read that leaves a trace all the same.
fn takes_everything_out(parts: &Parts) -> bool {
    route(parts).starts_with("/admin/exports/")
}

fn route(parts: &Parts) -> &str {
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    route.strip_prefix(API).unwrap_or(route)
}

/// Makes an entry of a call, one that will be refused included.
async fn write_down(parts: &mut Parts, log: &AuditLog, user: UserId) -> Result<(), Problem> {
    let action = format!("{} {}", parts.method, route(parts));
    let request_id = parts.extensions.get::<RequestId>().map(RequestId::to_string).unwrap_or_default();
    let subject = match RawPathParams::from_request_parts(parts, &()).await {
        // An address names a person; on whom the call was says the handler.
        Ok(params) => params.iter().find(|(name, _)| *name != "email").map(|(_, value)| value.to_owned()),
        Err(_) => None,
    };
    let subject = subject.filter(|subject| subject.len() <= LONGEST_SUBJECT && !validate::holds_card_number(subject));
    let entry = AuditEntry::new(Some(user.to_string()), action, subject, request_id);
    log.append(&entry).await?;
    if let Some(trail) = parts.extensions.get::<Trail>() {
        trail.leave(entry.id);
    }
    Ok(())
}

impl FromRequestParts<Arc<App>> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        admit(parts, app, Needs::Operator).await
    }
}

impl FromRequestParts<Arc<App>> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        admit(parts, app, Needs::Admin).await.map(|operator| Self(operator.user))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::auth::Permissions;

    fn permissions() -> impl Strategy<Value = Permissions> {
        proptest::collection::btree_set(proptest::sample::select(Permission::ALL), 0..=Permission::ALL.len())
    }

    proptest! {
        #[test]
        fn staff_may_what_they_have_admins_all_and_customers_nothing_whatever_is_on_record(
            permissions in permissions(), wanted in proptest::sample::select(Permission::ALL),
        ) {
            let met = |needs: Needs, role| needs.are_met_by(&Rights { role, permissions: permissions.clone() });
            let needs = Needs::Permission(wanted);
            prop_assert_eq!(met(needs, Role::Staff), permissions.contains(&wanted));
            for needs in [needs, Needs::Operator, Needs::Admin] {
                prop_assert!(met(needs, Role::Admin));
                prop_assert!(!met(needs, Role::Customer) && !met(needs, Role::Wholesale));
            }
            prop_assert!(met(Needs::Operator, Role::Staff) && !met(Needs::Admin, Role::Staff));
        }
    }
}
