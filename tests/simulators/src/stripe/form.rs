//! Form bodies and query strings with Stripe's bracket nesting.

use super::error::StripeError;
use crate::ledger::Labels;

/// The decoded pairs of a form, in the order sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Decodes `a=1&b[c]=2`; anything decodes, because percent-encoding has no wrong input.
    pub fn decode(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The value under a plain name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The integer under a plain name.
    ///
    /// # Errors
    /// `parameter_invalid_integer` when it is not one.
    pub fn integer(&self, name: &'static str) -> Result<Option<i64>, StripeError> {
        let parse = |text: &str| text.parse().map_err(|_| StripeError::invalid_integer(name, text));
        self.get(name).map(parse).transpose()
    }

    /// The boolean under a plain name; anything but `true` is false.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// The entries `name[key]=value`.
    pub fn map(&self, name: &str) -> Labels {
        let entry = |(key, value): &(String, String)| {
            let inner = key.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?;
            Some((inner.to_owned(), value.clone()))
        };
        self.0.iter().filter_map(entry).collect()
    }

    /// The entries `name[]=value` or `name[0]=value`.
    pub fn list(&self, name: &str) -> Vec<String> {
        let nested = |key: &str| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('['));
        self.0.iter().filter(|(key, _)| nested(key)).map(|(_, value)| value.clone()).collect()
    }

    /// Refuses names that the endpoint does not document, as Stripe does.
    ///
    /// # Errors
    /// `parameter_unknown` with the first such name.
    pub fn allow_only(&self, known: &[&str]) -> Result<(), StripeError> {
        let root = |key: &str| key.split('[').next().unwrap_or(key).to_owned();
        match self.0.iter().map(|(key, _)| root(key)).find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => Err(StripeError::unknown_parameter(&unknown)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_names_are_understood_encoded_or_not() {
        let params = Params::decode(
            b"amount=500&metadata[order_id]=o-1&metadata%5Bnote%5D=a+b&payment_method_types[]=card&expand[0]=charge",
        );
        assert_eq!(params.integer("amount"), Ok(Some(500)));
        assert_eq!(params.map("metadata").get("order_id").map(String::as_str), Some("o-1"));
        assert_eq!(params.map("metadata").get("note").map(String::as_str), Some("a b"));
        assert_eq!(params.list("payment_method_types"), ["card"]);
        assert_eq!(params.list("expand"), ["charge"]);
    }

    #[test]
    fn a_word_where_a_number_belongs_is_refused() {
        assert!(Params::decode(b"amount=5.00").integer("amount").is_err());
        assert_eq!(Params::decode(b"").integer("amount"), Ok(None));
    }

    #[test]
    fn an_undocumented_name_is_refused() {
        let params = Params::decode(b"amount=1&paid[now]=true");
        assert!(params.allow_only(&["amount", "paid"]).is_ok());
        assert!(params.allow_only(&["amount"]).is_err());
    }
}
