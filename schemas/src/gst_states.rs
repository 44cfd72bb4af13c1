//! The states and union territories of India by their GST state code: the first two digits of every GSTIN, and what
//! decides between CGST with SGST and IGST.
//!
//! Source: the state code list of the GST portal (<https://www.gst.gov.in>). Two codes are retired and deliberately
//! absent, so that no new address carries them: 25 (Daman and Diu, one union territory with 26 since 26 January 2020)
//! and 28 (Andhra Pradesh before its division, now 37). 97, "Other Territory", is the open sea: no parcel goes there.

use serde::{Deserialize, Deserializer};
use shared::config::{ConfigError, Layers};

/// Code and name, by code.
pub const STATES: [(&str, &str); 36] = [
    ("01", "Jammu and Kashmir"),
    ("02", "Himachal Pradesh"),
    ("03", "Punjab"),
    ("04", "Chandigarh"),
    ("05", "Uttarakhand"),
    ("06", "Haryana"),
    ("07", "Delhi"),
    ("08", "Rajasthan"),
    ("09", "Uttar Pradesh"),
    ("10", "Bihar"),
    ("11", "Sikkim"),
    ("12", "Arunachal Pradesh"),
    ("13", "Nagaland"),
    ("14", "Manipur"),
    ("15", "Mizoram"),
    ("16", "Tripura"),
    ("17", "Meghalaya"),
    ("18", "Assam"),
    ("19", "West Bengal"),
    ("20", "Jharkhand"),
    ("21", "Odisha"),
    ("22", "Chhattisgarh"),
    ("23", "Madhya Pradesh"),
    ("24", "Gujarat"),
    ("26", "Dadra and Nagar Haveli and Daman and Diu"),
    ("27", "Maharashtra"),
    ("29", "Karnataka"),
    ("30", "Goa"),
    ("31", "Lakshadweep"),
    ("32", "Kerala"),
    ("33", "Tamil Nadu"),
    ("34", "Puducherry"),
    ("35", "Andaman and Nicobar Islands"),
    ("36", "Telangana"),
    ("37", "Andhra Pradesh"),
    ("38", "Ladakh"),
];

/// The name of the state with this two-digit code; `None` for a code that no address may carry.
#[must_use]
pub fn state_name(code: &str) -> Option<&'static str> {
    STATES.binary_search_by_key(&code, |(code, _)| code).ok().map(|index| STATES[index].1)
}

/// Reads a code from a configuration: in an environment variable `07` looks like the number 7.
///
/// # Errors
/// What the format says of anything that is neither a text nor a small number.
pub fn configured_code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Code {
        Text(String),
        Number(u8),
    }
    Ok(match Code::deserialize(deserializer)? {
        Code::Text(text) => text,
        Code::Number(number) => format!("{number:02}"),
    })
}

/// Where the ingress is told the seller's state, which decides the tax in prices; and invoicing, which prints it.
const SELLER_KEYS: [&str; 2] = ["ingress.seller_state_code", "invoicing.seller.state_code"];

/// Refuses a shop that prices as if it were registered in one state and issues invoices in another. A daemon that is given
/// its own key alone cannot know.
///
/// # Errors
/// [`ConfigError`] naming both keys.
pub fn check_seller(layers: &Layers) -> Result<(), ConfigError> {
    #[derive(Deserialize)]
    struct Code(#[serde(deserialize_with = "configured_code")] String);
    let [ingress, invoicing] = SELLER_KEYS;
    match (layers.get(ingress)?, layers.get(invoicing)?) {
        (Some(Code(prices)), Some(Code(papers))) if prices != papers => {
            let what = format!("is {prices:?} and {invoicing} is {papers:?}: prices and invoices must have one seller");
            Err(ConfigError::about(ingress, &what))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_two_digits_and_stands_in_order() {
        assert!(STATES.iter().all(|(code, _)| code.len() == 2 && code.bytes().all(|digit| digit.is_ascii_digit())));
        assert!(STATES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn a_state_is_found_by_its_code_and_a_retired_or_unknown_code_is_not() {
        assert!(STATES.iter().all(|(code, name)| state_name(code) == Some(*name)));
        assert_eq!(state_name("27"), Some("Maharashtra"));
        for unknown in ["", "7", "07 ", "25", "28", "39", "97", "MH"] {
            assert_eq!(state_name(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn prices_and_invoices_have_one_seller_where_both_are_told_of_it() {
        let check = |toml: &str| check_seller(&Layers::of(toml)).map_err(|error| error.to_string());
        let (ingress, invoicing) = ("ingress.seller_state_code = 7\n", "invoicing.seller.state_code = \"07\"\n");
        for agreed in ["", ingress, invoicing, &format!("{ingress}{invoicing}")] {
            assert_eq!(check(agreed), Ok(()), "{agreed}");
        }
        let refusal = check(&format!("{ingress}invoicing.seller.state_code = \"27\"")).unwrap_err();
        assert!(SELLER_KEYS.iter().all(|key| refusal.contains(key)) && !refusal.contains('\n'), "{refusal}");
    }

    #[test]
    fn a_code_is_the_same_as_text_and_as_number() {
        for (written, read) in [("7", "07"), ("27", "27"), (r#""07""#, "07")] {
            let mut json = serde_json::Deserializer::from_str(written);
            assert_eq!(configured_code(&mut json).unwrap(), read);
        }
    }
}
