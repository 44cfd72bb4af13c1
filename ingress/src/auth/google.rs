//! Google accounts: an id token (OpenID Connect Core, section 3.1.3.7) that says who somebody is.
//!
//! What the token says is believed only under one of Google's own keys, for one of the shop's own apps, by the one algorithm
//! that Google uses. Whose account of the shop that is decides `crate::routes::auth::google`.

#[cfg(test)]
mod issuer;
mod keys;

use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde::Deserialize;
use shared::time::Timestamp;

use self::keys::{KeySet, NoKey};
use crate::{
    problem::{GOOGLE_UNAVAILABLE, INVALID_ID_TOKEN, Problem},
    settings::GoogleSettings,
    validate,
};

/// Google's have some 1,200 bytes.
const LONGEST_TOKEN: usize = 8_192;
/// How far Google's clock and ours may be apart, in seconds.
const LEEWAY_SECONDS: i64 = 30;
const LONGEST_SUBJECT: usize = 255;
/// For accounts without a name.
const NAMELESS: &str = "Customer";

/// Who somebody is at Google.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoogleUser {
    /// Google's name for the account, which it never gives to another.
    pub subject: String,
    /// In lower case.
    pub email: String,
    /// Whether Google has seen that the address is theirs.
    pub email_verified: bool,
    /// Their name.
    pub name: String,
}

/// Checks Google's tokens.
pub struct Google {
    keys: KeySet,
    client_ids: Vec<String>,
    issuers: Vec<String>,
}

/// Google may add to these what it likes.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    exp: i64,
    iat: i64,
    email: String,
    #[serde(default)]
    email_verified: bool,
    #[serde(default)]
    name: String,
    #[serde(default)]
    nonce: Option<String>,
}

impl Google {
    /// Google with its keys, as configured.
    ///
    /// # Errors
    /// A text that says what is not valid.
    pub fn new(settings: &GoogleSettings) -> Result<Self, String> {
        let GoogleSettings { client_ids, keys_url, issuers, look_again_seconds } = settings.clone();
        let keys = KeySet::new(&keys_url, std::time::Duration::from_secs(look_again_seconds))?;
        Ok(Self { keys, client_ids, issuers })
    }

    /// Whom the token names, if it is good at this moment and, where the app has given one, has its nonce.
    ///
    /// # Errors
    /// A problem for any other token, and where Google's keys are not to be had.
    pub async fn verify(&self, token: &str, nonce: Option<&str>, now: Timestamp) -> Result<GoogleUser, Problem> {
        let refused = || Problem::new(INVALID_ID_TOKEN).challenge("Bearer");
        let kid = key_id(token).ok_or_else(refused)?;
        let key = self.keys.key(&kid).await.map_err(|error| match error {
            NoKey::Unknown => refused(),
            NoKey::Unavailable => Problem::new(GOOGLE_UNAVAILABLE).retry_after(5),
        })?;
        self.read(token, &key, nonce, now).ok_or_else(refused)
    }

    fn read(&self, token: &str, key: &DecodingKey, nonce: Option<&str>, now: Timestamp) -> Option<GoogleUser> {
        let claims = decode::<Claims>(token, key, &signature_alone()).ok()?.claims;
        let is_ours = self.issuers.contains(&claims.iss) && self.client_ids.contains(&claims.aud);
        let has_nonce = nonce.is_none_or(|nonce| claims.nonce.as_deref() == Some(nonce));
        (is_ours && has_nonce && claims.are_good_at(now)).then_some(())?;
        claims.user()
    }
}

/// The key that a token says it is signed with, if its header is one of Google's: it may name a key, and neither bring one
/// along nor say where to fetch one.
fn key_id(token: &str) -> Option<String> {
    if token.len() > LONGEST_TOKEN {
        return None;
    }
    let mut header = decode_header(token).ok()?;
    let kid = header.kid.take()?;
    header.typ = None;
    let plain = Header { typ: None, ..Header::new(Algorithm::RS256) };
    (header == plain).then_some(kid)
}

/// The rest is compared here: the library would ask the machine's clock, and take a list for an audience.
fn signature_alone() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation
}

impl Claims {
    fn are_good_at(&self, now: Timestamp) -> bool {
        let now = now.as_millis().div_euclid(1000);
        (self.iat.saturating_sub(LEEWAY_SECONDS)..self.exp.saturating_add(LEEWAY_SECONDS)).contains(&now)
    }

    fn user(self) -> Option<GoogleUser> {
        let is_name = (1..=LONGEST_SUBJECT).contains(&self.sub.len()) && self.sub.bytes().all(|b| b.is_ascii_graphic());
        is_name.then_some(())?;
        let name = validate::line(&self.name, 1, 100).unwrap_or_else(|_| NAMELESS.to_owned());
        let email = validate::email(&self.email).ok()?;
        Some(GoogleUser { subject: self.sub, email, email_verified: self.email_verified, name })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{
        issuer::{CLIENT, Issuer, claims},
        *,
    };

    fn google(issuer: &Issuer) -> Google {
        let settings = json!({ "client_ids": ["another", CLIENT], "keys_url": issuer.url(), "look_again_seconds": 0 });
        Google::new(&serde_json::from_value(settings).unwrap()).unwrap()
    }

    async fn outcome(google: &Google, token: &str) -> &'static str {
        google.verify(token, None, Timestamp::now()).await.map_or_else(|problem| problem.kind().code, |_| "good")
    }

