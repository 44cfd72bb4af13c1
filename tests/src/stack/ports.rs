//! Ports that nobody listens on.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::atomic::{AtomicU16, Ordering},
};

/// Below the range from which Linux takes the ports of outgoing connections.
const FIRST: u16 = 20_000;
const LAST: u16 = 31_999;

/// A free port, given once in this process. Other runs begin elsewhere.
///
/// # Panics
/// When none is left.
pub fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let range = u32::from(LAST - FIRST);
    let beginning = std::process::id().wrapping_mul(131) % range;
    for _ in 0..range {
        let step = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + u16::try_from((beginning + step) % range).unwrap_or_default();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no free port between {FIRST} and {LAST}")
}
