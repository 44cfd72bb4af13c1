//! One run: period by period, gateway by gateway. It may be repeated or cut short at any point without harm: findings have
//! ids of their own, and so has everything that the payments worker is told.

use std::{collections::HashSet, fs::File, io::BufReader, path::PathBuf, time::Duration};

use mongodb::Database;
use schemas::{
    ids::FindingId,
    reconciliation::Difference,
    types::{GatewayName, Timestamp},
};
use shared::{
    kafka::{PublishError, Publisher},
    message::Outgoing,
    retry::Patience,
};

use super::{
    books::{Line, Period, Rules},
    compare::{self, reconcile},
    gather::{Gatherer, NoPicture, Picture},
    settings::Settings,
    statement::{NoStatement, Statement},
    store::{Findings, Lines, NotAsked, OurBooks, Report},
    tell,
};
use crate::gateway::{Gateways, listing::Listing};

/// How long a gateway is asked again that does not answer.
const PATIENCE: Patience = Patience {
    first: Duration::from_millis(200),
    longest: Duration::from_secs(5),
    total: Some(Duration::from_secs(30)),
};
/// How many rows of a file are compared, and lines told, at once.
const ROWS: usize = 500;
/// How long to wait for the payments worker to take what it was told, and how often to look. Whatever takes longer is found
/// healed by the next run.
const HEALS_WITHIN: u32 = 20;
const LOOKS_EVERY: Duration = Duration::from_millis(500);
/// The most findings that are waited for.
const MOST_AWAITED: usize = 500;

/// Why a run came to nothing. A gateway that does not answer is no reason.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The database does not answer.
    #[error("MongoDB: {0}")]
    Store(#[from] mongodb::error::Error),
    /// The broker does not.
    #[error(transparent)]
    Broker(#[from] PublishError),
    /// A message does not fit its schema.
    #[error(transparent)]
    Encoding(#[from] shared::avro::AvroError),
    /// A file that cannot be read.
    #[error("{}: {why}", .file.display())]
    Statement {
        /// The file.
        file: PathBuf,
        /// Why.
        why: NoStatement,
    },
}

/// Everything that a run needs.
pub struct Reconciliation {
    gatherer: Gatherer,
    findings: Findings,
    gateways: Gateways,
    publisher: Publisher,
    settings: Settings,
}

/// A difference that the payments worker was told of.
type Told = (GatewayName, Difference);

/// What one run has come to so far.
pub struct Run<'a> {
    parts: &'a Reconciliation,
    /// What it did.
    pub report: Report,
    /// Every finding that it saw.
    pub seen: HashSet<FindingId>,
    told: Vec<Told>,
    rules: Rules,
    files: bool,
}

impl Reconciliation {
    /// Puts the parts together.
    #[must_use]
    pub fn new(database: &Database, gateways: Gateways, publisher: Publisher, settings: Settings) -> Self {
        let gatherer = Gatherer { books: OurBooks::new(database), lines: Lines::new(database), patience: PATIENCE };
        Self { gatherer, findings: Findings::new(database), gateways, publisher, settings }
    }

    /// What a run may compare by itself now.
    #[must_use]
    pub fn period(&self, now: Timestamp) -> Period {
        let seconds = |millis: i64| Timestamp::from_millis(millis.div_euclid(1_000) * 1_000);
        let back = i64::try_from(Duration::from_secs(self.settings.look_back_seconds).as_millis()).unwrap_or(i64::MAX);
        let grace = i64::try_from(self.settings.grace().as_millis()).unwrap_or(i64::MAX);
        let to = seconds(now.as_millis().saturating_sub(grace));
        Period { from: seconds(to.as_millis().saturating_sub(back)), to }
    }

    /// Compares everything of the report's period, and reads the settlement files first.
    ///
    /// # Errors
    /// [`RunError`].
    pub async fn run(&self, report: Report, files: &[PathBuf]) -> Result<Run<'_>, RunError> {
        let rules = Rules { as_of: report.started_at, grace: self.settings.grace(), settled_within: None, asked: None };
        let (seen, told) = (HashSet::new(), Vec::new());
        let mut run = Run { parts: self, report, seen, told, rules, files: !files.is_empty() };
        for file in files {
            run.read(file).await?;
        }
        let Gateways { stripe, razorpay, circuits: _ } = &self.gateways; // all of them: one more does not compile until it is asked
        run.ask(stripe).await?;
        run.ask(razorpay).await?;
        run.await_healing().await?;
        Ok(run)
    }
}

