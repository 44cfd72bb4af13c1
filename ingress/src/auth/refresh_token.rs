//! Refresh tokens: what a client keeps, to be given a new access token for.
//!
//! A token names its session and carries two secrets: the family's, which all tokens of a session share, and its own. So
//! an old token of the session is told from a made-up one however long ago it was the current one, though only two digests
//! are kept: who has the family's secret was given a token once.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{SessionId, random};
use crate::problem::Problem;

const SESSION: usize = 16;
const FAMILY: usize = 16;
const OWN: usize = 32;

/// A refresh token. It has no `Debug`, so that it is in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    session: SessionId,
    family: [u8; FAMILY],
    own: [u8; OWN],
}

impl RefreshToken {
    /// The first token of a session.
    ///
    /// # Errors
    /// A problem when the machine has no random numbers.
    pub fn first(session: SessionId) -> Result<Self, Problem> {
        Ok(Self { session, family: random::bytes()?, own: random::bytes()? })
    }

    /// The token that takes this one's place.
    ///
    /// # Errors
    /// A problem when the machine has no random numbers.
    pub fn next(&self) -> Result<Self, Problem> {
        Ok(Self { own: random::bytes()?, ..self.clone() })
    }

    /// Reads a token; `None` for what cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; SESSION + FAMILY + OWN];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        let (session, secrets) = bytes.get(..length)?.split_at_checked(SESSION)?;
        let (family, own) = secrets.split_at_checked(FAMILY)?;
        let session = SessionId::from_uuid(Uuid::from_slice(session).ok()?);
        Some(Self { session, family: family.try_into().ok()?, own: own.try_into().ok()? })
    }

    /// As the client keeps it.
    #[must_use]
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode([&self.session.as_uuid().as_bytes()[..], &self.family, &self.own].concat())
    }

    /// The session that it says it belongs to.
    #[must_use]
    pub const fn session(&self) -> SessionId {
        self.session
    }

    /// What is kept of the family's secret. The secrets are random, so a plain digest tells nothing of them.
    #[must_use]
    pub fn family_digest(&self) -> String {
        hex::encode(Sha256::digest(self.family))
    }

    /// What is kept of its own secret.
    #[must_use]
    pub fn own_digest(&self) -> String {
        hex::encode(Sha256::digest(self.own))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_is_read_as_it_is_written_and_its_successor_shares_the_family_alone() {
        let first = RefreshToken::first(SessionId::generate()).unwrap();
        let next = first.next().unwrap();
        for token in [&first, &next] {
            assert!(RefreshToken::parse(&token.to_text()).as_ref() == Some(token));
        }
        assert_eq!((next.session(), next.family_digest()), (first.session(), first.family_digest()));
        assert_ne!(next.own_digest(), first.own_digest());
        let other = RefreshToken::first(first.session()).unwrap();
        assert_ne!(other.family_digest(), first.family_digest());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic_and_a_token_has_one_spelling(text in ".{0,100}|[A-Za-z0-9_-]{84,88}") {
            if let Some(token) = RefreshToken::parse(&text) {
                prop_assert_eq!(token.to_text(), text);
            }
        }
    }
}
