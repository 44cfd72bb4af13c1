//! Our payments compared with the gateways' own books, and with what they settled.
//!
//! [`compare`] is the pure core: given three complete sets of [`books`], it says what differs (`payments`, `settlement`).
//! Around it, [`gather`] completes the books, [`run`] goes through a period, [`schedule`] says who does so and when, and
//! [`tool`] does so for an operator. What was lost on its way to us is [told](tell) to the payments worker through its inbox,
//! like a webhook; everything found is written to the [`store`] for people to work through.

pub mod books;
pub mod compare;
pub mod gather;
mod payments;
pub mod run;
pub mod schedule;
mod settings;
mod settlement;
pub mod statement;
pub mod store;
pub mod tell;
pub mod tool;

#[cfg(test)]
mod tests;

pub use schedule::by_schedule;
pub use settings::Settings;
pub use store::INDEXES;
