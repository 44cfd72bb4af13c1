//! Which client a request comes from.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, HeaderName},
};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Where a request comes from: an IPv4 address, or the network of an IPv6 address, of which one customer has all addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Client(IpAddr);

impl Client {
    /// The client behind so many proxies of ours. Each adds at the end of `X-Forwarded-For` from whom it heard, so what the
    /// client itself wrote there stands before what the first of them added, and is not looked at.
    #[must_use]
    pub fn of(extensions: &Extensions, headers: &HeaderMap, trusted_proxies: usize) -> Self {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        let named = || forwarded(headers).into_iter().rev().nth(trusted_proxies.checked_sub(1)?).and_then(address);
        // Whoever came past a proxy, or behind one that does not tell, is whom we hear.
        Self::at(named().or(peer).unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)))
    }

    fn at(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
            address @ IpAddr::V4(_) => address,
        })
    }
}

impl std::fmt::Display for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// All entries, whatever number of headers they are spread over.
fn forwarded(headers: &HeaderMap) -> Vec<&str> {
    let lines = headers.get_all(X_FORWARDED_FOR).iter().map(|line| line.to_str().unwrap_or_default());
    lines.flat_map(|line| line.split(',')).map(str::trim).collect()
}

/// Some proxies add the port.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|entry| entry.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| entry.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn client(peer: &str, forwarded: &[&str], trusted_proxies: usize) -> String {
        let (mut extensions, mut headers) = (Extensions::new(), HeaderMap::new());
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        for line in forwarded {
            headers.append(X_FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
        }
        Client::of(&extensions, &headers, trusted_proxies).to_string()
    }

    #[test]
    fn without_proxies_of_ours_what_a_client_says_of_itself_is_not_believed() {
        assert_eq!(client("198.51.100.7", &["203.0.113.1"], 0), "198.51.100.7");
    }

    #[test]
    fn behind_proxies_it_is_whom_the_first_of_them_heard() {
        assert_eq!(client("10.0.0.1", &["203.0.113.1"], 1), "203.0.113.1");
        assert_eq!(client("10.0.0.1", &["6.6.6.6, 203.0.113.1"], 1), "203.0.113.1");
        assert_eq!(client("10.0.0.1", &["6.6.6.6, 203.0.113.1, 10.0.0.2"], 2), "203.0.113.1");
        assert_eq!(client("10.0.0.1", &["6.6.6.6", "203.0.113.1:4711", "10.0.0.2"], 2), "203.0.113.1");
    }

    #[test]
    fn who_came_past_the_proxies_is_whom_we_hear() {
        for unfit in [&[][..], &["unknown"], &["_hidden"], &[""]] {
            assert_eq!(client("198.51.100.7", unfit, 1), "198.51.100.7", "{unfit:?}");
        }
        assert_eq!(client("198.51.100.7", &["203.0.113.1"], 2), "198.51.100.7");
    }

    #[test]
    fn an_address_of_the_next_protocol_is_its_whole_network() {
        for spelt in ["2001:db8:1:2:3:4:5:6", "[2001:db8:1:2::9]", "[2001:db8:1:2::9]:443"] {
            assert_eq!(client("10.0.0.1", &[spelt], 1), "2001:db8:1:2::", "{spelt}");
        }
        assert_eq!(client("::ffff:198.51.100.7", &[], 0), "198.51.100.7");
    }

    proptest! {
        #[test]
        fn whatever_the_client_writes_before_makes_no_difference(said in "[ -~]{0,60}", proxies in 1..4_usize) {
            let added: Vec<String> = (0..proxies).map(|n| format!("203.0.113.{n}")).collect();
            let added = added.join(", ");
            prop_assert_eq!(client("10.0.0.1", &[&said, &added], proxies), client("10.0.0.1", &[&added], proxies));
        }
    }
}
