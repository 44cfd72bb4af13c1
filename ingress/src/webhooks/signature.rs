//! Signatures over the raw bytes, compared in constant time, under any of several secrets: the old one stays good for a
//! set time, so that a secret can be exchanged without losing an event.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// How old a signature may be, and how far ahead: what Stripe's libraries allow.
const TOLERANCE_SECONDS: u64 = 300;
/// A header with more signatures than this is not from a gateway.
const MOST_SIGNATURES: usize = 16;

/// Why a webhook is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disbelief {
    /// The header is missing or not of the documented form.
    #[error("the signature header is missing or malformed")]
    Malformed,
    /// The signature is of another time.
    #[error("the signature's time is more than {TOLERANCE_SECONDS} seconds away")]
    Stale,
    /// No secret of ours made it.
    #[error("the signature is not of this body under our secret")]
    Wrong,
}

/// Checks a header of the form `t=<unix seconds>,v1=<hex>[,v1=…]`: each `v1` is the HMAC-SHA256 of `t`, a full stop and
/// the body. Stripe's scheme: <https://docs.stripe.com/webhooks#verify-manually>.
///
/// # Errors
/// [`Disbelief`].
pub fn verify_timestamped(header: &str, body: &[u8], secrets: &[&SecretString], now: i64) -> Result<(), Disbelief> {
    let (time, candidates) = timestamped_parts(header).ok_or(Disbelief::Malformed)?;
    let seconds: i64 = time.parse().map_err(|_| Disbelief::Malformed)?;
    if seconds.abs_diff(now) > TOLERANCE_SECONDS {
        return Err(Disbelief::Stale);
    }
    believe(secrets, &candidates, &[time.as_bytes(), b".", body])
}

/// Checks a header that is the hex HMAC-SHA256 of the body alone. Razorpay's scheme:
/// <https://razorpay.com/docs/webhooks/validate-test/>.
///
/// # Errors
/// [`Disbelief`].
pub fn verify_plain(header: &str, body: &[u8], secrets: &[&SecretString]) -> Result<(), Disbelief> {
    let candidate = hex::decode(header.trim()).map_err(|_| Disbelief::Malformed)?;
    believe(secrets, &[candidate], &[body])
}

/// The HMAC-SHA256 of the parts, one after the other.
#[must_use]
pub fn digest(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    mac(key, parts).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default()
}

/// Whether `candidate` is the HMAC-SHA256 of the parts, found out in constant time.
#[must_use]
pub fn matches(key: &[u8], parts: &[&[u8]], candidate: &[u8]) -> bool {
    mac(key, parts).is_some_and(|mac| mac.verify_slice(candidate).is_ok())
}

/// `None` never happens: HMAC takes keys of every length.
fn mac(key: &[u8], parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    Some(mac)
}

fn believe(secrets: &[&SecretString], candidates: &[Vec<u8>], parts: &[&[u8]]) -> Result<(), Disbelief> {
    let keys = secrets.iter().map(|secret| secret.expose_secret().as_bytes()).filter(|key| !key.is_empty());
    let believed = keys.fold(false, |believed, key| {
        // Every pair is tried, so that the time does not tell which secret or signature was right.
        candidates.iter().fold(believed, |believed, candidate| believed | matches(key, parts, candidate))
    });
    if believed { Ok(()) } else { Err(Disbelief::Wrong) }
}

fn timestamped_parts(header: &str) -> Option<(&str, Vec<Vec<u8>>)> {
    let mut time = None;
    let mut candidates = Vec::new();
    for part in header.split(',').take(MOST_SIGNATURES) {
        match part.trim().split_once('=')? {
            ("t", value) => time = Some(value),
            ("v1", value) => candidates.push(hex::decode(value).ok()?),
            // Other schemes (`v0` marks test events) prove nothing.
            _ => {}
        }
    }
    time.filter(|_| !candidates.is_empty()).map(|time| (time, candidates))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_700_000_000;
    /// Digests computed with `openssl dgst -sha256 -hmac`, for the body `{}`.
    const STRIPE: &str = "4d63be28e1b05ad75c48d37b00e6bec48e978c20ebfb85345cd338fd1fc49483";
    const RAZORPAY: &str = "78d367bf77a9414cf193463f7670c7422626fc0a3cd0e2d29cc9cd1d8d73af43";

    fn stripe(header: &str, body: &[u8], now: i64) -> Result<(), Disbelief> {
        let (new, old) = (SecretString::from("whsec_new"), SecretString::from("whsec_demo"));
        verify_timestamped(header, body, &[&new, &old], now)
    }

    #[test]
    fn a_signature_made_by_another_implementation_is_believed() {
        assert_eq!(stripe(&format!("t={NOW},v1={STRIPE}"), b"{}", NOW), Ok(()));
        let secret = SecretString::from("rzp_whsec_demo");
        assert_eq!(verify_plain(RAZORPAY, b"{}", &[&secret]), Ok(()));
    }

    #[test]
    fn one_good_signature_among_several_is_enough() {
        let header = format!("t={NOW},v1={},v1={STRIPE},v0=00", "00".repeat(32));
        assert_eq!(stripe(&header, b"{}", NOW), Ok(()));
    }

    #[test]
    fn another_body_another_time_or_another_secret_is_not_believed() {
        let header = format!("t={NOW},v1={STRIPE}");
        assert_eq!(stripe(&header, b"{ }", NOW), Err(Disbelief::Wrong));
        assert_eq!(stripe(&format!("t={},v1={STRIPE}", NOW + 1), b"{}", NOW), Err(Disbelief::Wrong));
        let other = SecretString::from("other");
        assert_eq!(verify_timestamped(&header, b"{}", &[&other], NOW), Err(Disbelief::Wrong));
        assert_eq!(verify_timestamped(&header, b"{}", &[], NOW), Err(Disbelief::Wrong));
    }

    #[test]
    fn a_stale_signature_is_refused_in_both_directions() {
        let header = format!("t={NOW},v1={STRIPE}");
        assert_eq!(stripe(&header, b"{}", NOW + 300), Ok(()));
        assert_eq!(stripe(&header, b"{}", NOW + 301), Err(Disbelief::Stale));
        assert_eq!(stripe(&header, b"{}", NOW - 301), Err(Disbelief::Stale));
    }

    #[test]
    fn an_empty_secret_believes_nothing() {
        let empty = SecretString::from("");
        let forged = hex::encode(digest(b"", &[b"{}"]));
        assert_eq!(verify_plain(&forged, b"{}", &[&empty]), Err(Disbelief::Wrong));
    }

    #[test]
    fn malformed_headers_are_told_apart() {
        for header in ["", "t=1", "v1=00", "t=,v1=00", "t=x,v1=00", "t=1700000000,v1=zz", "garbage"] {
            assert_eq!(stripe(header, b"{}", NOW), Err(Disbelief::Malformed), "{header}");
        }
    }

    proptest! {
        #[test]
        fn any_header_and_body_are_refused_without_a_panic(
            header in ".*",
            body in proptest::collection::vec(any::<u8>(), 0..64),
            now: i64,
        ) {
            prop_assert!(stripe(&header, &body, now).is_err());
            prop_assert!(verify_plain(&header, &body, &[&SecretString::from("s")]).is_err());
        }
    }
}
