//! Just enough of Kafka's protocol to ask a broker whether it serves: a Metadata request.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const METADATA: u16 = 3;
const METADATA_VERSION: u16 = 1;
const CORRELATION: u32 = 7;
const CLIENT: &[u8] = b"xtask";

/// Whether the broker at `127.0.0.1:port` answers and counts itself as part of the cluster.
pub fn serves(port: u16) -> bool {
    ask(port).is_ok_and(|brokers| brokers > 0)
}

fn ask(port: u16) -> io::Result<u32> {
    let limit = Duration::from_secs(1);
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), limit)?;
    stream.set_read_timeout(Some(limit))?;
    stream.write_all(&request())?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut response = Vec::new();
    stream.take(u64::from(u32::from_be_bytes(length))).read_to_end(&mut response)?;
    brokers(&response).ok_or_else(|| io::Error::other("not a metadata response"))
}

/// The request asks for no topics: it is about the brokers alone.
fn request() -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(METADATA.to_be_bytes());
    body.extend(METADATA_VERSION.to_be_bytes());
    body.extend(CORRELATION.to_be_bytes());
    body.extend((CLIENT.len() as u16).to_be_bytes());
    body.extend(CLIENT);
    body.extend(0_u32.to_be_bytes());
    let mut request = (body.len() as u32).to_be_bytes().to_vec();
    request.extend(body);
    request
}

fn brokers(response: &[u8]) -> Option<u32> {
    let word = |at: usize| Some(u32::from_be_bytes(response.get(at..at + 4)?.try_into().ok()?));
    (word(0)? == CORRELATION).then(|| word(4))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_in_front_counts_the_rest() {
        let request = request();
        assert_eq!(request[..4], (request.len() as u32 - 4).to_be_bytes());
    }

    #[test]
    fn the_answer_to_another_question_is_refused() {
        assert_eq!(brokers(&[0, 0, 0, 7, 0, 0, 0, 1]), Some(1));
        assert_eq!(brokers(&[0, 0, 0, 8, 0, 0, 0, 1]), None);
        assert_eq!(brokers(&[0, 0]), None);
    }
}
