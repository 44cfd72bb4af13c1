//! Who is asking: accounts, passwords, access tokens.

mod accounts;
mod admin;
mod attempts;
mod password;
mod token;
mod user;
mod visitor;

pub use accounts::{Account, Accounts, Creation, Role};
pub use admin::Admin;
pub use attempts::{Attempt, LoginAttempts};
pub use password::Passwords;
pub use token::{Bearer, LIFETIME_SECONDS, Tokens, WeakSecret};
pub use user::User;
pub use visitor::Visitor;
