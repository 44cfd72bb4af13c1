//! The ingress: validates, authenticates, answers from read models and appends to the workers' inboxes. It decides
//! nothing about an order.
//!
//! A request's way: [`router`] names every route; [`middleware`] lies around all of them; [`extract`] turns a request into
//! checked values; a handler in [`routes`] reads from [`read_models`] and appends through [`inbox`]; whatever goes wrong
//! is a [`problem`].

// So that the shared test support names this crate alike from inside and from `tests/`.
#[cfg(test)]
extern crate self as ingress;

pub mod admission;
pub mod app;
pub mod audit;
pub mod auth;
mod broker;
pub mod cart;
pub mod commands;
pub mod dead_letters;
pub mod directory;
mod docs;
mod exports;
mod extract;
pub mod inbox;
mod invoice;
pub mod messages;
mod middleware;
mod paging;
pub mod problem;
pub mod rates;
pub mod read_models;
mod router;
mod routes;
pub mod search;
pub mod serve;
pub mod settings;
mod start;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trace;
mod validate;
pub mod views;
pub mod watchers;
pub mod webhooks;

pub use router::{api, router};
pub use settings::Settings;
pub use start::start;