impl Run<'_> {
    /// Compares a settlement file with the payments that it settles.
    async fn read(&mut self, file: &PathBuf) -> Result<(), RunError> {
        let failed = |why: NoStatement| RunError::Statement { file: file.clone(), why };
        let content = File::open(file).map_err(|error| failed(csv::Error::from(error).into()))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut rows = Statement::open(&name, BufReader::new(content)).map_err(failed)?.peekable();
        while rows.peek().is_some() {
            let (lines, unreadable): (Vec<_>, Vec<_>) = rows.by_ref().take(ROWS).partition(Result::is_ok);
            let unreadable: Vec<Difference> =
                unreadable.into_iter().filter_map(Result::err).map(|row| row.difference()).collect();
            self.note(&unreadable).await?;
            self.compare_lines(lines.into_iter().flatten().collect()).await?;
        }
        Ok(())
    }

    async fn compare_lines(&mut self, lines: Vec<Line>) -> Result<(), RunError> {
        let razorpay = &self.parts.gateways.razorpay;
        self.report.lines += lines.len() as u64;
        let rules = Rules { asked: Some(GatewayName::Razorpay), ..self.rules };
        match self.parts.gatherer.lines(razorpay, lines, &rules).await {
            Ok(picture) => self.judge(razorpay, picture, &rules).await,
            Err(NoPicture::Store(error)) => Err(error.into()),
            Err(error) => {
                self.not_asked(GatewayName::Razorpay, self.report.period, &error);
                Ok(())
            }
        }
    }

    /// Compares a gateway's books with ours, part by part, until it does not answer any more.
    async fn ask<G: Listing>(&mut self, gateway: &G) -> Result<(), RunError> {
        let known_within = if G::TELLS_SETTLEMENTS {
            Some(Duration::ZERO)
        } else {
            self.files.then(|| self.parts.settings.settlement())
        };
        let rules = Rules { settled_within: known_within, asked: Some(G::NAME), ..self.rules };
        let mut parts: Vec<Period> = self.report.period.parts(self.parts.settings.window()).collect();
        parts.reverse();
        while let Some(part) = parts.pop() {
            match self.parts.gatherer.period(gateway, part, &rules).await {
                Ok(picture) => {
                    self.report.payments += picture.theirs.len() as u64;
                    self.report.lines += if G::TELLS_SETTLEMENTS { picture.lines.len() as u64 } else { 0 };
                    self.judge(gateway, picture, &rules).await?;
                }
                Err(NoPicture::TooMany) if part.length() >= Duration::from_secs(2) => {
                    let mut halves: Vec<Period> = part.parts(half(part)).collect();
                    halves.reverse();
                    parts.extend(halves);
                }
                Err(NoPicture::Store(error)) => return Err(error.into()),
                Err(error) => {
                    let rest = Period { from: part.from, to: self.report.period.to };
                    self.not_asked(G::NAME, rest, &error);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn not_asked(&mut self, gateway: GatewayName, period: Period, error: &NoPicture) {
        tracing::warn!(gateway = gateway.as_str(), %error, "not reconciled: the gateway was not to be asked");
        self.report.not_asked.push(NotAsked { gateway, period, why: error.to_string() });
    }

    /// Judges a part of the books by the period of all parts: money may move long after its payment was made, and no other
    /// part has that payment.
    async fn judge<G: Listing>(&mut self, gateway: &G, picture: Picture, rules: &Rules) -> Result<(), RunError> {
        self.book(&picture).await?;
        let mut outcome = reconcile(&picture.ours, &picture.theirs, &picture.lines, self.report.period, rules);
        let Some(confirmed) = self.confirm(gateway, &mut outcome, rules).await? else { return Ok(()) };
        self.note(&outcome.differences).await?;
        let still: HashSet<FindingId> = outcome.differences.iter().map(Difference::id).collect();
        self.report.healed += self.parts.findings.close_others(&outcome, &still, rules.as_of).await?;
        self.tell(G::NAME, &outcome.differences, &confirmed).await
    }

    /// Books are read one after another, and payments move meanwhile: what looks wrong with one is looked at again, and only
    /// what is wrong both times counts. `None` if the gateway does not answer.
    async fn confirm<G: Listing>(
        &mut self,
        gateway: &G,
        outcome: &mut compare::Outcome,
        rules: &Rules,
    ) -> Result<Option<Picture>, RunError> {
        let doubtful: Vec<&Difference> =
            outcome.differences.iter().filter(|seen| is_of_payment(seen, outcome)).collect();
        if doubtful.is_empty() {
            return Ok(Some(Picture::default()));
        }
        let picture = match self.parts.gatherer.again(gateway, &doubtful).await {
            Ok(picture) => picture,
            Err(NoPicture::Store(error)) => return Err(error.into()),
            Err(error) => {
                self.not_asked(G::NAME, self.report.period, &error);
                return Ok(None);
            }
        };
        let again = reconcile(&picture.ours, &picture.theirs, &[], self.report.period, rules);
        let doubtful: HashSet<FindingId> = doubtful.into_iter().map(Difference::id).collect();
        let confirmed: HashSet<FindingId> = again.differences.iter().map(Difference::id).collect();
        outcome.differences.retain(|seen| !doubtful.contains(&seen.id()) || confirmed.contains(&seen.id()));
        Ok(Some(picture))
    }

    /// Tells the payments worker of what was settled. A line counts as told once its message is safe.
    async fn book(&mut self, picture: &Picture) -> Result<(), RunError> {
        let settled = tell::settlements(picture, self.rules.as_of)?;
        for some in settled.chunks(ROWS) {
            let (ids, messages): (Vec<String>, Vec<Outgoing>) = some.iter().cloned().unzip();
            self.publish(&messages).await?;
            self.parts.gatherer.lines.note_told(&ids).await?;
            self.report.booked += ids.len() as u64;
        }
        Ok(())
    }

    async fn note(&mut self, seen: &[Difference]) -> Result<(), RunError> {
        self.parts.findings.record(seen, self.rules.as_of).await?;
        for difference in seen {
            if self.seen.insert(difference.id()) {
                *self.report.found.entry(difference.kind.as_str().to_owned()).or_default() += 1;
            }
        }
        Ok(())
    }

    async fn tell(&mut self, gateway: GatewayName, seen: &[Difference], now: &Picture) -> Result<(), RunError> {
        let mut messages: Vec<Outgoing> = Vec::new();
        for difference in seen.iter().filter(|seen| tell::is_told(seen.kind)) {
            let theirs = now.theirs.iter().find(|theirs| theirs.subject() == difference.subject);
            let ours = now.ours.iter().find(|ours| Some(ours.payment.order_id) == difference.order_id);
            let (Some(theirs), Some(ours)) = (theirs, ours) else { continue };
            messages.extend(tell::messages(difference.kind, ours, theirs, self.rules.as_of)?);
            self.told.push((gateway, difference.clone()));
        }
        self.report.told += messages.len() as u64;
        self.publish(&messages).await
    }

    async fn publish(&self, messages: &[Outgoing]) -> Result<(), RunError> {
        if messages.is_empty() {
            return Ok(());
        }
        let mut waits = PATIENCE.waits();
        while let Err(error) = self.parts.publisher.publish(messages).await {
            let Some(wait) = waits.next() else { return Err(error.into()) };
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    /// Waits a little for the payments worker, and notes what it has mended.
    async fn await_healing(&mut self) -> Result<(), RunError> {
        self.told.truncate(MOST_AWAITED);
        for _ in 0..HEALS_WITHIN {
            if self.told.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(LOOKS_EVERY).await;
            let Gateways { stripe, razorpay, circuits: _ } = &self.parts.gateways;
            self.look_after(stripe).await?;
            self.look_after(razorpay).await?;
        }
        Ok(())
    }

    async fn look_after<G: Listing>(&mut self, gateway: &G) -> Result<(), RunError> {
        let (own, others): (Vec<Told>, Vec<Told>) =
            std::mem::take(&mut self.told).into_iter().partition(|(name, _)| *name == G::NAME);
        self.told = others;
        if own.is_empty() {
            return Ok(());
        }
        let differences: Vec<&Difference> = own.iter().map(|(_, difference)| difference).collect();
        let Ok(picture) = self.parts.gatherer.again(gateway, &differences).await else {
            return Ok(()); // the next run will see
        };
        let rules = Rules { asked: Some(G::NAME), ..self.rules };
        let now = reconcile(&picture.ours, &picture.theirs, &[], self.report.period, &rules);
        let wrong: HashSet<&String> = now.differences.iter().map(|difference| &difference.subject).collect();
        let is_over = |seen: &Difference| now.judged_payments.contains(&seen.subject) && !wrong.contains(&seen.subject);
        let (over, open): (Vec<Told>, Vec<Told>) = own.into_iter().partition(|(_, seen)| is_over(seen));
        let over: Vec<FindingId> = over.iter().map(|(_, seen)| seen.id()).collect();
        let how = "the payments worker was told, and our books agree with the gateway's now";
        self.report.healed += self.parts.findings.heal(&over, how, Timestamp::now()).await?;
        self.told.extend(open);
        Ok(())
    }
}

/// Half of a period, in whole seconds: gateways know no less.
fn half(period: Period) -> Duration {
    Duration::from_secs(period.length().as_secs().div_ceil(2))
}

fn is_of_payment(seen: &Difference, outcome: &compare::Outcome) -> bool {
    !seen.kind.is_of_settlement() && outcome.judged_payments.contains(&seen.subject)
}
