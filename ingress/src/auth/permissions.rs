//! What operators may do, one permission for each route below `/admin`.
//!
//! A permission is a name on record and a type that a handler asks for: `permit::RefundsWrite(operator)` among a handler's
//! arguments closes it to everybody who may not. The description of the API names it as the role of the bearer scheme, and
//! a test holds the one to the other.

use std::{collections::BTreeSet, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};
use schemas::ids::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::operator::{self, Needs};
use crate::{app::App, problem::Problem};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident;)+) => {
        /// One thing that an operator may do. An admin may do all of them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Permission {
            $($(#[$doc])* $name,)+
        }

        impl Permission {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];
        }

        pub mod permit {
            //! Operators who may do one thing, each by the name of the permission.
            use super::*;

            $($(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub struct $name(
                /// Who.
                pub UserId,
            );

            impl FromRequestParts<Arc<App>> for $name {
                type Rejection = Problem;

                async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
                    operator::admit(parts, app, Needs::Permission(Permission::$name)).await.map(|who| Self(who.user))
                }
            })+
        }
    };
}

permissions! {
    /// Sees orders and what was given back of them.
    OrdersRead;
    /// Changes orders.
    OrdersWrite;
    /// Gives money back.
    RefundsWrite;
    /// Sees what the shop sells and by which rules it is priced.
    CatalogRead;
    /// Changes what the shop sells and by which rules it is priced.
    CatalogWrite;
    /// Sees coupons and who changed them.
    CouponsRead;
    /// Makes coupons, changes them and takes them back.
    CouponsWrite;
    /// Sees what customers send back.
    ReturnsRead;
    /// Decides about returns and takes goods in, which gives money back.
    ReturnsWrite;
    /// Sees what customers dispute at their banks.
    DisputesRead;
    /// Sees stock.
    StockRead;
    /// Changes stock.
    StockWrite;
    /// Sees the books: ledger, reports, what reconciliation found.
    MoneyRead;
    /// Writes down cash that was taken, and closes what reconciliation found.
    MoneyWrite;
    /// Sees files that were brought in, and what became of them.
    ImportsRead;
    /// Brings files in and has them carried out, as far as the permission to change what they are about goes.
    ImportsWrite;
    /// Sees customers.
    CustomersRead;
    /// Changes what customers are to the shop.
    CustomersWrite;
    /// Sees who did what.
    AuditRead;
    /// Sees what is stuck or was put aside, and sends it again or gives it up.
    Operations;
}

/// The permissions of an operator.
pub type Permissions = BTreeSet<Permission>;
