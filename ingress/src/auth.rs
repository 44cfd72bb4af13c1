//! Who is asking: accounts, passwords, sessions, access tokens.

mod accounts;
mod attempts;
mod codes;
mod ending;
mod lock;
mod operator;
mod password;
mod permissions;
mod profiles;
mod random;
mod refresh_token;
mod revocations;
mod sessions;
mod staff;
mod token;
mod user;
mod visitor;
mod wishlists;

pub(crate) use accounts::is_duplicate;
pub use accounts::{Account, Accounts, Creation, Role, Standing};
pub use attempts::{Attempt, LoginAttempts};
pub use codes::{CODE_SECONDS, Codes, Purpose};
pub use ending::{end_all_sessions, end_session};
pub use lock::count_attempt;
pub use operator::{Admin, Operator};
pub use password::Passwords;
pub use permissions::{Permission, Permissions, permit};
pub use profiles::{AddressId, Keeping, KeptAddress, Profile, Profiles};
pub use refresh_token::RefreshToken;
pub use revocations::Revocations;
pub use sessions::{DeviceSession, REFRESH_LIFETIME, SessionId, Sessions, Why, Worth};
pub use staff::{Appointment, Rights, Staff, StaffMember};
pub use token::{Bearer, LIFETIME_SECONDS, Tokens, WeakSecret};
pub use user::User;
pub use visitor::Visitor;
pub use wishlists::{Wish, Wishing, Wishlists};
