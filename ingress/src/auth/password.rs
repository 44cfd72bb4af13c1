//! Passwords: argon2id with the parameters that OWASP recommends, a few at a time.
//!
//! <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id>

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::{INTERNAL, OVERLOADED, Problem};

/// 19 MiB.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes and checks passwords. Each takes 19 MiB and tens of milliseconds of a core, so the number at once and the
/// length of the queue are bounded.
pub struct Passwords {
    hasher: Argon2<'static>,
    /// Verified against when there is no account, so that the answer takes as long.
    decoy: Arc<str>,
    at_once: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Passwords {
    /// A hasher that does `at_once` passwords at a time and lets `waiting` more wait.
    ///
    /// # Errors
    /// A problem when the machine has no random numbers.
    pub fn new(at_once: usize, waiting: usize) -> Result<Self, Problem> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(broken)?;
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash(&hasher, uuid::Uuid::now_v7().as_bytes())?.into();
        let (at_once_permits, queue) = (Arc::new(Semaphore::new(at_once)), Arc::new(Semaphore::new(at_once + waiting)));
        Ok(Self { hasher, decoy, at_once: at_once_permits, queue })
    }

    /// The hash to keep, as a PHC string with its salt and parameters.
    ///
    /// # Errors
    /// A problem when too many wait already.
    pub async fn hash(&self, password: SecretString) -> Result<String, Problem> {
        let hasher = self.hasher.clone();
        self.run(move || hash(&hasher, password.expose_secret().as_bytes())).await?
    }

    /// Whether this is the password behind the hash. Without a hash the answer is no, after the same work.
    ///
    /// # Errors
    /// A problem when too many wait already, or the hash is damaged.
    pub async fn verify(&self, password: SecretString, kept: Option<String>) -> Result<bool, Problem> {
        let (hasher, decoy) = (self.hasher.clone(), Arc::clone(&self.decoy));
        self.run(move || {
            let exists = kept.is_some();
            let kept = PasswordHash::new(kept.as_deref().unwrap_or(&decoy)).map_err(broken)?;
            let right = hasher.verify_password(password.expose_secret().as_bytes(), &kept).is_ok();
            Ok(exists && right)
        })
        .await?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let places = self.take_place().await?;
        let outcome = tokio::task::spawn_blocking(move || {
            let _held_until_done = places;
            work()
        });
        outcome.await.map_err(broken)
    }

    /// The places travel with the work: a client that goes away does not make room while its hash is still computed.
    async fn take_place(&self) -> Result<[OwnedSemaphorePermit; 2], Problem> {
        let queued = Arc::clone(&self.queue)
            .try_acquire_owned()
            .map_err(|_| Problem::new(OVERLOADED).detail("too many people are logging in").retry_after(2))?;
        let turn = Arc::clone(&self.at_once).acquire_owned().await.map_err(broken)?;
        Ok([queued, turn])
    }
}

fn hash(hasher: &Argon2<'_>, password: &[u8]) -> Result<String, Problem> {
    let hash: PasswordHash = hasher.hash_password(password).map_err(broken)?;
    Ok(hash.to_string())
}

fn broken(error: impl std::fmt::Display) -> Problem {
    Problem::new(INTERNAL).because(format!("password hashing: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn a_password_opens_its_own_hash_alone() {
        let passwords = Passwords::new(2, 2).unwrap();
        let kept = passwords.hash(secret("correct horse battery")).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(passwords.verify(secret("correct horse battery"), Some(kept.clone())).await.unwrap());
        assert!(!passwords.verify(secret("incorrect horse"), Some(kept)).await.unwrap());
        assert!(!passwords.verify(secret("correct horse battery"), None).await.unwrap());
    }

    /// What comes of a future, and how many turns others had meanwhile on the thread that it runs on. What it has done by another
    /// thread begins with the first of them.
    async fn beside<T>(work: impl Future<Output = T>) -> (T, usize) {
        let (gate, opened) = std::sync::mpsc::channel::<()>();
        let before_it = tokio::task::spawn_blocking(move || opened.recv());
        let (mut work, mut gate, mut turns) = (std::pin::pin!(work), Some(gate), 0);
        let outcome = loop {
            tokio::select! {
                biased;
                outcome = &mut work => break outcome,
                () = tokio::task::yield_now() => {
                    turns += 1;
                    gate = None;
                }
            }
        };
        drop(gate);
        before_it.await.unwrap().unwrap_err();
        (outcome, turns)
    }

    #[test]
    fn others_go_on_while_passwords_are_hashed_and_checked() {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.max_blocking_threads(1).build().unwrap();
        let passwords = Passwords::new(1, 1).unwrap();
        let (kept, turns) = runtime.block_on(beside(passwords.hash(secret("correct horse battery"))));
        assert!(turns > 0, "hashed on the thread of all requests");
        for kept in [Some(kept.unwrap()), None] {
            let exists = kept.is_some();
            let (right, turns) = runtime.block_on(beside(passwords.verify(secret("correct horse battery"), kept)));
            assert_eq!(right.unwrap(), exists);
            assert!(turns > 0, "checked on the thread of all requests");
        }
    }

    #[tokio::test]
    async fn the_queue_is_bounded() {
        let passwords = Passwords::new(1, 0).unwrap();
        let _busy = passwords.take_place().await.unwrap();
        assert_eq!(passwords.hash(secret("x")).await.unwrap_err().kind(), OVERLOADED);
    }
}
