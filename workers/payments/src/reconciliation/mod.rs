//! Our payments compared with the gateways' own books, and with what they settled.
//!
//! [`compare`] is the pure core: given three complete sets of [`books`], it says what differs ([`payments`],
//! [`settlement`]).

mod books;
mod compare;
mod payments;
mod settlement;

#[cfg(test)]
mod tests;
