//! Carts: what somebody means to order. A cart holds no stock and promises no price; it is spent by exactly one order.
//!
//! [`Cart`] is pure: what may be in it and what each change does. [`Carts`] keeps them, [`CartOwner`] says whose is meant.
//! They stand in the record and not in the cache beside it: a cache may be emptied at any time, and with it would go what a
//! customer spent an evening to find. The cache has a copy, from which they are shown.

mod at_hand;
mod carts;
mod contents;
mod owner;

pub use carts::Carts;
pub use contents::{Cart, CartFault, CartId, CartItem, Done, LeftOut, MOST_ITEMS, MOST_UNITS, Spending};
pub use owner::{CART_TOKEN, CartOwner, CartToken};
