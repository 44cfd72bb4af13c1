//! The links between the shop and what it depends on, each through a proxy of its own.

use std::collections::BTreeMap;

use super::Stack;
use crate::{
    environment::{Environment, ProxiedBroker},
    proxy::Proxy,
};

/// What is reached through a link: by the daemons, or the ingress by those who post webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names of the parts and the simulators")]
pub enum Link {
    Kafka,
    Mongo,
    Redis,
    Stripe,
    Razorpay,
    Carrier,
    Webhooks,
}

/// The proxies of a shop.
#[derive(Debug, Default)]
pub(super) struct Links(BTreeMap<Link, (Proxy, String)>);

impl Link {
    /// Every link.
    pub const ALL: [Self; 7] =
        [Self::Kafka, Self::Mongo, Self::Redis, Self::Stripe, Self::Razorpay, Self::Carrier, Self::Webhooks];

    /// The variable that leads a daemon there.
    const fn variable(self) -> Option<&'static str> {
        match self {
            Self::Kafka => Some("SPAREPARTS_KAFKA__BROKERS"),
            Self::Mongo => Some("SPAREPARTS_MONGO__URI"),
            Self::Redis => Some("SPAREPARTS_REDIS__URL"),
            Self::Stripe => Some("SPAREPARTS_PAYMENTS__STRIPE_URL"),
            Self::Razorpay => Some("SPAREPARTS_PAYMENTS__RAZORPAY_URL"),
            Self::Carrier => Some("SPAREPARTS_SHIPPING__CARRIER_URL"),
            Self::Webhooks => None,
        }
    }

    /// Where it leads without a proxy.
    fn direct(self, stack: &Stack) -> String {
        match self {
            Self::Kafka => format!("127.0.0.1:{}", proxied_broker().listener),
            Self::Mongo => Environment::get().mongo_uri.clone(),
            Self::Redis => Environment::get().redis_url.clone(),
            Self::Stripe => stack.url("stripe-sim"),
            Self::Razorpay => stack.url("razorpay-sim"),
            Self::Carrier => stack.url("carrier-sim"),
            Self::Webhooks => stack.api(),
        }
    }

    /// Where its proxy listens: on any port, unless somebody tells the clients already.
    fn proxy_port(self) -> u16 {
        if self == Self::Kafka { proxied_broker().proxy } else { 0 }
    }
}

fn proxied_broker() -> ProxiedBroker {
    Environment::get().proxied_broker.expect("a broker that advertises a proxy")
}

impl Links {
    pub(super) async fn start(wanted: &[Link], stack: &Stack) -> Self {
        let mut links = BTreeMap::new();
        for link in wanted {
            let direct = link.direct(stack);
            let proxy = Proxy::start_on(link.proxy_port(), host(&direct)).await;
            let mut url = direct.replacen(host(&direct), &proxy.address(), 1);
            if *link == Link::Mongo {
                // Else the driver asks the replica set for its members, and goes to them past the proxy.
                url = format!("{url}{}directConnection=true", if url.contains('?') { '&' } else { '?' });
            }
            links.insert(*link, (proxy, url));
        }
        Self(links)
    }

    pub(super) fn proxy(&self, link: Link) -> &Proxy {
        self.0
            .get(&link)
            .map_or_else(|| panic!("{link:?} has no proxy: see Setup::through_proxies"), |(proxy, _)| proxy)
    }

    /// Where a link begins, if it has a proxy.
    pub(super) fn url(&self, link: Link) -> Option<&str> {
        self.0.get(&link).map(|(_, url)| url.as_str())
    }

    /// The variables that lead the daemons to the proxies.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().filter_map(|(link, (_, url))| Some((link.variable()?, url.as_str())))
    }
}

/// The `host:port` of a URL.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_found_in_the_url_of_every_part() {
        for url in ["mongodb://h:1/?replicaSet=rs0", "mongodb://u:p@h:1", "redis://h:1", "http://h:1/", "h:1"] {
            assert_eq!(host(url), "h:1", "{url}");
        }
    }
}
