//! Access tokens: JWT (RFC 7519) signed with HS256, valid for 15 minutes.

use std::ops::RangeInclusive;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use schemas::ids::UserId;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use shared::time::Timestamp;
use uuid::Uuid;

use super::{
    Role, SessionId,
    verified::{Good, Verified},
};

/// How long a token is good for.
pub const LIFETIME_SECONDS: i64 = 15 * 60;
/// How far the clocks of two ingress processes may be apart.
const LEEWAY_SECONDS: i64 = 5;
const ISSUER: &str = "spareparts";
const AUDIENCE: &str = "spareparts-api";
const ACCESS: &str = "access";
/// A key shorter than the digest weakens HMAC (RFC 2104, section 3).
const SHORTEST_SECRET: usize = 32;
/// Ours have some 400 bytes.
const LONGEST_TOKEN: usize = 2048;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    exp: i64,
    nbf: i64,
    iat: i64,
    jti: Uuid,
    typ: String,
    /// A token from before there were roles is a customer's.
    #[serde(default)]
    role: Role,
    sid: SessionId,
    epoch: i64,
}

/// Whom a token names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// The user.
    pub user: UserId,
    /// What they could do when the token was issued.
    pub role: Role,
    /// The session that the token belongs to, and ends with.
    pub session: SessionId,
    /// How often all sessions of the account had been ended when this one began.
    pub epoch: i64,
}

/// The secret is too short to sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signing secret needs at least {SHORTEST_SECRET} bytes")]
pub struct WeakSecret;

/// Issues and checks access tokens.
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    /// What the secret was before, and until when it is believed.
    previous: Option<(DecodingKey, Timestamp)>,
    validation: Validation,
    verified: Verified,
}

impl Tokens {
    /// Tokens under this secret.
    ///
    /// # Errors
    /// [`WeakSecret`].
    pub fn new(secret: &SecretString) -> Result<Self, WeakSecret> {
        let secret = secret.expose_secret().as_bytes();
        if secret.len() < SHORTEST_SECRET {
            return Err(WeakSecret);
        }
        let (encoding, decoding) = (EncodingKey::from_secret(secret), DecodingKey::from_secret(secret));
        let (validation, verified) = (validation(), Verified::default());
        Ok(Self { encoding, decoding, previous: None, validation, verified })
    }

    /// Believes tokens under another secret, too, until then: so the secret is exchanged while people stay logged in.
    ///
    /// # Errors
    /// [`WeakSecret`].
    pub fn with_previous(self, secret: &SecretString, valid_until: Timestamp) -> Result<Self, WeakSecret> {
        Ok(Self { previous: Some((Self::new(secret)?.decoding, valid_until)), ..self })
    }

    /// A token for this bearer from `now` on; `None` never happens with a key that was accepted.
    #[must_use]
    pub fn issue(&self, bearer: Bearer, now: Timestamp) -> Option<String> {
        let issued = now.as_millis().div_euclid(1000);
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: bearer.user,
            exp: issued + LIFETIME_SECONDS,
            nbf: issued,
            iat: issued,
            jti: Uuid::now_v7(),
            typ: ACCESS.to_owned(),
            role: bearer.role,
            sid: bearer.session,
            epoch: bearer.epoch,
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).ok()
    }

    /// Whose token this is; `None` unless everything about it is as we would have issued it, and it is good at `now`.
    #[must_use]
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<Bearer> {
        if let Some(bearer) = self.verified.get(token, now) {
            return Some(bearer);
        }
        if token.len() > LONGEST_TOKEN || !is_our_header(&decode_header(token).ok()?) {
            return None;
        }
        let good = self.understand(token)?;
        let bearer = good.at(now)?;
        self.verified.put(token, good);
        Some(bearer)
    }

    /// What a token says that was signed by us, and until when that counts.
    fn understand(&self, token: &str) -> Option<Good> {
        let under = |key| decode::<Claims>(token, key, &self.validation).ok().map(|decoded| decoded.claims);
        let previous = || {
            let (key, until) = self.previous.as_ref()?;
            Some((under(key)?, Some(*until)))
        };
        let (claims, until) = under(&self.decoding).map(|claims| (claims, None)).or_else(previous)?;
        (claims.typ == ACCESS).then(|| Good { seconds: claims.good_seconds(), bearer: claims.bearer(), until })
    }
}

impl Claims {
    const fn good_seconds(&self) -> RangeInclusive<i64> {
        self.nbf.saturating_sub(LEEWAY_SECONDS)..=self.exp.saturating_add(LEEWAY_SECONDS)
    }

    const fn bearer(&self) -> Bearer {
        Bearer { user: self.sub, role: self.role, session: self.sid, epoch: self.epoch }
    }
}

fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    // The library would ask the machine's clock; ours is looked at in `Good::at`.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
    validation
}

