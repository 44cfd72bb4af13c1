//! Complete sets of books: what one book names and another lacks is asked for by name before anything is compared.

use std::{
    collections::{BTreeSet, HashSet},
    future::Future,
};

use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use schemas::reconciliation::Difference;
use shared::retry::Patience;

use super::{
    books::{Line, LineKind, Ours, Period, Rules, Theirs},
    payments::asked_about,
    store::{Lines, OurBooks},
};
use crate::{
    effect::Target,
    gateway::{
        GatewayError,
        listing::{Listing, Page},
    },
};

/// How many payments are held in memory at once; a period with more is halved.
const MOST: usize = 10_000;
/// How many questions by name a gateway is asked at once.
const AT_ONCE: usize = 8;

/// Three books that are complete with respect to each other.
#[derive(Debug, Default)]
pub struct Picture {
    /// Ours.
    pub ours: Vec<Ours>,
    /// The gateway's.
    pub theirs: Vec<Theirs>,
    /// What it settled.
    pub lines: Vec<Line>,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum NoPicture {
    /// More than fits; halve the period.
    #[error("more than {MOST} payments at once")]
    TooMany,
    /// The gateway does not answer, or not to the point.
    #[error("{0}")]
    Unanswered(#[from] GatewayError),
    /// The database does not.
    #[error("MongoDB: {0}")]
    Store(#[from] mongodb::error::Error),
}

/// Where pictures come from.
pub struct Gatherer {
    /// Our own books.
    pub books: OurBooks,
    /// The settlement lines.
    pub lines: Lines,
    /// How long a gateway is asked again that does not answer.
    pub patience: Patience,
}

impl Gatherer {
    /// Everything about the payments made, and what was settled, within a period.
    ///
    /// # Errors
    /// [`NoPicture`].
    pub async fn period<G: Listing>(&self, gateway: &G, period: Period, rules: &Rules) -> Result<Picture, NoPicture> {
        let theirs = self.all(|after| async move { gateway.payments(period, after.as_deref()).await }).await?;
        let settled = self.all(|after| async move { gateway.settled(period, after.as_deref()).await }).await?;
        self.lines.keep(&settled).await?;
        let ours = self.books.placed_within(period, G::NAME, MOST + 1).await?;
        if ours.len() > MOST {
            return Err(NoPicture::TooMany);
        }
        self.complete(gateway, Picture { ours, theirs, lines: settled }, rules).await
    }

    /// Everything about what these lines settle.
    ///
    /// # Errors
    /// [`NoPicture`].
    pub async fn lines<G: Listing>(&self, gateway: &G, lines: Vec<Line>, rules: &Rules) -> Result<Picture, NoPicture> {
        self.lines.keep(&lines).await?;
        self.complete(gateway, Picture { lines, ..Picture::default() }, rules).await
    }

    /// What these differences are about, as it is now.
    ///
    /// # Errors
    /// [`NoPicture`].
    pub async fn again<G: Listing>(&self, gateway: &G, seen: &[&Difference]) -> Result<Picture, NoPicture> {
        let targets: HashSet<Target> = seen
            .iter()
            .map(|seen| Target { gateway_ref: seen.gateway_ref.clone(), payment_ref: seen.payment_ref.clone() })
            .collect();
        let theirs = self.described(gateway, targets).await?;
        // Our books are read last: they may have moved because the gateway did, never the other way round.
        let mut named = Names::of(&theirs, &[]);
        named.orders.extend(seen.iter().filter_map(|seen| seen.order_id));
        let ours = self.books.named(&named.orders, &named.refs).await?;
        Ok(Picture { ours, theirs, lines: Vec::new() })
    }

    async fn complete<G: Listing>(
        &self,
        gateway: &G,
        mut picture: Picture,
        rules: &Rules,
    ) -> Result<Picture, NoPicture> {
        let named = Names::of(&picture.theirs, &picture.lines);
        let known: HashSet<_> = picture.ours.iter().map(|ours| ours.payment.order_id).collect();
        let more = self.books.named(&named.orders, &named.refs).await?;
        picture.ours.extend(more.into_iter().filter(|ours| !known.contains(&ours.payment.order_id)));
        let described = self.described(gateway, unlisted(&picture, rules)).await?;
        let newer: HashSet<Target> = described.iter().map(Theirs::target).collect();
        picture.theirs.retain(|theirs| !newer.contains(&theirs.target()));
        picture.theirs.extend(described);
        let fresh = std::mem::take(&mut picture.lines);
        let entities: BTreeSet<String> = entities(&picture.theirs, &fresh).map(ToOwned::to_owned).collect();
        picture.lines = self.lines.of(&entities.into_iter().collect::<Vec<_>>()).await?;
        if G::TELLS_SETTLEMENTS {
            let late = self.settled_late(gateway, &picture).await?;
            self.lines.keep(&late).await?;
            picture.lines.extend(late);
        }
        Ok(picture)
    }

    /// What moved within a period may have been settled after it: a capture comes later than the payment.
    async fn settled_late<G: Listing>(&self, gateway: &G, picture: &Picture) -> Result<Vec<Line>, NoPicture> {
        let settled: HashSet<&str> = picture.lines.iter().map(|line| line.entity.as_str()).collect();
        let unsettled: Vec<String> =
            entities(&picture.theirs, &[]).filter(|entity| !settled.contains(entity)).map(ToOwned::to_owned).collect();
        let answers =
            stream::iter(unsettled).map(|entity| self.settled_for(gateway, entity).boxed()).buffer_unordered(AT_ONCE);
        let found: Vec<Vec<Line>> = answers.try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn settled_for<G: Listing>(&self, gateway: &G, entity: String) -> Result<Vec<Line>, GatewayError> {
        self.asked(|| gateway.settled_for(&entity)).await
    }

    async fn described<G: Listing>(&self, gateway: &G, targets: HashSet<Target>) -> Result<Vec<Theirs>, NoPicture> {
        let asked = targets.into_iter().filter(|target| !target.gateway_ref.is_empty());
        let answers = stream::iter(asked).map(|target| self.one(gateway, target).boxed()).buffer_unordered(AT_ONCE);
        let found: Vec<Option<Theirs>> = answers.try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn one<G: Listing>(&self, gateway: &G, target: Target) -> Result<Option<Theirs>, GatewayError> {
        self.asked(|| gateway.payment(&target)).await
    }

    async fn all<T, Asked>(&self, page: impl Fn(Option<String>) -> Asked) -> Result<Vec<T>, NoPicture>
    where
        Asked: Future<Output = Result<Page<T>, GatewayError>>,
    {
        let (mut items, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = self.asked(|| page(after.clone())).await?;
            items.extend(page.items);
            if items.len() > MOST {
                return Err(NoPicture::TooMany);
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(items),
            }
        }
    }

    /// Asks until there is an answer or patience ends. Nothing asked here changes anything.
    async fn asked<T, Asked>(&self, question: impl Fn() -> Asked) -> Result<T, GatewayError>
    where
        Asked: Future<Output = Result<T, GatewayError>>,
    {
        let mut waits = self.patience.waits();
        loop {
            match question().await {
                Err(error) if !matches!(error, GatewayError::Refused { .. }) => match waits.next() {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => return Err(error),
                },
                answered => return answered,
            }
        }
    }
}

/// What our payments may be found by.
struct Names {
    orders: BTreeSet<schemas::ids::OrderId>,
    refs: BTreeSet<String>,
}

impl Names {
    fn of(theirs: &[Theirs], lines: &[Line]) -> Self {
        let refs =
            theirs.iter().map(|theirs| &theirs.seen.gateway_ref).chain(lines.iter().map(|line| &line.gateway_ref));
        Self {
            orders: theirs.iter().filter_map(Theirs::order_id).collect(),
            refs: refs.filter(|name| !name.is_empty()).cloned().collect(),
        }
    }
}

/// Payments that our books or a settlement name and the gateway's list lacks: they were made at another time, or never.
fn unlisted(picture: &Picture, rules: &Rules) -> HashSet<Target> {
    let listed: HashSet<&str> = picture.theirs.iter().map(|theirs| theirs.seen.gateway_ref.as_str()).collect();
    let moved: HashSet<&str> = entities(&picture.theirs, &[]).collect();
    let ours = picture.ours.iter().filter_map(|ours| asked_about(ours, rules)).map(|holding| holding.target());
    let settled = picture.lines.iter().filter(|line| line.kind != LineKind::Other);
    let settled = settled.filter(|line| !moved.contains(line.entity.as_str()) && !line.gateway_ref.is_empty());
    let settled =
        settled.map(|line| Target { gateway_ref: line.gateway_ref.clone(), payment_ref: line.payment_ref.clone() });
    ours.filter(|target| !listed.contains(target.gateway_ref.as_str())).chain(settled).collect()
}

/// What settlements may name.
fn entities<'a>(theirs: &'a [Theirs], lines: &'a [Line]) -> impl Iterator<Item = &'a str> {
    let charges = theirs.iter().map(|theirs| theirs.charge.as_str());
    let refunds = theirs.iter().flat_map(|theirs| &theirs.refunds).map(|refund| refund.id.as_str());
    let named = lines.iter().map(|line| line.entity.as_str());
    charges.chain(refunds).chain(named).filter(|name| !name.is_empty())
}
