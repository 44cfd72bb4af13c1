//! An order that the asking customer may see. Everybody else's order is answered like none at all, so that an id tells
//! nothing.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use schemas::ids::{OrderId, UserId};

use crate::{
    app::App,
    auth::User,
    extract::Path,
    problem::{ORDER_NOT_FOUND, Problem},
    read_models::Snapshot,
};

/// The order that the path names and the customer who asks: not yet known to belong together.
#[derive(Debug, Clone, Copy)]
pub struct Claimed {
    /// The order.
    pub order: OrderId,
    /// Who asks.
    pub user: UserId,
}

impl FromRequestParts<Arc<App>> for Claimed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let User(user) = User::from_request_parts(parts, app).await?;
        let Path(id) = Path::<String>::from_request_parts(parts, app).await?;
        Self::by(user, &id)
    }
}

impl Claimed {
    /// The order of this id, claimed by this customer.
    ///
    /// # Errors
    /// A problem for an id that is none.
    pub fn by(user: UserId, id: &str) -> Result<Self, Problem> {
        Ok(Self { order: id.parse().map_err(|_| not_found())?, user })
    }

    /// Where the order stands, if it is the customer's.
    ///
    /// # Errors
    /// A problem if it is not, or no source answers.
    pub async fn status(&self, app: &App, at_least: i64) -> Result<Snapshot, Problem> {
        let found = app.statuses.read(self.order, at_least).await?;
        found.filter(|snapshot| snapshot.view.user_id == self.user).ok_or_else(not_found)
    }

    /// Where the order stands by now, for one who waits and knows the version `known`; `None` while that costs too much.
    ///
    /// # Errors
    /// A problem if no source answers.
    pub async fn look(&self, app: &App, known: i64) -> Result<Option<Snapshot>, Problem> {
        let found = app.statuses.look(self.order, known).await?;
        Ok(found.filter(|snapshot| snapshot.view.user_id == self.user))
    }

    /// What is told in the news, if it is the customer's and may be shown to one who knows the version `known`, or has
    /// asked for `at_least`.
    #[must_use]
    pub fn heard(&self, app: &App, news: Snapshot, known: Option<i64>, at_least: i64) -> Option<Snapshot> {
        let own = news.view.order_id == self.order && news.view.user_id == self.user;
        if own { app.statuses.heard(news, known, at_least) } else { None }
    }
}

/// There is no such order, or it is none of the asker's business.
pub fn not_found() -> Problem {
    Problem::new(ORDER_NOT_FOUND)
}