/// Our header says `alg` and `typ` and nothing else: a header that names a key or where to fetch one is an attack.
fn is_our_header(header: &Header) -> bool {
    *header == Header::new(Algorithm::HS256)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn tokens() -> Tokens {
        Tokens::new(&SecretString::from(SECRET)).unwrap()
    }

    fn claims() -> Value {
        let now = Timestamp::now().as_millis() / 1000;
        json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": UserId::generate(), "exp": now + 60, "nbf": now, "iat": now,
            "jti": Uuid::now_v7(), "typ": ACCESS, "sid": SessionId::generate(), "epoch": 0,
        })
    }

    fn signed(header: &Value, claims: &Value, secret: &str) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let digest = crate::webhooks::signature::digest(secret.as_bytes(), &[message.as_bytes()]);
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(digest))
    }

    #[test]
    fn a_token_without_a_role_is_a_customers() {
        let token = signed(&json!({"alg": "HS256", "typ": "JWT"}), &claims(), SECRET);
        assert_eq!(tokens().verify(&token, Timestamp::now()).map(|bearer| bearer.role), Some(Role::Customer));
    }

    fn accepted(header: &Value, claims: &Value) -> bool {
        tokens().verify(&signed(header, claims, SECRET), Timestamp::now()).is_some()
    }

    #[test]
    fn a_token_names_its_user_until_it_expires() {
        let user = UserId::generate();
        let now = Timestamp::now();
        for role in [Role::Customer, Role::Admin] {
            let bearer = Bearer { user, role, session: SessionId::generate(), epoch: 3 };
            let token = tokens().issue(bearer, now).unwrap();
            let after = |seconds: i64| Timestamp::from_millis(now.as_millis() + seconds * 1000);
            for (seconds, good) in [(-6, false), (-5, true), (0, true), (LIFETIME_SECONDS + 5, true), (906, false)] {
                let expected = good.then_some(bearer);
                assert_eq!(tokens().verify(&token, after(seconds)), expected, "{seconds} s later");
            }
        }
    }

    #[test]
    fn a_handmade_token_like_ours_is_accepted_so_the_refusals_below_mean_something() {
        assert!(accepted(&json!({"alg": "HS256", "typ": "JWT"}), &claims()));
    }

    #[test]
    fn no_claim_may_differ() {
        let now = Timestamp::now().as_millis() / 1000;
        let changes = [
            ("iss", json!("other")),
            ("aud", json!("other")),
            ("aud", json!([AUDIENCE, "other"])),
            ("typ", json!("refresh")),
            ("exp", json!(now - 60)),
            ("nbf", json!(now + 60)),
            ("sub", json!("admin")),
            ("role", json!("root")),
            ("roles", json!(["admin"])),
            ("sid", json!("all")),
            ("epoch", json!("0")),
        ];
        for (claim, value) in changes {
            let mut claims = claims();
            claims[claim] = value;
            assert!(!accepted(&json!({"alg": "HS256", "typ": "JWT"}), &claims), "{claim}");
        }
        for claim in ["iss", "aud", "typ", "exp", "nbf", "sub", "jti", "sid", "epoch"] {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(claim);
            assert!(!accepted(&json!({"alg": "HS256", "typ": "JWT"}), &claims), "{claim}");
        }
    }

    #[test]
    fn no_other_algorithm_and_no_foreign_key_header_is_accepted() {
        for header in [
            json!({"alg": "none", "typ": "JWT"}),
            json!({"alg": "HS384", "typ": "JWT"}),
            json!({"alg": "RS256", "typ": "JWT"}),
            json!({"alg": "HS256"}),
            json!({"alg": "HS256", "typ": "at+jwt"}),
            json!({"alg": "HS256", "typ": "JWT", "kid": "../../dev/null"}),
            json!({"alg": "HS256", "typ": "JWT", "jku": "https://evil.example/keys"}),
            json!({"alg": "HS256", "typ": "JWT", "x5u": "https://evil.example/cert"}),
            json!({"alg": "HS256", "typ": "JWT", "jwk": {"kty": "oct", "k": "AAAA"}}),
            json!({"alg": "HS256", "typ": "JWT", "crit": ["exp"]}),
            json!({"alg": "HS256", "typ": "JWT", "anything": 1}),
        ] {
            assert!(!accepted(&header, &claims()), "{header}");
        }
        let unsigned = signed(&json!({"alg": "none", "typ": "JWT"}), &claims(), SECRET);
        let (message, _) = unsigned.rsplit_once('.').unwrap();
        assert!(tokens().verify(&format!("{message}."), Timestamp::now()).is_none());
    }

    #[test]
    fn a_previous_secret_is_believed_until_its_time_and_signs_nothing() {
        let (now, new) = (Timestamp::now(), SecretString::from("another-secret-another-secret-32"));
        let until = now.plus(std::time::Duration::from_secs(60));
        let bearer =
            Bearer { user: UserId::generate(), role: Role::Customer, session: SessionId::generate(), epoch: 0 };
        let old = tokens().issue(bearer, now).unwrap();
        let exchanged = Tokens::new(&new).unwrap().with_previous(&SecretString::from(SECRET), until).unwrap();
        let before = Timestamp::from_millis(until.as_millis() - 1);
        assert_eq!(exchanged.verify(&old, before), Some(bearer));
        assert_eq!(exchanged.verify(&old, until), None);
        let fresh = exchanged.issue(bearer, now).unwrap();
        assert_eq!((exchanged.verify(&fresh, until), tokens().verify(&fresh, now)), (Some(bearer), None));
        assert!(Tokens::new(&new).unwrap().with_previous(&SecretString::from("short"), until).is_err());
    }

    #[test]
    fn another_secret_is_refused() {
        let header = json!({"alg": "HS256", "typ": "JWT"});
        assert!(
            tokens()
                .verify(&signed(&header, &claims(), "another-secret-another-secret-32"), Timestamp::now())
                .is_none()
        );
        assert_eq!(Tokens::new(&SecretString::from("short")).err(), Some(WeakSecret));
    }

    proptest! {
        #[test]
        fn any_text_is_refused_without_a_panic(token in ".*", parts in proptest::collection::vec("[A-Za-z0-9_-]{0,40}", 3)) {
            prop_assert!(tokens().verify(&token, Timestamp::now()).is_none());
            prop_assert!(tokens().verify(&parts.join("."), Timestamp::now()).is_none());
        }
    }
}
