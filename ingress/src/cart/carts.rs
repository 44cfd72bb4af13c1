//! The carts on record, in the collection `carts`: one document each, every change a compare-and-set on its version.

use std::{sync::Arc, time::Duration};

use mongodb::{
    Collection, Database, IndexModel,
    bson::{DateTime, Document, doc},
    error::Error,
    options::{IndexOptions, ReturnDocument},
};
use schemas::types::Timestamp;
use serde::{Deserialize, Serialize};
use shared::retry::Patience;
use tokio::time::sleep;

use super::{Cart, CartId, Spending, at_hand::AtHand};
use crate::{
    auth::is_duplicate,
    problem::{OVERLOADED, Problem},
    read_models::{OrderRequest, OrderRequests, Orders, SharedCache, settled},
};

/// How long a cart is kept after its last change.
const KEPT_DAYS: i64 = 90;
/// A cart is changed by one person, who may click twenty times at once: each waits a moment of its own before it tries again.
/// What comes in between for longer than this is no accident.
const PATIENCE: Patience = Patience {
    first: Duration::from_millis(8),
    longest: Duration::from_millis(64),
    total: Some(Duration::from_millis(900)),
};

#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    cart: Cart,
    forget_at: DateTime,
}

/// All carts.
pub struct Carts {
    kept: Collection<Kept>,
    at_hand: AtHand,
    requests: OrderRequests,
    orders: Orders,
}

impl Carts {
    /// The carts in this database, of which this cache has copies.
    #[must_use]
    pub fn new(database: &Database, cache: Arc<dyn SharedCache>, requests: OrderRequests, orders: Orders) -> Self {
        let kept = database.collection_with_options("carts", settled());
        Self { kept, at_hand: AtHand::new(cache), requests, orders }
    }

    /// Creates the index that forgets.
    ///
    /// # Errors
    /// What the database says.
    pub async fn create_indexes(&self) -> Result<(), Error> {
        let forget = IndexOptions::builder().expire_after(Duration::ZERO).build();
        self.kept.create_index(IndexModel::builder().keys(doc! { "forget_at": 1 }).options(forget).build()).await?;
        Ok(())
    }

    /// The cart as it is shown: never older than anybody has seen it. None if nothing was ever put in.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn show(&self, id: &CartId) -> Result<Option<Cart>, Problem> {
        match self.at_hand.get(id).await {
            Some(cart) => Ok(Some(cart)),
            None => self.get(id).await,
        }
    }

    /// The cart as it is on record, without what is ordered; none if nothing was ever put in.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn get(&self, id: &CartId) -> Result<Option<Cart>, Problem> {
        let Some(cart) = self.read(id).await? else { return Ok(None) };
        match self.order_of(&cart).await? {
            Some(order) => self.spend(&cart.spending(), &order).await.map(Some),
            None => Ok(Some(cart)),
        }
    }

    /// Changes a cart, which is empty if there is none. Returns it as it is then; a change that changes nothing is not
    /// written.
    ///
    /// # Errors
    /// What the change says, or a problem when the store does not answer or others change the cart all the time.
    pub async fn change<T>(
        &self,
        id: &CartId,
        change: impl Fn(&mut Cart) -> Result<T, Problem>,
    ) -> Result<(Cart, T), Problem> {
        let mut waits = PATIENCE.waits();
        loop {
            let before = self.get(id).await?;
            let mut cart = before.clone().unwrap_or_else(|| Cart::empty(id.clone()));
            let done = change(&mut cart)?;
            if before.as_ref() == Some(&cart) || self.replace(before.as_ref(), &mut cart).await? {
                return Ok((cart, done));
            }
            wait(&mut waits).await?;
        }
    }

    /// Notes that an order of this content may be on record from now on. `false` if it was spent meanwhile.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn begin_order(&self, spending: &Spending) -> Result<bool, Problem> {
        let content = doc! { "_id": spending.cart.as_str(), "generation": spending.generation };
        let carts = self.kept.clone_with_type::<Document>();
        let noted = carts.find_one_and_update(content, doc! { "$set": { "ordering": true } });
        let noted = noted.projection(doc! { "version": 1 }).return_document(ReturnDocument::After).await?;
        let Some(cart) = noted else { return Ok(false) };
        self.at_hand.order_begun(&spending.cart, cart.get_i64("version").unwrap_or_default()).await;
        Ok(true)
    }

    /// Takes out what was ordered, once. What else was done meanwhile stays.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn spend(&self, spending: &Spending, order: &OrderRequest) -> Result<Cart, Problem> {
        let mut waits = PATIENCE.waits();
        loop {
            let before = self.read(&spending.cart).await?;
            let mut cart = before.clone().unwrap_or_else(|| Cart::empty(spending.cart.clone()));
            cart.spend(spending.generation, &order.place.lines);
            if before.as_ref().is_none_or(|before| *before == cart) || self.replace(before.as_ref(), &mut cart).await? {
                return Ok(cart);
            }
            wait(&mut waits).await?;
        }
    }

    /// The order that was made of this content, where the cart had no time to learn of it. One that never reached the
    /// orders worker is no order yet: its customer was told so, and has the cart until they try again.
    async fn order_of(&self, cart: &Cart) -> Result<Option<OrderRequest>, Problem> {
        if !cart.ordering {
            return Ok(None);
        }
        let Some(request) = self.requests.by_spending(&cart.spending()).await? else { return Ok(None) };
        Ok(self.orders.by_id(request.order_id).await?.map(|_| request))
    }

    async fn read(&self, id: &CartId) -> Result<Option<Cart>, Problem> {
        let ticket = self.at_hand.ticket();
        let Some(Kept { cart, forget_at }) = self.kept.find_one(doc! { "_id": id.as_str() }).await? else {
            return Ok(None);
        };
        self.at_hand.keep(&cart, Timestamp::from_millis(forget_at.timestamp_millis()), &ticket).await;
        Ok(Some(cart))
    }

    /// Puts a cart in the place of what it was; `false` if it is not that any more.
    async fn replace(&self, before: Option<&Cart>, cart: &mut Cart) -> Result<bool, Problem> {
        let ticket = self.at_hand.ticket();
        cart.version = cart.version.saturating_add(1);
        let forget_at = Timestamp::now().as_millis().saturating_add(KEPT_DAYS * 24 * 3_600_000);
        let kept = Kept { cart: cart.clone(), forget_at: DateTime::from_millis(forget_at) };
        let replaced = match before {
            None => match self.kept.insert_one(kept).await {
                Err(error) if is_duplicate(&error) => false,
                outcome => outcome.map(|_| true)?,
            },
            // An order may have begun since: its note is not a change, and must not be lost.
            Some(before) => {
                let same = doc! { "_id": before.id.as_str(), "version": before.version, "ordering": before.ordering };
                self.kept.replace_one(same, kept).await?.matched_count == 1
            }
        };
        if replaced {
            self.at_hand.keep(cart, Timestamp::from_millis(forget_at), &ticket).await;
        }
        Ok(replaced)
    }
}

/// Lets others change the cart first, for as long as patience lasts.
async fn wait(waits: &mut impl Iterator<Item = Duration>) -> Result<(), Problem> {
    let all_the_time = || Problem::new(OVERLOADED).retry_after(1).because("the cart is changed all the time");
    sleep(waits.next().ok_or_else(all_the_time)?).await;
    Ok(())
}
