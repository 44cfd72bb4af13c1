//! Somebody who asks what something costs.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use schemas::types::PriceList;

use super::{Accounts, Bearer, Role};
use crate::{app::App, problem::Problem};

/// The bearer of an access token, or somebody without one. A token that is no good is refused all the same: its bearer
/// should not take a guest's prices for their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visitor(pub Option<Bearer>);

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Ok(Self(None));
        }
        Bearer::from_request_parts(parts, app).await.map(|bearer| Self(Some(bearer)))
    }
}

impl Visitor {
    /// The prices they buy at. As with admins, token and account must both say so: the record is asked for wholesale
    /// customers alone, and who is one no longer pays retail at once.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn price_list(self, accounts: &Accounts) -> Result<PriceList, Problem> {
        match self.0 {
            Some(Bearer { user, role: Role::Wholesale, .. })
                if accounts.role_of(user).await? == Some(Role::Wholesale) =>
            {
                Ok(PriceList::Wholesale)
            }
            _ => Ok(PriceList::Retail),
        }
    }
}
