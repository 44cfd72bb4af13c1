//! What a cart holds, and what each change does to it. No clock, no store: both come with the call.

use schemas::{
    coupons::CouponCode,
    ids::{ProductId, UserId},
    types::{Money, OrderLine},
};
use serde::{Deserialize, Serialize};

/// The most positions of a cart, as of an order.
pub const MOST_ITEMS: usize = 50;
/// The most units of one position.
pub const MOST_UNITS: u32 = 1_000;
/// How many requests are known again when they are repeated.
const MOST_DONE: usize = 32;
/// How many guests' carts are known to be in it already.
const MOST_TAKEN_IN: usize = 8;

/// The name of a cart on record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CartId(String);

impl CartId {
    /// The one cart of a customer.
    #[must_use]
    pub fn of_user(user: UserId) -> Self {
        Self(format!("user/{user}"))
    }

    /// The cart of whoever has the token of this digest.
    #[must_use]
    pub fn of_guest(token_digest: &str) -> Self {
        Self(format!("guest/{token_digest}"))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    /// Whose it is.
    #[serde(rename = "_id")]
    pub id: CartId,
    /// Counts the changes; an order names the one that its customer saw.
    pub version: i64,
    /// Counts the orders that were made of it: there is at most one of each generation.
    pub generation: i64,
    /// In the order in which they were put in.
    pub items: Vec<CartItem>,
    /// The coupon to use.
    pub coupon: Option<CouponCode>,
    /// Whether an order of this generation may be on record that the cart does not know of.
    pub ordering: bool,
    /// The last requests with a key that put something in.
    pub done: Vec<Done>,
    /// The last guests' carts that were taken in.
    pub taken_in: Vec<CartId>,
    /// For a guest's cart: who has taken it in. It is no cart any more.
    pub owner: Option<UserId>,
}

/// One position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartItem {
    /// The product.
    pub product_id: ProductId,
    /// How many.
    pub quantity: u32,
    /// What one cost when the customer said how many: they are told when that is not so any more.
    pub seen_price: Money,
}

/// A request that was done: it does nothing when it is repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// A digest of its key.
    pub key: String,
    /// A digest of what it asked for.
    pub body: String,
}

/// Why a cart cannot be changed so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CartFault {
    /// Too many positions.
    #[error("a cart has at most {MOST_ITEMS} items")]
    Full,
    /// Too many units.
    #[error("there are at most {MOST_UNITS} of one product in a cart")]
    TooMany,
    /// The product is not in it.
    #[error("the product is not in the cart")]
    NotThere,
    /// The key was another request's.
    #[error("the Idempotency-Key belongs to another request")]
    KeyReused,
    /// A guest's cart that a customer has taken in.
    #[error("the cart is a customer's now")]
    TakenIn,
}

/// A product that did not come along when a guest's cart was taken in, and how many units of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// The product.
    pub product_id: ProductId,
    /// The units that found no room.
    pub quantity: u32,
}

/// Which content of which cart an order is made of. No two orders are made of the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spending {
    /// The cart.
    pub cart: CartId,
    /// Its generation.
    pub generation: i64,
}

impl Cart {
    /// A cart without anything in it.
    #[must_use]
    pub const fn empty(id: CartId) -> Self {
        Self {
            id,
            version: 0,
            generation: 0,
            items: Vec::new(),
            coupon: None,
            ordering: false,
            done: Vec::new(),
            taken_in: Vec::new(),
            owner: None,
        }
    }

    /// How many of a product are in it.
    #[must_use]
    pub fn quantity_of(&self, product: ProductId) -> u32 {
        self.items.iter().find(|item| item.product_id == product).map_or(0, |item| item.quantity)
    }

    /// Puts so many more in, at a price that the customer has seen. Once for a request with a key, however often it comes.
    ///
    /// # Errors
    /// [`CartFault`]; nothing is put in then.
    pub fn add(&mut self, added: CartItem, request: Option<Done>) -> Result<(), CartFault> {
        self.must_be_somebodys()?;
        if let Some(request) = request {
            if let Some(before) = self.done.iter().find(|done| done.key == request.key) {
                return if before.body == request.body { Ok(()) } else { Err(CartFault::KeyReused) };
            }
            self.put(added)?;
            self.done.push(request);
            keep_last(&mut self.done, MOST_DONE);
            return Ok(());
        }
        self.put(added)
    }

    fn put(&mut self, added: CartItem) -> Result<(), CartFault> {
        let is_full = self.items.len() >= MOST_ITEMS;
        match self.items.iter_mut().find(|item| item.product_id == added.product_id) {
            Some(item) => {
                let quantity = item.quantity.saturating_add(added.quantity);
                *item = CartItem { quantity: within(quantity)?, ..added };
            }
            None if is_full => return Err(CartFault::Full),
            None => self.items.push(CartItem { quantity: within(added.quantity)?, ..added }),
        }
        Ok(())
    }

