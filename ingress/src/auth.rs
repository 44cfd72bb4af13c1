//! Who is asking: accounts, passwords, access tokens.

mod accounts;
mod attempts;
mod password;
mod token;
mod user;

pub use accounts::{Account, Accounts, Creation};
pub use attempts::{Attempt, LoginAttempts};
pub use password::Passwords;
pub use token::{LIFETIME_SECONDS, Tokens, WeakSecret};
pub use user::User;
