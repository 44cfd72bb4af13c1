//! What is counted of a request, and against which limit.
//!
//! What takes no account (a login, a code) is counted against its client, so that nobody tries many accounts in turn; what
//! an account changes is counted against the account, wherever it comes from. Guesses at one account's password or codes
//! are counted apart from both, in the record ([`crate::auth::LoginAttempts`], [`crate::auth::Codes`]).

use std::time::Duration;

use axum::http::Method;
use schemas::ids::UserId;
use shared::rate_limit::{Exhausted, Take};

use crate::{
    extract::Client,
    problem::{Problem, RATE_LIMITED},
    settings::{RateSetting, RateSettings},
};

/// What counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Passwords that a client tries.
    Login,
    /// Accounts that a client opens.
    Register,
    /// Codes that a client has sent.
    CodeSend,
    /// Codes that a client tries.
    CodeVerify,
    /// Refresh tokens that a client presents.
    Refresh,
    /// What guests of a client do to carts.
    GuestCart,
    /// What an account changes.
    Account,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Login, Self::Register, Self::CodeSend, Self::CodeVerify, Self::Refresh, Self::GuestCart, Self::Account];

    /// The name, as the settings and the counts in Redis have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Register => "register",
            Self::CodeSend => "code_send",
            Self::CodeVerify => "code_verify",
            Self::Refresh => "refresh",
            Self::GuestCart => "guest_cart",
            Self::Account => "account",
        }
    }

    const fn setting(self, rates: &RateSettings) -> RateSetting {
        match self {
            Self::Login => rates.login,
            Self::Register => rates.register,
            Self::CodeSend => rates.code_send,
            Self::CodeVerify => rates.code_verify,
            Self::Refresh => rates.refresh,
            Self::GuestCart => rates.guest_cart,
            Self::Account => rates.account,
        }
    }

    /// As what a call of this route, without `/api/v1`, counts against its client.
    #[must_use]
    pub fn of_route(route: &str) -> Option<Self> {
        Some(match route {
            "/auth/login" | "/auth/google" | "/users/me/password" => Self::Login,
            "/auth/register" => Self::Register,
            "/auth/otp/send" | "/auth/password/forgot" => Self::CodeSend,
            "/users/me/email/send" | "/users/me/phone/send" => Self::CodeSend,
            "/auth/otp/verify" | "/auth/password/reset" => Self::CodeVerify,
            "/users/me/email/verify" | "/users/me/phone/verify" => Self::CodeVerify,
            "/auth/refresh" => Self::Refresh,
            "/cart" | "/cart/items" | "/cart/items/{id}" | "/cart/coupon" => Self::GuestCart,
            _ => return None,
        })
    }
}

/// Shows what comes too often as zero from the start on: whoever is to be warned of the first needs a number from before it.
pub fn begin_numbers() {
    for class in Class::ALL {
        metrics::counter!("ingress_rate_limited_total", "class" => class.name()).increment(0);
    }
}

/// Routes that change nothing, though their method says so.
const CHANGE_NOTHING: &[&str] = &["/checkout/quote"];

/// Against which client, as what, and against which account a call counts. A customer's cart is a matter of their account alone.
#[must_use]
pub fn counted(class: Option<Class>, client: impl Fn() -> Client, account: Option<UserId>) -> Counted {
    let class = class.filter(|class| *class != Class::GuestCart || account.is_none());
    Counted { client: class.map(|class| (class, client())), account }
}

/// Whether a call of this route counts against the account that makes it.
#[must_use]
pub fn changes_something(method: &Method, route: &str) -> bool {
    !method.is_safe() && !CHANGE_NOTHING.contains(&route)
}

/// What a request is counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Against its client, as what.
    pub client: Option<(Class, Client)>,
    /// Against this account.
    pub account: Option<UserId>,
}

