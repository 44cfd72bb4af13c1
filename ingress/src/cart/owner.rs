//! Whose cart a request is about.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use sha2::{Digest, Sha256};

use super::CartId;
use crate::{
    app::App,
    auth::{Bearer, Visitor, random},
    problem::{INVALID_CART_TOKEN, Problem},
};

/// The header in which a guest names their cart.
pub const CART_TOKEN: &str = "cart-token";
/// As many bytes as nobody guesses.
const BYTES: usize = 20;

/// What a guest has a cart by: whoever shows it has the cart. Only its digest is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct CartToken(String);

/// The customer of the access token, or a guest with or without a cart. An access token that is no good is refused.
pub enum CartOwner {
    /// A customer.
    Customer(Bearer),
    /// A guest.
    Guest(Option<CartToken>),
}

impl CartToken {
    /// A new one.
    ///
    /// # Errors
    /// A problem when the machine has no random numbers.
    pub fn generate() -> Result<Self, Problem> {
        Ok(Self(hex::encode(random::bytes::<BYTES>()?)))
    }

    /// Reads one.
    ///
    /// # Errors
    /// A problem for what is none.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let is_one = text.len() == 2 * BYTES && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let expected = || Problem::new(INVALID_CART_TOKEN).detail("send the Cart-Token as it was given");
        if is_one { Ok(Self(text.to_owned())) } else { Err(expected()) }
    }

    /// As the guest gets it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The cart.
    #[must_use]
    pub fn cart(&self) -> CartId {
        CartId::of_guest(&hex::encode(Sha256::digest(&self.0)))
    }
}

impl CartOwner {
    /// The cart, if there may be one.
    #[must_use]
    pub fn cart(&self) -> Option<CartId> {
        match self {
            Self::Customer(bearer) => Some(CartId::of_user(bearer.user)),
            Self::Guest(token) => token.as_ref().map(CartToken::cart),
        }
    }

    /// At whose prices it is shown.
    #[must_use]
    pub const fn visitor(&self) -> Visitor {
        match self {
            Self::Customer(bearer) => Visitor(Some(*bearer)),
            Self::Guest(_) => Visitor(None),
        }
    }
}

impl FromRequestParts<Arc<App>> for CartOwner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        match Visitor::from_request_parts(parts, app).await? {
            Visitor(Some(bearer)) => Ok(Self::Customer(bearer)),
            Visitor(None) => token(&parts.headers).map(Self::Guest),
        }
    }
}

fn token(headers: &HeaderMap) -> Result<Option<CartToken>, Problem> {
    let Some(value) = headers.get(CART_TOKEN) else { return Ok(None) };
    CartToken::parse(value.to_str().unwrap_or_default()).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_cart_and_the_cart_does_not_tell_the_token() {
        let token = CartToken::generate().unwrap();
        assert!(CartToken::parse(token.reveal()).unwrap() == token);
        assert!(!token.cart().as_str().contains(token.reveal()));
        assert_ne!(token.cart(), CartToken::generate().unwrap().cart());
        for bad in ["", "x", &token.reveal()[1..], &token.reveal().to_uppercase().replace('0', "A")] {
            assert!(CartToken::parse(bad).is_err() || bad == token.reveal());
        }
    }
}
