//! Reports of runs. A scheduled run's document is also its claim: who inserts it makes the run, and keeps others away for as
//! long as they renew it.

use std::{collections::BTreeMap, time::Duration};

use mongodb::{
    Collection, Database,
    bson::{doc, serialize_to_document},
    error::Error,
};
use schemas::{
    reconciliation::RUNS,
    types::{GatewayName, Timestamp},
};
use serde::{Deserialize, Serialize};
use shared::record::is_duplicate;

use crate::reconciliation::books::Period;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It goes on, or died and is taken over when its lease is over.
    Running,
    /// Everything was compared.
    Complete,
    /// A gateway did not answer: see what was not asked.
    Incomplete,
    /// It came to nothing: see why.
    Failed,
}

/// What a gateway was not asked about, because it did not answer. It says nothing about differences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotAsked {
    /// The gateway.
    pub gateway: GatewayName,
    /// The period.
    pub period: Period,
    /// What it did instead of answering.
    pub why: String,
}

/// What a run did, in the collection [`RUNS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The slot of a scheduled run, or a name of its own.
    #[serde(rename = "_id")]
    pub id: String,
    /// Which process made it.
    pub by: String,
    /// What was compared.
    pub period: Period,
    /// When it began.
    pub started_at: Timestamp,
    /// Until when nobody else takes it over.
    pub lease_until: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Outcome,
    /// How many payments the gateways told of.
    pub payments: u64,
    /// How many settlement lines were read.
    pub lines: u64,
    /// How often each kind of difference was found.
    pub found: BTreeMap<String, u64>,
    /// How many messages were sent to the payments worker.
    pub told: u64,
    /// Of how many settlement lines it was told for the first time.
    #[serde(default)]
    pub booked: u64,
    /// How many findings healed.
    pub healed: u64,
    /// What was not asked.
    pub not_asked: Vec<NotAsked>,
    /// Why it came to nothing; empty otherwise.
    pub error: String,
}

/// A run that is ours to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The run's id.
    pub id: String,
    /// Who claimed it.
    pub by: String,
    /// How long the claim lasts without renewal.
    pub lease: Duration,
}

/// The runs.
#[derive(Clone)]
pub struct Runs(Collection<Report>);

impl Report {
    /// A run that begins.
    #[must_use]
    pub fn begin(claim: &Claim, period: Period, now: Timestamp) -> Self {
        Self {
            id: claim.id.clone(),
            by: claim.by.clone(),
            period,
            started_at: now,
            lease_until: now.plus(claim.lease),
            ended_at: None,
            outcome: Outcome::Running,
            payments: 0,
            lines: 0,
            found: BTreeMap::new(),
            told: 0,
            booked: 0,
            healed: 0,
            not_asked: Vec::new(),
            error: String::new(),
        }
    }
}

impl Runs {
    /// The runs in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self(database.collection(RUNS))
    }

    /// Claims a run: one that nobody has begun, or whose maker has died. `false` if it is somebody else's or done.
    ///
    /// # Errors
    /// What the database says.
    pub async fn claim(&self, run: &Report) -> Result<bool, Error> {
        match self.0.insert_one(run).await {
            Ok(_) => return Ok(true),
            Err(error) if is_duplicate(&error) => {}
            Err(error) => return Err(error),
        }
        let abandoned =
            doc! { "_id": &run.id, "outcome": "running", "lease_until": { "$lte": run.started_at.as_millis() } };
        Ok(self.0.replace_one(abandoned, run).await?.modified_count == 1)
    }

    /// Keeps others away for one more lease. `false` if somebody has taken it over.
    ///
    /// # Errors
    /// What the database says.
    pub async fn renew(&self, claim: &Claim, now: Timestamp) -> Result<bool, Error> {
        let until = now.plus(claim.lease).as_millis();
        let own = doc! { "_id": &claim.id, "by": &claim.by, "outcome": "running" };
        Ok(self.0.update_one(own, doc! { "$set": { "lease_until": until } }).await?.matched_count == 1)
    }

    /// Lets others take it over at once.
    ///
    /// # Errors
    /// What the database says.
    pub async fn give_up(&self, claim: &Claim) -> Result<(), Error> {
        let own = doc! { "_id": &claim.id, "by": &claim.by, "outcome": "running" };
        self.0.update_one(own, doc! { "$set": { "lease_until": 0i64 } }).await.map(|_| ())
    }

    /// Writes down how a run ended, unless somebody has taken it over.
    ///
    /// # Errors
    /// What the database says.
    pub async fn end(&self, run: &Report) -> Result<(), Error> {
        let content = serialize_to_document(run).map_err(Error::custom)?;
        self.0.update_one(doc! { "_id": &run.id, "by": &run.by }, doc! { "$set": content }).await.map(|_| ())
    }
}