impl Counted {
    /// The tokens that it takes.
    #[must_use]
    pub fn takes(self, rates: &RateSettings) -> Vec<Take> {
        self.classes().map(|(class, who)| take(class, &who, rates)).collect()
    }

    /// The answer to who finds no token.
    #[must_use]
    pub fn refusal(self, Exhausted { which, wait }: Exhausted) -> Problem {
        let class = self.classes().nth(which).map_or("", |(class, _)| class.name());
        metrics::counter!("ingress_rate_limited_total", "class" => class).increment(1);
        Problem::new(RATE_LIMITED).retry_after(whole_seconds(wait))
    }

    fn classes(self) -> impl Iterator<Item = (Class, String)> {
        let client = self.client.map(|(class, client)| (class, client.to_string()));
        let account = self.account.map(|user| (Class::Account, user.to_string()));
        client.into_iter().chain(account)
    }
}

fn take(class: Class, who: &str, rates: &RateSettings) -> Take {
    Take { bucket: format!("{}:{who}", class.name()), rate: class.setting(rates).rate() }
}

/// Rounded up: who comes back then finds a token.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use axum::http::{Extensions, HeaderMap};
    use utoipa::openapi::path::{Operation, PathItem};

    use super::*;
    use crate::testing::Bench;

    #[tokio::test]
    async fn every_route_that_anybody_may_post_to_is_counted_against_its_client() {
        let description = crate::router::api(&Bench::new().await.app).1;
        let is_open = |post: &Operation| post.security.is_none();
        let posts = |item: &PathItem| item.post.as_ref().is_some_and(is_open);
        let open = description.paths.paths.iter().filter(|(_, item)| posts(item)).map(|(path, _)| path);
        let routes: Vec<&str> = open.filter_map(|path| path.strip_prefix("/api/v1")).collect();
        let routes: Vec<&str> = routes.into_iter().filter(|route| !route.starts_with("/webhooks/")).collect();
        assert!(routes.len() >= 6, "{routes:?}");
        for route in routes {
            assert!(Class::of_route(route).is_some(), "{route}");
        }
    }

    #[test]
    fn what_changes_something_counts_against_the_account() {
        assert!(changes_something(&Method::POST, "/orders"));
        assert!(changes_something(&Method::DELETE, "/users/me/addresses/{id}"));
        assert!(!changes_something(&Method::GET, "/orders"));
        assert!(!changes_something(&Method::POST, "/checkout/quote"));
    }

    #[test]
    fn a_guests_cart_counts_against_the_client_and_a_customers_against_the_account() {
        let client = || Client::of(&Extensions::new(), &HeaderMap::new(), 0);
        let of = |route: &str, account| counted(Class::of_route(route), client, account);
        let user = UserId::generate();
        for route in ["/cart", "/cart/items", "/cart/items/{id}", "/cart/coupon"] {
            let classes = |account| of(route, account).classes().map(|(class, _)| class).collect::<Vec<_>>();
            assert_eq!(classes(None), [Class::GuestCart], "{route}");
            assert_eq!(classes(Some(user)), [Class::Account], "{route}");
        }
        assert_eq!(of("/auth/login", Some(user)).classes().count(), 2);
    }

    #[test]
    fn who_is_refused_learns_when_to_come_back_in_whole_seconds() {
        for (millis, seconds) in [(1, 1), (1_000, 1), (1_001, 2), (59_999, 60)] {
            assert_eq!(whole_seconds(Duration::from_millis(millis)), seconds);
        }
    }

    #[test]
    fn client_and_account_have_buckets_of_their_own_for_each_class() {
        let (user, client) = (UserId::generate(), Client::of(&Extensions::new(), &HeaderMap::new(), 0));
        let counted = Counted { client: Some((Class::CodeSend, client)), account: Some(user) };
        let buckets: Vec<String> =
            counted.takes(&RateSettings::default()).into_iter().map(|take| take.bucket).collect();
        assert_eq!(buckets, ["code_send:::".to_owned(), format!("account:{user}")]);
    }
}
