//! How entries and news of them are written.

use super::{Cached, News};

/// An entry as it is kept.
pub(super) fn stored(version: i64, body: &[u8]) -> Vec<u8> {
    [format!("{version}:").as_bytes(), body].concat()
}

/// An entry as found; `None` if it makes no sense, or if it has no body and only keeps older ones out.
pub(super) fn parse(stored: &[u8]) -> Option<Cached> {
    let (version, body) = version_and_body(stored)?;
    (!body.is_empty()).then(|| Cached { version, body: body.to_vec() })
}

pub(super) fn news(told: &[u8]) -> Option<News<'_>> {
    let (id, entry) = split(told, b' ')?;
    let (version, body) = version_and_body(entry)?;
    Some(News { id: std::str::from_utf8(id).ok()?, version, body })
}

fn version_and_body(entry: &[u8]) -> Option<(i64, &[u8])> {
    let (version, body) = split(entry, b':')?;
    Some((std::str::from_utf8(version).ok()?.parse().ok()?, body))
}

/// What stands before and after the first `mark`.
fn split(text: &[u8], mark: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == mark)?;
    Some((&text[..at], &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_its_version_a_colon_and_its_body() {
        assert_eq!(parse(b"12:{\"a\":\":\"}"), Some(Cached { version: 12, body: b"{\"a\":\":\"}".to_vec() }));
        assert_eq!(stored(12, b"{}"), b"12:{}");
        assert_eq!(parse(b"x:1"), None);
        assert_eq!(parse(b""), None);
        assert_eq!(parse(b"12:"), None);
    }

    #[test]
    fn news_name_the_entry_and_carry_it() {
        let expected = News { id: "a-1", version: 12, body: b"{\"a\": \": \"}" };
        assert_eq!(news(b"a-1 12:{\"a\": \": \"}"), Some(expected));
        for nonsense in [&b""[..], b"a-1", b"a-1 12", b"a-1 x:{}", b"\xff 12:{}"] {
            assert_eq!(news(nonsense), None, "{nonsense:?}");
        }
    }
}
