//! Commands as the tests spell them.

use std::fmt;

use schemas::inventory::InventoryMessage;
use shared::message::Topic;

use crate::Command;

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Coupons(code, message) => write!(f, "{} {code}", message.name()),
            Self::Inventory(sku, message) => {
                write!(f, "{} {sku}", message.name())?;
                let InventoryMessage::ReserveStock(reserve) = message else { return Ok(()) };
                reserve.then.iter().try_for_each(|next| write!(f, " then {}", next.sku))
            }
            Self::Payments(message) => f.write_str(message.name()),
            Self::Invoicing(series, message) => write!(f, "{} {series}", message.name()),
            Self::Shipping(message) => f.write_str(message.name()),
        }
    }
}
