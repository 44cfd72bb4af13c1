//! The journeys: what the customer does, and what must come of it.

use serde::Serialize;
use uuid::Uuid;

use crate::api::{Product, Status};

/// How many different parts an order has.
pub const LINES: usize = 2;

/// How the customer wants to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the API's own words")]
pub enum Method {
    Stripe,
    Razorpay,
    Cod,
}

/// What the customer's bank says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bank {
    /// Yes.
    Approves,
    /// No, and yes when the customer tries again.
    DeclinesFirst,
    /// It is not asked: cash, or an order that does not get so far.
    NotAsked,
}

impl Bank {
    /// What it says to each try of the customer.
    #[must_use]
    pub const fn answers(self) -> &'static [bool] {
        match self {
            Self::Approves => &[true],
            Self::DeclinesFirst => &[false, true],
            Self::NotAsked => &[],
        }
    }
}

/// One journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// What happens, for people.
    pub title: &'static str,
    /// The payment method of the order.
    pub method: Method,
    /// What the bank says when the customer pays.
    pub bank: Bank,
    /// Whether one of the parts is out of stock.
    pub out_of_stock: bool,
    /// Whether the customer cancels as soon as the order is paid.
    pub cancels: bool,
    /// What the order must pass through, in this order; the last is its end.
    pub milestones: &'static [Status],
}

/// Quickly paid, quickly sent.
const PAID_AND_DELIVERED: &[Status] = &[
    Status::Accepted,
    Status::Reserving,
    Status::AwaitingPayment,
    Status::Paid,
    Status::Confirmed,
    Status::Packed,
    Status::Shipped,
    Status::Delivered,
];

/// All of them.
pub const PLANS: [Plan; 6] = [
    Plan {
        title: "paid by Stripe",
        method: Method::Stripe,
        bank: Bank::Approves,
        out_of_stock: false,
        cancels: false,
        milestones: PAID_AND_DELIVERED,
    },
    Plan {
        title: "paid by Razorpay",
        method: Method::Razorpay,
        bank: Bank::Approves,
        out_of_stock: false,
        cancels: false,
        milestones: PAID_AND_DELIVERED,
    },
    Plan {
        title: "cash on delivery",
        method: Method::Cod,
        bank: Bank::NotAsked,
        out_of_stock: false,
        cancels: false,
        milestones: &[
            Status::Accepted,
            Status::Reserving,
            Status::Confirmed,
            Status::Packed,
            Status::Shipped,
            Status::Delivered,
        ],
    },
    Plan {
        title: "card declined, then paid",
        method: Method::Stripe,
        bank: Bank::DeclinesFirst,
        out_of_stock: false,
        cancels: false,
        milestones: PAID_AND_DELIVERED,
    },
    Plan {
        title: "one part out of stock",
        method: Method::Razorpay,
        bank: Bank::NotAsked,
        out_of_stock: true,
        cancels: false,
        milestones: &[Status::Accepted, Status::Reserving, Status::Rejected],
    },
    Plan {
        title: "cancelled after payment",
        method: Method::Razorpay,
        bank: Bank::Approves,
        out_of_stock: false,
        cancels: true,
        milestones: &[
            Status::Accepted,
            Status::Reserving,
            Status::AwaitingPayment,
            Status::Paid,
            Status::Cancelling,
            Status::Refunded,
        ],
    },
];

/// One line of an order, as the API takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The part.
    pub product_id: Uuid,
    /// How many.
    pub quantity: u32,
}

impl Plan {
    /// What is ordered: the parts on this plan's own shelf, so that no two journeys compete for stock.
    #[must_use]
    pub fn lines(&self, shelf: &[Product], scarce: &Product) -> Vec<Line> {
        let first = shelf.first().into_iter().map(|product| Line { product_id: product.product_id, quantity: 2 });
        let second = if self.out_of_stock { Some(scarce) } else { shelf.get(1) };
        first.chain(second.map(|product| Line { product_id: product.product_id, quantity: 1 })).collect()
    }

    /// Where it ends.
    #[must_use]
    pub fn end(&self) -> Status {
        self.milestones.last().copied().unwrap_or(Status::Delivered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Price;

    fn product(number: u128) -> Product {
        let price = Price { minor: 100, currency: "INR".to_owned() };
        let [sku, slug, name, category] = [const { String::new() }; 4];
        Product { product_id: Uuid::from_u128(number), sku, slug, name, category, price }
    }

    #[test]
    fn every_plan_begins_accepted_and_ends_where_nothing_follows() {
        for plan in PLANS {
            assert_eq!(plan.milestones.first(), Some(&Status::Accepted), "{}", plan.title);
            assert!(plan.end().is_terminal(), "{}", plan.title);
        }
    }

    #[test]
    fn an_order_that_cannot_be_had_asks_for_something_that_can_too() {
        let ids = |plan: &Plan| -> Vec<u128> {
            let lines = plan.lines(&[product(1), product(2)], &product(9));
            lines.iter().map(|line| line.product_id.as_u128()).collect()
        };
        assert_eq!(ids(&PLANS[0]), [1, 2]);
        assert_eq!(ids(&PLANS[4]), [1, 9]);
    }
}
