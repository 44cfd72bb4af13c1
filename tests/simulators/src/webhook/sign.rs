//! Signatures over the raw body.

use hmac::digest::InvalidLength;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How a service signs its webhooks.
#[derive(Clone, Debug)]
pub struct Signer {
    header: &'static str,
    timestamped: bool,
    key: Hmac<Sha256>,
}

/// A header and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Name of the header.
    pub header: &'static str,
    /// The signature as sent.
    pub value: String,
}

impl Signer {
    /// Signs `t.body` and sends `t=<unix>,v1=<hex>`, as Stripe does.
    ///
    /// # Errors
    /// When the secret cannot be a key, which HMAC never finds.
    pub fn timestamped(header: &'static str, secret: &str) -> Result<Self, InvalidLength> {
        Ok(Self { header, timestamped: true, key: Hmac::new_from_slice(secret.as_bytes())? })
    }

    /// Signs the body alone and sends the hex digest, as Razorpay does.
    ///
    /// # Errors
    /// When the secret cannot be a key, which HMAC never finds.
    pub fn plain(header: &'static str, secret: &str) -> Result<Self, InvalidLength> {
        Ok(Self { header, timestamped: false, key: Hmac::new_from_slice(secret.as_bytes())? })
    }

    /// The signature of `body` at this Unix second.
    pub fn sign(&self, body: &[u8], unix: i64) -> Signed {
        let mut mac = self.key.clone();
        if self.timestamped {
            mac.update(format!("{unix}.").as_bytes());
        }
        mac.update(body);
        let digest = hex::encode(mac.finalize().into_bytes());
        let value = if self.timestamped { format!("t={unix},v1={digest}") } else { digest };
        Signed { header: self.header, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digests computed with `openssl dgst -sha256 -hmac`.
    #[test]
    fn signatures_agree_with_another_implementation() {
        let stripe = Signer::timestamped("Stripe-Signature", "whsec_demo").expect("a key");
        assert_eq!(stripe.sign(b"{}", 1_700_000_000).value, format!("t=1700000000,v1={STRIPE_DIGEST}"));
        let razorpay = Signer::plain("X-Razorpay-Signature", "rzp_whsec_demo").expect("a key");
        assert_eq!(razorpay.sign(b"{}", 1_700_000_000).value, RAZORPAY_DIGEST);
    }

    const STRIPE_DIGEST: &str = "4d63be28e1b05ad75c48d37b00e6bec48e978c20ebfb85345cd338fd1fc49483";
    const RAZORPAY_DIGEST: &str = "78d367bf77a9414cf193463f7670c7422626fc0a3cd0e2d29cc9cd1d8d73af43";
}
