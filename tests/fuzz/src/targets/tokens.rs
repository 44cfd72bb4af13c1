//! Access tokens.

use ingress::auth::{Bearer, Role, SessionId, Tokens};
use schemas::ids::UserId;
use secrecy::SecretString;
use shared::time::Timestamp;

use crate::{Target, Try};

const SECRET: &str = "a secret that only the shop knows of";
/// The token is good at this moment, whenever the run is.
const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const USER: &str = "0192c1de-7a4c-7b6e-8f3a-2d1c0b9a8e7f";

pub(super) fn target() -> Target {
    Target { name: "token", samples, prepare: || Box::new(Checked { tokens: tokens() }) }
}

fn tokens() -> Tokens {
    Tokens::new(&SecretString::from(SECRET)).unwrap()
}

fn user() -> UserId {
    USER.parse().unwrap()
}

fn customer() -> Bearer {
    let session: SessionId = USER.parse().unwrap();
    Bearer { user: user(), role: Role::Customer, session, epoch: 0 }
}

/// One that is good, one that is over, and one of another shop.
fn samples() -> Vec<Vec<u8>> {
    let foreign = Tokens::new(&SecretString::from("a secret that another shop knows of")).unwrap();
    let old = Timestamp::from_millis(0);
    let all = [
        tokens().issue(customer(), NOW),
        tokens().issue(customer(), old),
        foreign.issue(Bearer { role: Role::Admin, ..customer() }, NOW),
    ];
    all.into_iter().flatten().map(String::into_bytes).collect()
}

struct Checked {
    tokens: Tokens,
}

impl Try for Checked {
    fn outcome(&self, input: &[u8]) -> String {
        let Ok(text) = std::str::from_utf8(input) else { return "not text".to_owned() };
        match self.tokens.verify(text, NOW) {
            Some(bearer) => {
                assert_eq!(bearer, customer(), "a token that nobody issued names somebody");
                "good".to_owned()
            }
            None => format!("refused, {} parts", text.split('.').count().min(4)),
        }
    }
}
