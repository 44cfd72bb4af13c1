//! The ports of one run: the fixed ones of development, or free ones that run beside a demo.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use crate::failure::Outcome;

/// Who listens where during development, all on 127.0.0.1.
const DEVELOPMENT: [(&str, u16); 18] = [
    ("api", 8080),
    ("ingress", 9100),
    ("orders", 9101),
    ("inventory", 9102),
    ("payments", 9103),
    ("invoicing", 9104),
    ("shipping", 9105),
    ("catalog", 9106),
    ("coupons", 9107),
    ("imports", 9108),
    ("stripe-sim", 12111),
    ("razorpay-sim", 12112),
    ("carrier-sim", 12113),
    ("messages-sim", 12114),
    ("kafka", 9092),
    ("kafka-controller", 9093),
    ("mongod", 27017),
    ("redis", 6379),
];

/// Free ports are searched from here up to [`FREE_END`]: below the range from which Linux takes the
/// ports of outgoing connections, so that none of those slips in before the owner binds.
const FREE_START: u16 = 20_000;
const FREE_END: u16 = 32_000;

/// A port for each name of the system.
pub struct Ports {
    taken: BTreeMap<String, u16>,
    next: u16,
}

impl Ports {
    /// The ports of development.
    pub fn development() -> Self {
        let taken = DEVELOPMENT.map(|(name, port)| (name.to_owned(), port));
        Self { taken: taken.into(), next: first_candidate() }
    }

    /// Ports that nobody listens on.
    ///
    /// # Errors
    /// No port is left.
    pub fn free() -> Outcome<Self> {
        let mut ports = Self { taken: BTreeMap::new(), next: first_candidate() };
        for (name, _) in DEVELOPMENT {
            ports.add(name)?;
        }
        Ok(ports)
    }

    /// Gives a further process a free port.
    ///
    /// # Errors
    /// No port is left.
    pub fn add(&mut self, name: &str) -> Outcome<u16> {
        while self.next < FREE_END {
            let port = self.next;
            self.next += 1;
            if is_free(port) {
                self.taken.insert(name.to_owned(), port);
                return Ok(port);
            }
        }
        Err(format!("no free port between {FREE_START} and {FREE_END} is left for {name}").into())
    }

    /// The port of a name; every name of the system has one.
    pub fn of(&self, name: &str) -> u16 {
        self.taken.get(name).copied().unwrap_or_default()
    }

    /// `127.0.0.1:port` of a name.
    pub fn address(&self, name: &str) -> String {
        format!("127.0.0.1:{}", self.of(name))
    }

    /// `http://127.0.0.1:port` of a name.
    pub fn url(&self, name: &str) -> String {
        format!("http://{}", self.address(name))
    }

    /// One line for each of the names whose port somebody else listens on.
    pub fn conflicts(&self, names: &[&str]) -> Vec<String> {
        names.iter().filter(|name| !is_free(self.of(name))).map(|name| conflict(name, self.of(name))).collect()
    }
}

/// Spreads simultaneous runs over the range.
fn first_candidate() -> u16 {
    let spread = std::process::id().wrapping_mul(64) % 10_000;
    FREE_START + u16::try_from(spread).unwrap_or_default()
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn conflict(name: &str, port: u16) -> String {
    let holder = holder(port).unwrap_or_else(|| "another process".to_owned());
    let instead = match name {
        // Containers outlive a run that was killed; everything else dies with it.
        _ if holder.contains("docker") => " (docker compose ls, then docker compose -p NAME down)",
        "kafka" => ", or use it: SPAREPARTS_KAFKA__BROKERS=127.0.0.1:9092",
        "mongod" => ", or use it: SPAREPARTS_MONGO__URI=mongodb://127.0.0.1:27017",
        "redis" => ", or use it: SPAREPARTS_REDIS__URL=redis://127.0.0.1:6379",
        _ => "",
    };
    format!("port {port} ({name}) is in use by {holder}: stop that{instead}")
}

/// Who listens on a port, as far as /proc tells this user: "pid 12 (java -Xmx..)".
fn holder(port: u16) -> Option<String> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listening_inodes(&table, port))
        .collect();
    let links: Vec<String> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
    let pid = fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        owns(pid, &links).then_some(pid)
    })?;
    Some(format!("pid {pid} ({})", command_line(pid)))
}

/// The socket inodes that listen on `port`, from the text of a /proc/net/tcp table.
fn listening_inodes(table: &str, port: u16) -> Vec<String> {
    const LISTEN: &str = "0A";
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let local = fields.get(1)?.rsplit(':').next()?;
            let listens = *fields.get(3)? == LISTEN && u16::from_str_radix(local, 16) == Ok(port);
            listens.then(|| fields.get(9).map(|inode| (*inode).to_owned()))?
        })
        .collect()
}

fn owns(pid: u32, links: &[String]) -> bool {
    let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else {
        return false;
    };
    files
        .flatten()
        .filter_map(|file| fs::read_link(file.path()).ok())
        .any(|link| link.to_str().is_some_and(|link| links.iter().any(|wanted| wanted == link)))
}

fn command_line(pid: u32) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    text.replace('\0', " ").trim().chars().take(60).collect()
}

/// Whether somebody accepts connections at `host:port`.
pub fn answers(address: &str) -> bool {
    use std::net::ToSocketAddrs;
    address.to_socket_addrs().is_ok_and(|mut all| {
        all.any(|one: SocketAddr| TcpStream::connect_timeout(&one, Duration::from_secs(2)).is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_ports_are_all_different() {
        let ports = Ports::free().unwrap();
        let distinct: std::collections::BTreeSet<u16> = ports.taken.values().copied().collect();
        assert_eq!(distinct.len(), DEVELOPMENT.len());
    }

    #[test]
    fn the_holder_of_a_port_is_named() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let line = conflict("orders", port);
        assert!(line.contains(&format!("pid {}", std::process::id())), "{line}");
    }

    #[test]
    fn only_listening_sockets_count() {
        let table = "  sl  local_address rem_address   st\n\
            0: 0100007F:2384 00000000:0000 0A 0:0 0:0 0 0 0 77 1\n\
            1: 0100007F:2384 0100007F:9999 01 0:0 0:0 0 0 0 88 1\n";
        assert_eq!(listening_inodes(table, 9092), ["77"]);
    }
}
