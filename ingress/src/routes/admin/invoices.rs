//! Invoices that name the wrong buyer.

pub mod list;
pub mod replace;
mod view;
