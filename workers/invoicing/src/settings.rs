//! The section `[invoicing]` of the configuration.

use schemas::{documents, gst_states, gstin};
use serde::Deserialize;
use shared::config::{ConfigError, Environment, Layers, Section};

/// How the worker works.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Who sells, on every document issued from now on.
    pub seller: Seller,
}

/// Who sells, as an invoice says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seller {
    /// Legal name as registered.
    pub legal_name: String,
    /// Goods and Services Tax Identification Number, 15 characters; begins with the state's code.
    pub gstin: String,
    /// The address, one string a printed line.
    pub address_lines: Vec<String>,
    /// The two-digit GST code of the state of registration; the same as `ingress.seller_state_code`.
    #[serde(deserialize_with = "gst_states::configured_code")]
    pub state_code: String,
    /// E-mail address to print.
    #[serde(default)]
    pub email: Option<String>,
    /// Telephone number to print.
    #[serde(default)]
    pub phone: Option<String>,
}

impl Section for Settings {
    fn check(&self, _: Environment) -> Result<(), ConfigError> {
        self.seller.check()
    }

    fn check_beside(others: &Layers) -> Result<(), ConfigError> {
        gst_states::check_seller(others)
    }
}

impl Seller {
    /// Checks what types cannot: refuses to start rather than to issue a document that is none.
    ///
    /// # Errors
    /// [`ConfigError`] naming the key.
    fn check(&self) -> Result<(), ConfigError> {
        if gst_states::state_name(&self.state_code).is_none() {
            return refuse("seller.state_code", "is not the two-digit GST code of a state");
        }
        if !gstin::is_valid(&self.gstin) || gstin::state_code(&self.gstin) != self.state_code {
            return refuse("seller.gstin", "is no GSTIN, or not of the state seller.state_code");
        }
        if self.legal_name.trim().is_empty() {
            return refuse("seller.legal_name", "is empty: an invoice must carry it");
        }
        if self.address_lines.iter().all(|line| line.trim().is_empty()) {
            return refuse("seller.address_lines", "is empty: an invoice must carry it");
        }
        Ok(())
    }
}

impl From<Seller> for documents::Seller {
    fn from(seller: Seller) -> Self {
        let Seller { legal_name, gstin, address_lines, state_code, email, phone } = seller;
        Self { legal_name, gstin, address_lines, state_code, email, phone }
    }
}

fn refuse<T>(key: &str, what: &str) -> Result<T, ConfigError> {
    Err(ConfigError::about(&format!("invoicing.{key}"), what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(change: impl FnOnce(&mut Seller)) -> String {
        let mut seller = Seller {
            legal_name: "SpareParts Private Limited".to_owned(),
            gstin: "27AAACS1234A1Z2".to_owned(),
            address_lines: vec!["Plot 7, MIDC".to_owned()],
            state_code: "27".to_owned(),
            email: None,
            phone: None,
        };
        change(&mut seller);
        seller.check().map_or_else(|error| error.to_string(), |()| "accepted".to_owned())
    }

    #[test]
    fn the_sellers_gstin_is_of_the_sellers_state() {
        assert_eq!(refusal(|_| {}), "accepted");
        let refused = refusal(|seller| seller.state_code = "29".to_owned());
        assert!(refused.contains("SPAREPARTS_INVOICING__SELLER__GSTIN"), "{refused}");
        assert!(refusal(|seller| seller.state_code = "00".to_owned()).contains("seller.state_code"));
        let mistyped = refusal(|seller| seller.gstin = "27AAACS1234A1Z3".to_owned());
        assert!(mistyped.contains("seller.gstin"), "{mistyped}");
    }

    #[test]
    fn a_seller_has_a_name_and_an_address() {
        assert!(refusal(|seller| seller.legal_name = " ".to_owned()).contains("seller.legal_name"));
        assert!(refusal(|seller| seller.address_lines.clear()).contains("seller.address_lines"));
    }
}