    /// Says anew how many of a product are in it, at a price that the customer has seen.
    ///
    /// # Errors
    /// [`CartFault`]; nothing changes then.
    pub fn set(&mut self, set: CartItem) -> Result<(), CartFault> {
        self.must_be_somebodys()?;
        within(set.quantity)?;
        let item = self.items.iter_mut().find(|item| item.product_id == set.product_id).ok_or(CartFault::NotThere)?;
        *item = set;
        Ok(())
    }

    /// Takes a product out. Whether it was in it.
    ///
    /// # Errors
    /// [`CartFault::TakenIn`].
    pub fn remove(&mut self, product: ProductId) -> Result<bool, CartFault> {
        self.must_be_somebodys()?;
        let before = self.items.len();
        self.items.retain(|item| item.product_id != product);
        Ok(self.items.len() < before)
    }

    /// Takes everything out, the coupon too.
    ///
    /// # Errors
    /// [`CartFault::TakenIn`].
    pub fn clear(&mut self) -> Result<(), CartFault> {
        self.use_coupon(None)?;
        self.items.clear();
        Ok(())
    }

    /// Uses this coupon from now on, or none.
    ///
    /// # Errors
    /// [`CartFault::TakenIn`].
    pub fn use_coupon(&mut self, coupon: Option<CouponCode>) -> Result<(), CartFault> {
        self.must_be_somebodys()?;
        self.coupon = coupon;
        Ok(())
    }

    /// Gives a guest's cart to a customer, whose [`Cart::take_in`] comes next. It takes no changes any more.
    ///
    /// # Errors
    /// [`CartFault::TakenIn`] when another customer has it.
    pub fn give_to(&mut self, user: UserId) -> Result<(), CartFault> {
        match self.owner {
            Some(owner) if owner != user => Err(CartFault::TakenIn),
            _ => {
                self.owner = Some(user);
                Ok(())
            }
        }
    }

    /// Takes a guest's cart in, once however often it is asked for. Quantities add up as far as there is room; what finds
    /// none is told. The customer's own coupon stays.
    pub fn take_in(&mut self, guest: &Self) -> Vec<LeftOut> {
        if self.taken_in.contains(&guest.id) {
            return Vec::new();
        }
        self.taken_in.push(guest.id.clone());
        keep_last(&mut self.taken_in, MOST_TAKEN_IN);
        self.coupon = self.coupon.take().or_else(|| guest.coupon.clone());
        guest.items.iter().filter_map(|item| self.make_room_for(item)).collect()
    }

    fn make_room_for(&mut self, item: &CartItem) -> Option<LeftOut> {
        let room = MOST_UNITS.saturating_sub(self.quantity_of(item.product_id)).min(item.quantity);
        let fits = if room > 0 && self.put(CartItem { quantity: room, ..item.clone() }).is_ok() { room } else { 0 };
        (fits < item.quantity)
            .then(|| LeftOut { product_id: item.product_id, quantity: item.quantity.saturating_sub(fits) })
    }

    /// What an order that is made of it now spends.
    #[must_use]
    pub fn spending(&self) -> Spending {
        Spending { cart: self.id.clone(), generation: self.generation }
    }

    /// An order was made of this generation: what it has is not in the cart any more. What was put in since stays. Does
    /// nothing for a generation that is spent already.
    pub fn spend(&mut self, generation: i64, ordered: &[OrderLine]) {
        if self.generation != generation {
            return;
        }
        for line in ordered {
            let units = u32::try_from(line.quantity).unwrap_or_default();
            for item in self.items.iter_mut().filter(|item| item.product_id == line.product_id) {
                item.quantity = item.quantity.saturating_sub(units);
            }
        }
        self.items.retain(|item| item.quantity > 0);
        self.generation = generation.saturating_add(1);
        self.coupon = None;
        self.ordering = false;
    }

    fn must_be_somebodys(&self) -> Result<(), CartFault> {
        if self.owner.is_some() { Err(CartFault::TakenIn) } else { Ok(()) }
    }
}

fn within(quantity: u32) -> Result<u32, CartFault> {
    if (1..=MOST_UNITS).contains(&quantity) { Ok(quantity) } else { Err(CartFault::TooMany) }
}

fn keep_last<T>(list: &mut Vec<T>, most: usize) {
    list.drain(..list.len().saturating_sub(most));
}

#[cfg(test)]
mod tests;
