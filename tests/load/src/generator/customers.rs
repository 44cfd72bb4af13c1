//! The customers, and their tokens that must not grow old.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{task::JoinSet, time::sleep};

use super::tally::Tally;
use crate::api::{Account, Api, ApiError, Token, unused_name};

/// How many register at once: hashing a password costs the shop a core for a moment.
const AT_ONCE: usize = 4;
/// The pause after a log-in that failed.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// One customer.
#[derive(Debug)]
pub struct Customer {
    account: Account,
    token: Mutex<Token>,
}

impl Customer {
    /// The token of the moment.
    #[must_use]
    pub fn token(&self) -> Token {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn renew(&self, token: Token) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = token;
    }
}

/// Registers so many customers.
///
/// # Errors
/// The first registration that fails.
pub async fn register(api: &Api, count: u32) -> Result<Vec<Arc<Customer>>, ApiError> {
    let run = unused_name();
    let mut waiting = (0..count).map(|n| account(&run, n));
    let mut under_way: JoinSet<Result<_, ApiError>> = JoinSet::new();
    let mut customers = Vec::new();
    loop {
        while under_way.len() < AT_ONCE {
            let Some(account) = waiting.next() else { break };
            let api = api.clone();
            under_way.spawn(async move {
                let token = Mutex::new(api.register(&account).await?);
                Ok(Arc::new(Customer { account, token }))
            });
        }
        match under_way.join_next().await {
            None => return Ok(customers),
            Some(Ok(registered)) => customers.push(registered?),
            Some(Err(panicked)) => return Err(ApiError::Unreadable(panicked.to_string())),
        }
    }
}

fn account(run: &str, n: u32) -> Account {
    Account { email: format!("load.{run}.{n}@example.in"), password: unused_name(), name: "Load Test".to_owned() }
}

/// Logs every customer in again, for ever, each time before half of their tokens' life is over.
pub async fn keep_logged_in(api: Api, customers: Vec<Arc<Customer>>, tally: Arc<Tally>) {
    let lifetimes = customers.iter().map(|customer| customer.token().lifetime);
    let round = lifetimes.min().unwrap_or(Duration::from_secs(900)) / 2;
    loop {
        sleep(round).await;
        for customer in &customers {
            while let Err(error) = log_in(&api, customer).await {
                tally.error("log-in", &error);
                sleep(TRY_AGAIN).await;
            }
        }
    }
}

async fn log_in(api: &Api, customer: &Customer) -> Result<(), ApiError> {
    customer.renew(api.login(&customer.account).await?);
    Ok(())
}
