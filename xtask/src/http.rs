//! The one HTTP request this tool makes: GET on this machine.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer's status and body.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status code.
    pub status: u16,
    /// The body as text.
    pub body: String,
}

/// GETs `path` from `127.0.0.1:port`, with a limit of two seconds.
///
/// # Errors
/// Nobody answers in time, or not with HTTP.
pub fn get(port: u16, path: &str) -> io::Result<Answer> {
    let limit = Duration::from_secs(2);
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, limit)?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut text = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut text)?;
    parse(&String::from_utf8_lossy(&text)).ok_or_else(|| io::Error::other("the answer is not HTTP"))
}

fn parse(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_and_body_are_read() {
        let answer = parse("HTTP/1.1 503 Service Unavailable\r\nA: b\r\n\r\nkafka\n").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (503, "kafka"));
        assert_eq!(parse("SSH-2.0-x\r\n\r\n"), None);
    }
}
