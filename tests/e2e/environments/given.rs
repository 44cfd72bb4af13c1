//! What staging and production must be told before a daemon starts, and what they must not be.

/// A secret that an environment must be told.
pub struct Secret {
    /// Whose it is.
    pub daemon: &'static str,
    /// As the file calls it, without the daemon's section.
    pub key: &'static str,
    /// A good one.
    pub own: &'static str,
    /// The demo's.
    pub demo: &'static str,
}

const fn secret(daemon: &'static str, key: &'static str, own: &'static str, demo: &'static str) -> Secret {
    Secret { daemon, key, own, demo }
}

/// All of them.
pub const SECRETS: [Secret; 9] = [
    secret("ingress", "jwt_secret", "f3b1c0a94d5e47c6b8a2917e6d0c5f48", "a development secret that signs nothing real"),
    secret("ingress", "stripe_webhook_secret", "whsec_9c41d7e2", "whsec_demo"),
    secret("ingress", "razorpay_webhook_secret", "rzp_9c41d7e2", "rzp_whsec_demo"),
    secret("ingress", "carrier_webhook_secret", "carrier_9c41d7e2", "carrier_whsec_demo"),
    secret("ingress", "messages.token", "9c41d7e2f3b1c0a9", "messages_demo_token"),
    secret("payments", "stripe_secret_key", "sk_live_9c41d7e2", "sk_test_demo"),
    secret("payments", "razorpay_key_id", "rzp_live_9c41d7e2", "rzp_test_demo"),
    secret("payments", "razorpay_key_secret", "9c41d7e2f3b1c0a9", "rzp_demo_secret"),
    secret("shipping", "carrier_token", "9c41d7e2f3b1c0a9", "carrier_demo_token"),
];

/// What they must be told besides. Outside parties stand where nobody is: nothing here is for them.
const BESIDES: [(&str, &str); 14] = [
    ("SPAREPARTS_INGRESS__SELLER_STATE_CODE", "27"),
    ("SPAREPARTS_INGRESS__CORS_ORIGINS", r#"["https://shop.example"]"#),
    ("SPAREPARTS_INGRESS__MESSAGES__URL", "https://sms.invalid/"),
    ("SPAREPARTS_INGRESS__DOCS_PASSWORD", "open sesame 9c41"),
    ("SPAREPARTS_PAYMENTS__STRIPE_URL", "https://stripe.invalid/"),
    ("SPAREPARTS_PAYMENTS__RAZORPAY_URL", "https://razorpay.invalid/"),
    ("SPAREPARTS_SHIPPING__CARRIER_URL", "https://carrier.invalid/"),
    ("SPAREPARTS_INVOICING__SELLER__LEGAL_NAME", "SpareParts Private Limited"),
    ("SPAREPARTS_INVOICING__SELLER__GSTIN", "27AAACS1234A1Z2"),
    ("SPAREPARTS_INVOICING__SELLER__ADDRESS_LINES", r#"["Plot 7, MIDC", "Pune 411019"]"#),
    ("SPAREPARTS_INVOICING__SELLER__STATE_CODE", "27"),
    ("SPAREPARTS_INVOICING__SELLER__PHONE", r#""+912012345678""#),
    // One broker and not three, and topics that are made quickly.
    ("SPAREPARTS_KAFKA__REPLICATION", "1"),
    ("SPAREPARTS_KAFKA__PARTITIONS", "2"),
];

/// The variable that sets a daemon's key.
pub fn variable(daemon: &str, key: &str) -> String {
    format!("SPAREPARTS_{daemon}__{}", key.replace('.', "__")).to_uppercase()
}

/// Everything that this environment must be told, of all daemons.
pub fn given(environment: &str) -> Vec<(String, String)> {
    let secrets = SECRETS.iter().map(|secret| (variable(secret.daemon, secret.key), secret.own.to_owned()));
    let besides = BESIDES.iter().map(|(variable, value)| ((*variable).to_owned(), (*value).to_owned()));
    let chosen = ("SPAREPARTS_ENV".to_owned(), environment.to_owned());
    secrets.chain(besides).chain([chosen]).collect()
}
