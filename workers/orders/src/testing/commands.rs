//! Commands as the tests spell them.

use std::fmt;

use shared::message::Topic;

use crate::Command;

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inventory(sku, message) => write!(f, "{} {sku}", message.name()),
            Self::Payments(message) => f.write_str(message.name()),
            Self::Invoicing(series, message) => write!(f, "{} {series}", message.name()),
            Self::Shipping(message) => f.write_str(message.name()),
        }
    }
}