    fn changed(changes: &[(&str, Value)]) -> Value {
        let mut claims = claims();
        for (claim, value) in changes {
            claims[*claim] = value.clone();
        }
        claims
    }

    #[tokio::test]
    async fn a_token_of_googles_names_its_user_until_it_expires() {
        let issuer = Issuer::start().await;
        let (google, now) = (google(&issuer), Timestamp::now());
        let token = issuer.token("1", &claims());
        let user = GoogleUser {
            subject: "10769150350006150715113082367".to_owned(),
            email: "asha@example.in".to_owned(),
            email_verified: true,
            name: "Asha Rao".to_owned(),
        };
        assert_eq!(google.verify(&token, None, now).await, Ok(user));
        for (seconds, good) in [(-31, false), (-29, true), (3_629, true), (3_631, false)] {
            let then = Timestamp::from_millis(now.as_millis() / 1000 * 1000 + seconds * 1000);
            assert_eq!(google.verify(&token, None, then).await.is_ok(), good, "{seconds} s later");
        }
    }

    #[tokio::test]
    async fn a_token_for_somebody_elses_app_or_of_another_issuer_is_refused() {
        let issuer = Issuer::start().await;
        let google = google(&issuer);
        let now = Timestamp::now().as_millis() / 1000;
        for (claim, value) in [
            ("aud", json!("somebody-else.apps.googleusercontent.com")),
            ("aud", json!([CLIENT])),
            ("aud", json!("")),
            ("iss", json!("https://accounts.google.com.evil.example")),
            ("iss", json!([issuer::ISSUER])),
            ("exp", json!(now - 60)),
            ("exp", json!("never")),
            ("iat", json!(now + 60)),
            ("sub", json!("")),
            ("sub", json!("a b")),
            ("email", json!("nobody")),
            ("email_verified", json!("yes")),
        ] {
            let token = issuer.token("1", &changed(&[(claim, value.clone())]));
            assert_eq!(outcome(&google, &token).await, "invalid_id_token", "{claim} {value}");
        }
        for claim in ["iss", "aud", "sub", "exp", "iat", "email"] {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(claim);
            assert_eq!(outcome(&google, &issuer.token("1", &claims)).await, "invalid_id_token", "{claim}");
        }
    }

    #[tokio::test]
    async fn a_nonce_that_the_app_has_given_must_be_in_the_token() {
        let issuer = Issuer::start().await;
        let google = google(&issuer);
        let (with, without) = (issuer.token("1", &changed(&[("nonce", json!("n-1"))])), issuer.token("1", &claims()));
        let good = async |token: &str, nonce| google.verify(token, nonce, Timestamp::now()).await.is_ok();
        assert!(good(&with, Some("n-1")).await && good(&without, None).await);
        assert!(!good(&with, Some("n-2")).await && !good(&without, Some("n-1")).await);
    }

    #[tokio::test]
    async fn no_other_algorithm_and_no_key_that_a_token_brings_along_is_accepted() {
        let issuer = Issuer::start().await;
        let google = google(&issuer);
        assert_eq!(outcome(&google, &issuer.token("1", &claims())).await, "good");
        let unsigned = issuer::unsigned(&json!({ "alg": "none", "kid": "1", "typ": "JWT" }), &claims());
        let unsigned_as_theirs = issuer::unsigned(&json!({ "alg": "RS256", "kid": "1", "typ": "JWT" }), &claims());
        // The public key, which everybody has, as the secret of a symmetric signature.
        let swapped = issuer.signed_with_the_public_key("1", &claims());
        for token in [unsigned, unsigned_as_theirs, swapped] {
            assert_eq!(outcome(&google, &token).await, "invalid_id_token", "{token}");
        }
        for (name, value) in [
            ("jku", json!("https://evil.example/keys")),
            ("x5u", json!("https://evil.example/cert")),
            ("jwk", issuer.jwk("1")),
            ("crit", json!(["exp"])),
            ("alg", json!("RS512")),
            ("kid", json!(null)),
        ] {
            let mut header = json!({ "alg": "RS256", "kid": "1", "typ": "JWT" });
            header[name] = value;
            assert_eq!(outcome(&google, &issuer.signed("1", &header, &claims())).await, "invalid_id_token", "{name}");
        }
    }

    #[tokio::test]
    async fn another_key_under_a_known_name_is_refused_and_so_is_a_name_that_nobody_knows() {
        let issuer = Issuer::start().await;
        let google = google(&issuer);
        let header = json!({ "alg": "RS256", "kid": "1", "typ": "JWT" });
        assert_eq!(outcome(&google, &issuer.signed("2", &header, &claims())).await, "invalid_id_token");
        assert_eq!(outcome(&google, &issuer.token("2", &claims())).await, "invalid_id_token");
    }

    proptest! {
        #[test]
        fn any_text_names_no_key_or_one_that_must_be_found(token in ".*", parts in proptest::collection::vec("[A-Za-z0-9_-]{0,40}", 3)) {
            prop_assert_eq!(key_id(&token), None);
            prop_assert_eq!(key_id(&parts.join(".")), None);
        }
    }
}
