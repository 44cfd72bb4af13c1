//! One-time codes: six digits by SMS or e-mail, good once and for five minutes, in the collection `one_time_codes`.
//!
//! Six digits are guessed in a million tries, so what matters is that only five are ever looked at: each is counted before
//! it is compared, in one atomic update, and neither a new code nor a lost answer gives back a try. Codes and recipients are
//! kept under a key that is not in the database, so whoever reads it learns neither. An address without an account gets
//! everything but the message: its answers and its counters are those of any other.

use mongodb::{
    Collection, Database, IndexModel,
    bson::{DateTime, Document, doc},
    error::Error,
    options::{IndexOptions, ReturnDocument},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use shared::time::Timestamp;

use super::{accounts::is_duplicate, random};
use crate::{messages::Recipient, problem::Problem, read_models::settled, webhooks::signature::digest};

/// How long a code is good for.
pub const CODE_SECONDS: u64 = 5 * 60;
/// Guesses at a recipient's codes within a window, however many codes there are.
const MOST_ATTEMPTS: i32 = 5;
/// Codes for a recipient within a window.
const MOST_SENDS: i32 = 5;
/// From the first code or guess on.
const WINDOW_SECONDS: u64 = 15 * 60;

/// What a code is good for, and for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To log in.
    Login,
    /// To set a new password.
    NewPassword,
    /// To show that a telephone is one's own.
    Phone,
    /// To show, logged in, that the account's address is one's own.
    Email,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::NewPassword => "new_password",
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }
}

/// What is kept of a recipient's codes for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    code: String,
    code_until: DateTime,
    attempts: i32,
    sends: i32,
    window_until: DateTime,
}

/// All codes.
#[derive(Clone)]
pub struct Codes {
    all: Collection<Kept>,
    key: SecretString,
}

impl Codes {
    /// The codes in this database, kept under a key that follows from this secret.
    #[must_use]
    pub fn new(database: &Database, secret: &SecretString) -> Self {
        let key = hex::encode(digest(secret.expose_secret().as_bytes(), &[b"one-time codes"]));
        Self { all: database.collection_with_options("one_time_codes", settled()), key: key.into() }
    }

    /// Creates the index that forgets what no longer counts.
    ///
    /// # Errors
    /// What the database says.
    pub async fn create_indexes(&self) -> Result<(), Error> {
        let expire = IndexOptions::builder().expire_after(std::time::Duration::ZERO).build();
        let index = IndexModel::builder().keys(doc! { "window_until": 1 }).options(expire).build();
        self.all.create_index(index).await.map(drop)
    }

    /// A new code, in the place of the one before. None where this recipient has had too many, or too many guesses: no
    /// code would be good.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn issue(&self, purpose: Purpose, to: &Recipient, now: Timestamp) -> Result<Option<String>, Problem> {
        let code = draw()?;
        let (id, kept) = (self.id(purpose, to), self.of_code(purpose, to, &code));
        let found = match self.put(&id, &kept, now).await {
            // Two first codes at the same moment: one inserted, so the other's repetition finds it.
            Err(error) if is_duplicate(&error) => self.put(&id, &kept, now).await?,
            other => other?,
        };
        Ok(found.filter(|found| found.code == kept).map(|_| code))
    }

    /// Whether this is the recipient's code now; a second time it is not.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn redeem(&self, purpose: Purpose, to: &Recipient, code: &str, now: Timestamp) -> Result<bool, Problem> {
        let (id, given) = (self.id(purpose, to), self.of_code(purpose, to, code));
        let good = doc! {
            "_id": &id, "attempts": { "$lt": MOST_ATTEMPTS },
            "code_until": { "$gt": DateTime::from_millis(now.as_millis()) },
        };
        let counted = self.all.find_one_and_update(good, doc! { "$inc": { "attempts": 1 } }).await?;
        if counted.is_none_or(|kept| kept.code != given) {
            return Ok(false);
        }
        // Of two that bring it at the same moment one takes it away.
        Ok(self.all.delete_one(doc! { "_id": id, "code": given }).await?.deleted_count == 1)
    }

    async fn put(&self, id: &str, code: &str, now: Timestamp) -> Result<Option<Kept>, Error> {
        let put = self.all.find_one_and_update(doc! { "_id": id }, issuing(code, now));
        put.upsert(true).return_document(ReturnDocument::After).await
    }

    fn id(&self, purpose: Purpose, to: &Recipient) -> String {
        self.mac(&[purpose.name(), to.address()])
    }

    fn of_code(&self, purpose: Purpose, to: &Recipient, code: &str) -> String {
        self.mac(&[purpose.name(), to.address(), code])
    }

    /// A line break is in no address, so that no two lists of parts are one text.
    fn mac(&self, parts: &[&str]) -> String {
        hex::encode(digest(self.key.expose_secret().as_bytes(), &[parts.join("\n").as_bytes()]))
    }
}

/// Six digits, each number as likely as any other.
fn draw() -> Result<String, Problem> {
    /// The most numbers of 32 bits that are whole millions: beyond, the low codes would be likelier.
    const FAIR: u32 = u32::MAX - u32::MAX % 1_000_000;
    loop {
        let number = u32::from_be_bytes(random::bytes()?);
        if number < FAIR {
            return Ok(format!("{:06}", number % 1_000_000));
        }
    }
}

/// Counts a code, in the window that is open or in a new one, and keeps it if it can be good.
fn issuing(code: &str, now: Timestamp) -> Vec<Document> {
    let after = |seconds| DateTime::from_millis(now.plus(std::time::Duration::from_secs(seconds)).as_millis());
    let open = doc! { "$gt": ["$window_until", DateTime::from_millis(now.as_millis())] };
    let next = doc! { "$min": [{ "$add": ["$sends", 1] }, MOST_SENDS + 1] };
    let is_good = doc! { "$and": [{ "$lte": ["$sends", MOST_SENDS] }, { "$lt": ["$attempts", MOST_ATTEMPTS] }] };
    vec![
        doc! { "$set": {
            "attempts": { "$cond": [&open, "$attempts", 0] },
            "sends": { "$cond": [&open, next, 1] },
            "window_until": { "$cond": [open, "$window_until", after(WINDOW_SECONDS)] },
        } },
        doc! { "$set": {
            "code": { "$cond": [&is_good, code, "$code"] },
            "code_until": { "$cond": [is_good, after(CODE_SECONDS), "$code_until"] },
        } },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_and_rarely_the_same_as_the_last() {
        let codes: std::collections::HashSet<_> = (0..200).map(|_| draw().unwrap()).collect();
        assert!(codes.iter().all(|code| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit())));
        assert!(codes.len() > 190);
    }
}
