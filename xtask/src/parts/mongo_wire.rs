//! Just enough of MongoDB's wire protocol to initiate a replica set: one command, one reply, as
//! OP_MSG with a single BSON document. A real driver would take minutes to compile.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const OP_MSG: u32 = 2013;
const HEADER: usize = 16;
/// Flag bits and the kind byte of the only section stand before the document.
const BEFORE_DOCUMENT: usize = 5;
/// The server's own limit for a message is 48 MB; a reply to our commands is tiny.
const LARGEST_REPLY: usize = 1 << 20;

/// A BSON document in the making.
pub struct Document(Vec<u8>);

impl Document {
    /// An empty document.
    pub fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a 32-bit integer.
    pub fn int(self, name: &str, value: i32) -> Self {
        self.element(0x10, name, &value.to_le_bytes())
    }

    /// Adds a string.
    pub fn text(self, name: &str, value: &str) -> Self {
        let mut bytes = length(value.len() + 1).to_vec();
        bytes.extend(value.as_bytes());
        bytes.push(0);
        self.element(0x02, name, &bytes)
    }

    /// Adds a document.
    pub fn document(self, name: &str, value: Self) -> Self {
        self.element(0x03, name, &value.finish())
    }

    /// Adds an array, which is a document with the names "0", "1", ..
    pub fn array(self, name: &str, value: Self) -> Self {
        self.element(0x04, name, &value.finish())
    }

    fn element(mut self, kind: u8, name: &str, value: &[u8]) -> Self {
        self.0.push(kind);
        self.0.extend(name.as_bytes());
        self.0.push(0);
        self.0.extend(value);
        self
    }

    fn finish(&self) -> Vec<u8> {
        let mut bytes = length(self.0.len() + 5).to_vec();
        bytes.extend(&self.0);
        bytes.push(0);
        bytes
    }
}

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes()
}

/// A connection to a server.
pub struct Server(TcpStream);

impl Server {
    /// Connects to `127.0.0.1:port`.
    ///
    /// # Errors
    /// Nobody answers.
    pub fn connect(port: u16) -> io::Result<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(Self(stream))
    }

    /// Runs a command and reads its reply.
    ///
    /// # Errors
    /// The connection breaks, or the reply is no document.
    pub fn command(&mut self, command: &Document) -> io::Result<Reply> {
        self.0.write_all(&message(command))?;
        let mut header = [0; HEADER];
        self.0.read_exact(&mut header)?;
        let total = u32::from_le_bytes([header[0], header[1], header[2], header[3]]) as usize;
        if !(HEADER + BEFORE_DOCUMENT..LARGEST_REPLY).contains(&total) {
            return Err(io::Error::other("mongod sent a reply of an impossible length"));
        }
        let mut body = vec![0; total - HEADER];
        self.0.read_exact(&mut body)?;
        Ok(Reply(body.split_off(BEFORE_DOCUMENT)))
    }
}

fn message(command: &Document) -> Vec<u8> {
    let document = command.finish();
    let mut bytes = length(HEADER + BEFORE_DOCUMENT + document.len()).to_vec();
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend(OP_MSG.to_le_bytes());
    bytes.extend([0; BEFORE_DOCUMENT]);
    bytes.extend(document);
    bytes
}

/// The document a command was answered with.
pub struct Reply(Vec<u8>);

impl Reply {
    /// Whether the command succeeded.
    pub fn is_ok(&self) -> bool {
        self.number("ok").is_some_and(|ok| ok != 0.0)
    }

    /// The server's error code.
    pub fn code(&self) -> Option<i32> {
        #[expect(clippy::cast_possible_truncation, reason = "error codes are small")]
        self.number("code").map(|code| code as i32)
    }

    /// A boolean; false if there is none of that name.
    pub fn flag(&self, name: &str) -> bool {
        self.find(name).is_some_and(|(kind, value)| kind == 0x08 && value == [1])
    }

    fn number(&self, name: &str) -> Option<f64> {
        match self.find(name)? {
            (0x01, value) => Some(f64::from_le_bytes(value.try_into().ok()?)),
            (0x10, value) => Some(f64::from(i32::from_le_bytes(value.try_into().ok()?))),
            _ => None,
        }
    }

    /// Kind and bytes of a top-level element.
    fn find(&self, wanted: &str) -> Option<(u8, &[u8])> {
        let mut rest = self.0.get(4..)?;
        loop {
            let (&kind, after) = rest.split_first()?;
            let end = after.iter().position(|byte| *byte == 0)?;
            let value = after.get(end + 1..)?;
            let size = size_of_value(kind, value)?;
            if &after[..end] == wanted.as_bytes() {
                return Some((kind, value.get(..size)?));
            }
            rest = value.get(size..)?;
        }
    }
}

/// Bytes of a value by its BSON type; `None` for the end of the document and for types that no reply
/// to our commands has.
fn size_of_value(kind: u8, value: &[u8]) -> Option<usize> {
    let counted = || Some(u32::from_le_bytes(value.get(..4)?.try_into().ok()?) as usize);
    match kind {
        0x02 => Some(counted()? + 4),
        0x03 | 0x04 => counted(),
        0x05 => Some(counted()? + 5),
        0x07 => Some(12),
        0x08 => Some(1),
        0x0A => Some(0),
        0x10 => Some(4),
        0x01 | 0x09 | 0x11 | 0x12 => Some(8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_encoded_as_bson_says() {
        let bytes = Document::new().text("hello", "world").finish();
        assert_eq!(bytes, b"\x16\x00\x00\x00\x02hello\x00\x06\x00\x00\x00world\x00\x00");
    }

    #[test]
    fn an_element_is_found_behind_others() {
        let inner = Document::new().int("code", 1);
        let bytes = Document::new().text("a", "b").document("c", inner).int("code", 23).finish();
        assert_eq!(Reply(bytes).code(), Some(23));
    }

    #[test]
    fn a_cut_off_reply_has_no_elements() {
        let mut bytes = Document::new().text("errmsg", "already").int("code", 23).finish();
        bytes.truncate(12);
        assert_eq!(Reply(bytes).code(), None);
    }
}
