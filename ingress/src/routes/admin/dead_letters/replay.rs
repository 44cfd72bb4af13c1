//! `POST /admin/dead-letters/{id}/replay` and `POST /admin/dead-letters/replay`

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use serde::{Deserialize, Serialize};
use shared::engine::{LetterState, Replayed, Wanted};
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::permit,
    dead_letters::{MOST_AT_ONCE, ReplayOutcome, replay_each, wanted_ids},
    extract::{Json, Path},
    problem::{DEAD_LETTER_NOT_FOUND, DEAD_LETTER_SETTLED, Problem, VALIDATION_FAILED},
};

/// Which dead letters to send again: a list, or all open ones that a filter names.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Up to 100 ids.
    ids: Option<Vec<String>>,
    /// All with this code.
    code: Option<String>,
    /// All of this inbox.
    inbox: Option<String>,
    /// All of this key.
    key: Option<String>,
}

/// What came of sending one again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replay {
    /// The letter.
    id: String,
    /// Whether it was sent.
    outcome: ReplayOutcome,
    /// The letter that was sent in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<String>,
}

/// What came of sending many again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replays {
    /// Each in turn.
    items: Vec<Replay>,
    /// Whether the filter named more than one request sends: ask again.
    more: bool,
}

/// Sends a dead letter to its inbox again: the same message under the same id and key, so that a second time changes
/// nothing. Where its key is parked, the one that all wait for is sent, and those behind it follow by themselves.
#[utoipa::path(post, path = "/admin/dead-letters/{id}/replay", tag = "admin", params(("id" = String, Path)),
    security(("bearer" = ["operations"])), responses(
        (status = 200, body = Replay),
        (status = 404, description = "dead_letter_not_found"),
        (status = 409, description = "dead_letter_settled"),
    ))]
pub async fn replay(
    State(app): State<Arc<App>>,
    permit::Operations(admin): permit::Operations,
    Path(id): Path<String>,
) -> Result<Answer<Replay>, Problem> {
    match app.dead_letters.replay(&id, &admin.to_string()).await? {
        Replayed::Unknown => Err(Problem::new(DEAD_LETTER_NOT_FOUND)),
        Replayed::Discarded => Err(Problem::new(DEAD_LETTER_SETTLED).detail("it was discarded")),
        outcome => Ok(Answer(Replay::of((id, outcome)))),
    }
}

/// Sends many dead letters again, by list or by filter, up to 100 at a time, the oldest first.
#[utoipa::path(post, path = "/admin/dead-letters/replay", tag = "admin", request_body = Which,
    security(("bearer" = ["operations"])), responses(
        (status = 200, body = Replays),
    ))]
pub async fn replay_many(
    State(app): State<Arc<App>>,
    permit::Operations(admin): permit::Operations,
    Json(which): Json<Which>,
) -> Result<Answer<Replays>, Problem> {
    let (ids, more) = match which {
        Which { ids: Some(ids), code: None, inbox: None, key: None } if ids.len() <= MOST_AT_ONCE => (ids, false),
        Which { ids: None, code, inbox, key } if code.is_some() || inbox.is_some() || key.is_some() => {
            let wanted = Wanted { state: LetterState::Open, inbox, code, key, after: None };
            wanted_ids(&app.dead_letters, &wanted).await?
        }
        _ => return Err(Problem::field(VALIDATION_FAILED, "ids", "give up to 100 ids, or else code, inbox or key")),
    };
    let outcomes = replay_each(&app.dead_letters, &ids, &admin.to_string()).await?;
    Ok(Answer(Replays { items: outcomes.into_iter().map(Replay::of).collect(), more }))
}

impl Replay {
    fn of((id, outcome): (String, Replayed)) -> Self {
        let told = ReplayOutcome::from(&outcome);
        let sent = if let Replayed::SentFirst(first) = outcome { Some(first) } else { None };
        Self { id, outcome: told, sent }
    }
}
