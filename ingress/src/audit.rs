//! The audit log: who did what as an operator, and what happened to the security of an account. Collection `audit_log`.
//!
//! Every call of an operator that may change something is written down before its handler runs, by the one place that
//! lets operators in ([`crate::auth::Operator`]): what cannot be written down is not done. How it was answered is added
//! once, by the layer around their routes ([`crate::middleware::audited`]); an entry without it is of a call whose fate is
//! unknown. Nothing else of an entry ever changes, and no route changes or removes one. Entries name people by their ids
//! alone, and stay for ever.

use futures::TryStreamExt;
use mongodb::{
    Collection, Database, IndexModel,
    bson::{Document, doc},
};
use schemas::ids::UserId;
use serde::{Deserialize, Serialize};
use shared::time::Timestamp;

use crate::{problem::Problem, read_models::settled};

shared::id_type! {
    /// An entry of the audit log; their order is the order in which they were made.
    AuditId;
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// The entry.
    #[serde(rename = "_id")]
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who: a user's id, or the name of a command. None where that is not known.
    pub actor: Option<String>,
    /// What: method and route, or a security event.
    pub action: String,
    /// On what: the ids in the route's path, or a user's id.
    pub subject: Option<String>,
    /// The request, as answers and logs name it; empty for a command.
    pub request_id: String,
    /// The status that it was answered with. None for what is no request, or whose fate is unknown.
    pub result: Option<i32>,
}

/// What happens to the security of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityEvent {
    /// Too many wrong passwords: nobody logs in for a while.
    LoginLocked,
    /// An old refresh token was presented: its session ended.
    RefreshTokenReused,
    /// Its owner changed the password.
    PasswordChanged,
    /// Whoever has its mailbox set a new password.
    PasswordReset,
    /// Whoever has its mailbox got it, without what opened it before.
    HandedOver,
    /// A Google account opens it from now on.
    GoogleLinked,
    /// Its owner ended all sessions.
    LoggedOutEverywhere,
}

/// Which entries.
#[derive(Debug, Clone, Default)]
pub struct WantedEntries {
    /// Of whom.
    pub actor: Option<String>,
    /// On what.
    pub subject: Option<String>,
    /// From behind this one on.
    pub before: Option<AuditId>,
}

/// The audit log.
#[derive(Clone)]
pub struct AuditLog(Collection<AuditEntry>);

impl AuditEntry {
    /// What somebody does now.
    #[must_use]
    pub fn new(actor: Option<String>, action: String, subject: Option<String>, request_id: String) -> Self {
        let (id, at) = (AuditId::generate(), Timestamp::now());
        Self { id, at, actor, action, subject, request_id, result: None }
    }
}

impl SecurityEvent {
    const fn name(self) -> &'static str {
        match self {
            Self::LoginLocked => "login_locked",
            Self::RefreshTokenReused => "refresh_token_reused",
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::HandedOver => "handed_over",
            Self::GoogleLinked => "google_linked",
            Self::LoggedOutEverywhere => "logged_out_everywhere",
        }
    }

    /// Whether it is the owner's doing. Otherwise nobody knows whose it is.
    const fn is_owners(self) -> bool {
        matches!(self, Self::PasswordChanged | Self::LoggedOutEverywhere)
    }
}

impl AuditLog {
    /// The log in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection_with_options("audit_log", settled()))
    }

    /// Creates the indexes by which entries are found: those of somebody, those on something.
    ///
    /// # Errors
    /// What the database says.
    pub async fn create_indexes(&self) -> Result<(), mongodb::error::Error> {
        let by = |keys: Document| IndexModel::builder().keys(keys).build();
        let indexes = [by(doc! { "actor": 1, "_id": -1 }), by(doc! { "subject": 1, "_id": -1 })];
        self.0.create_indexes(indexes).await.map(drop)
    }

    /// Writes an entry down.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn append(&self, entry: &AuditEntry) -> Result<(), Problem> {
        self.0.insert_one(entry).await?;
        Ok(())
    }

    /// Adds to an entry how its request was answered and, where the path did not say it, on what it was.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn answered(&self, id: AuditId, result: i32, subject: Option<String>) -> Result<(), Problem> {
        let unanswered = doc! { "_id": id.to_string(), "result": null };
        let mut answer = doc! { "result": result };
        answer.extend(subject.map(|subject| ("subject".to_owned(), subject.into())));
        self.0.update_one(unanswered, doc! { "$set": answer }).await?;
        Ok(())
    }

    /// Writes down what has happened to an account. It has happened: that this cannot be written down undoes nothing, and
    /// is told in the log of the process.
    pub async fn note(&self, event: SecurityEvent, account: UserId, request_id: &str) {
        let actor = event.is_owners().then(|| account.to_string());
        let subject = Some(account.to_string());
        let entry = AuditEntry::new(actor, event.name().to_owned(), subject, request_id.to_owned());
        if let Err(problem) = self.append(&entry).await {
            tracing::error!(event = event.name(), %account, %problem, "a security event is missing in the audit log");
        }
    }

    /// Up to `limit` entries, the newest first.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn page(&self, wanted: &WantedEntries, limit: i64) -> Result<Vec<AuditEntry>, Problem> {
        // A condition on the id in any case, so that an index is used.
        let last = wanted.before.map_or_else(|| "g".to_owned(), |id| id.to_string());
        let mut condition = doc! { "_id": { "$lt": last } };
        let named = [("actor", &wanted.actor), ("subject", &wanted.subject)];
        condition.extend(named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?.into()))));
        Ok(self.0.find(condition).sort(doc! { "_id": -1 }).limit(limit).await?.try_collect().await?)
    }
}
