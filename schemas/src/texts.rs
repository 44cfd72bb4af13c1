//! Rules for the texts that come from people, by a form or by a file. Each returns the text as it is kept.

/// One line of text of `min` to `max` characters, without the spaces around it.
///
/// # Errors
/// What is expected, for a text that is not.
pub fn line(text: &str, min: usize, max: usize) -> Result<String, String> {
    let text = visible(text);
    bounded(text, min, max)?;
    if text.chars().any(char::is_control) || hides_something(text) {
        return Err("must be one line of text without control and invisible characters".to_owned());
    }
    if holds_card_number(text) {
        return Err("must not contain a card number".to_owned());
    }
    Ok(text.to_owned())
}

/// A text of `min` to `max` characters on one line or several, without the space around it. Lines end as on Unix.
///
/// # Errors
/// What is expected, for a text that is not.
pub fn lines(text: &str, min: usize, max: usize) -> Result<String, String> {
    let text = visible(text).replace("\r\n", "\n");
    bounded(&text, min, max)?;
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) || hides_something(&text) {
        return Err("must be text without control and invisible characters other than line breaks and tabs".to_owned());
    }
    // A number may go on in the next line.
    if holds_card_number(&text.replace(['\n', '\t'], " ")) {
        return Err("must not contain a card number".to_owned());
    }
    Ok(text)
}

fn bounded(text: &str, min: usize, max: usize) -> Result<(), String> {
    let fits = (min..=max).contains(&text.chars().count());
    if fits { Ok(()) } else { Err(format!("must have {min} to {max} characters")) }
}

/// The text without the spaces around it: nothing, if nothing of it can be seen.
fn visible(text: &str) -> &str {
    let shows = |c: char| !c.is_whitespace() && !is_invisible(c) && !is_joiner(c);
    if text.contains(shows) { text.trim() } else { "" }
}

/// Whether some characters of a text show nothing, so that two texts look the same that are not, or in another order than they
/// stand in. A joiner shows something behind a letter of a script that has them.
fn hides_something(text: &str) -> bool {
    let joins = |before: char| !before.is_ascii() && !before.is_whitespace() && !is_joiner(before);
    let mut before = ' ';
    text.chars().any(|c| {
        let hides = is_invisible(c) || is_joiner(c) && !joins(before);
        before = c;
        hides
    })
}

/// Scripts of India say with them how letters are joined.
const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Unicode's format characters but for joiners and those with a shape, its separators of lines, and its letters without a shape.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
        | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{115f}'..='\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

/// An Indian telephone number, kept as `+91` and ten digits.
///
/// # Errors
/// What is expected.
pub fn phone(text: &str) -> Result<String, String> {
    let compact: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let national = compact.strip_prefix("+91").unwrap_or(&compact);
    if text.len() <= 20 && national.len() == 10 && national.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(format!("+91{national}"));
    }
    Err("must be +91 and ten digits".to_owned())
}

/// An e-mail address, in lower case. Only its shape: whether it exists is known when a mail arrives.
///
/// # Errors
/// What is expected.
pub fn email(text: &str) -> Result<String, String> {
    let refusal = || "must be an e-mail address such as asha@example.in".to_owned();
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@').ok_or_else(refusal)?;
    let legal = |c: char| c.is_ascii_graphic() && !matches!(c, '@' | ',' | ';' | '<' | '>' | '"' | '(' | ')' | '\\');
    let labels_fit = domain.split('.').all(|label| (1..=63).contains(&label.len()) && !label.starts_with('-'));
    let fits = text.len() <= 254
        && (1..=64).contains(&local.len())
        && local.chars().all(legal)
        && domain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        && domain.contains('.')
        && labels_fit
        && !holds_card_number(text);
    if fits { Ok(text.to_ascii_lowercase()) } else { Err(refusal()) }
}

/// Whether the text contains what may be a payment card's number: 13 to 19 digits, in one group or in several with a
/// space or hyphen between them, that pass the Luhn check (ISO/IEC 7812-1). Card data must not come to rest anywhere in
/// the shop.
#[must_use]
pub fn holds_card_number(text: &str) -> bool {
    // Nearly every text: it has not even as many digits.
    if text.bytes().filter(u8::is_ascii_digit).count() < SHORTEST_CARD_NUMBER {
        return false;
    }
    let mut stretches = text.split(|c: char| !c.is_ascii_digit() && !matches!(c, ' ' | '-'));
    stretches.any(|stretch| {
        let groups: Vec<&str> = stretch.split([' ', '-']).filter(|group| !group.is_empty()).collect();
        (0..groups.len()).any(|first| begins_card_number(&groups[first..]))
    })
}

/// A number may stand beside other digits, so every row of whole groups is tried.
fn begins_card_number(groups: &[&str]) -> bool {
    let mut digits: Vec<u8> = Vec::new();
    for group in groups {
        digits.extend(group.bytes().map(|byte| byte - b'0'));
        if digits.len() > LONGEST_CARD_NUMBER {
            return false;
        }
        if digits.len() >= SHORTEST_CARD_NUMBER && starts_like_a_card(&digits) && passes_luhn(&digits) {
            return true;
        }
    }
    false
}

const SHORTEST_CARD_NUMBER: usize = 13;
/// ISO/IEC 7812-1.
const LONGEST_CARD_NUMBER: usize = 19;

/// The first digit of the major card schemes.
fn starts_like_a_card(digits: &[u8]) -> bool {
    matches!(digits.first(), Some(2..=6))
}

fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => 2 * digit - 9,
            (_, digit) => 2 * digit,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_address_has_a_shape_and_one_spelling() {
        assert_eq!(email(" Asha.K+x@Example.IN "), Ok("asha.k+x@example.in".to_owned()));
        for bad in ["", "a", "a@b", "@b.in", "a@.in", "a b@c.in", "a@b..in", "a@b.in\n", "a@-b.in", "ä@b.in"] {
            assert!(email(bad).is_err() || bad.ends_with('\n'), "{bad:?}");
        }
    }

    #[test]
    fn a_phone_number_is_kept_in_one_spelling() {
        for good in ["9876543210", "+919876543210", "+91 98765 43210", "98765-43210"] {
            assert_eq!(phone(good), Ok("+919876543210".to_owned()));
        }
        for bad in ["", "987654321", "+1 2025550123", "98765432ab", "٩٨٧٦٥٤٣٢١٠"] {
            assert!(phone(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn card_numbers_are_found_however_they_are_written() {
        for card in [
            "4242424242424242",
            "4242 4242 4242 4242",
            "card: 5555-5555-5555-4444!",
            "378282246310005 x",
            "12 4242 4242 4242 4242",
        ] {
            assert!(holds_card_number(card), "{card}");
        }
        for other in ["", "4242424242424241", "+919876543210", "411001", "12, MG Road, Pune 411001"] {
            assert!(!holds_card_number(other), "{other}");
        }
    }

    #[test]
    fn digits_without_end_are_looked_through_at_once() {
        let begun = std::time::Instant::now();
        assert!(!holds_card_number(&"1 ".repeat(60_000)) && !holds_card_number(&"1".repeat(60_000)));
        assert!(holds_card_number(&format!("{}4242 4242 4242 4242", "1 ".repeat(60_000))));
        assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
    }

    #[test]
    fn a_line_is_trimmed_and_bounded() {
        assert_eq!(line("  a ", 1, 3), Ok("a".to_owned()));
        assert!(line("   ", 1, 3).is_err());
        assert!(line("abcd", 1, 3).is_err());
        assert!(line("a\nb", 1, 3).is_err());
    }

    #[test]
    fn what_cannot_be_seen_is_no_text_and_stands_in_none() {
        for unseen in ["\u{200b}\u{200b}", "\u{feff}", " \u{202e} ", "\u{200d}", "\u{3164}", "\u{2060}\u{2064}"] {
            assert_eq!(line(unseen, 1, 9), Err("must have 1 to 9 characters".to_owned()), "{unseen:?}");
            assert_eq!(line(unseen, 0, 9), Ok(String::new()), "{unseen:?}");
        }
        let hidden = ('\u{200b}'..='\u{200f}').chain('\u{2028}'..='\u{202e}').chain('\u{2060}'..='\u{2069}');
        for hidden in hidden.chain(['\u{feff}', '\u{ad}', '\u{3164}', '\u{e0041}']) {
            assert!(line(&format!("As{hidden}ha"), 1, 9).is_err() && lines(&format!("As{hidden}ha"), 1, 9).is_err());
            for around in [format!("{hidden}Asha"), format!("Asha{hidden}")] {
                let trimmed = hidden.is_whitespace().then(|| "Asha".to_owned());
                assert_eq!(
                    (line(&around, 1, 9).ok(), lines(&around, 1, 9).ok()),
                    (trimmed.clone(), trimmed),
                    "{around:?}"
                );
            }
        }
    }

    #[test]
    fn a_joiner_stands_behind_a_letter_of_a_script_that_has_joiners() {
        for word in [
            "\u{0936}\u{094d}\u{200d}\u{092f}",
            "\u{0d05}\u{0d35}\u{0d28}\u{0d4d}\u{200d}",
            "\u{0645}\u{06cc}\u{200c}\u{062e}",
        ] {
            assert_eq!(line(word, 1, 9).as_deref(), Ok(word));
        }
        for bad in ["\u{200d}\u{0936}", "\u{0936} \u{200c}\u{0936}", "\u{0936}\u{200d}\u{200d}"] {
            assert!(line(bad, 1, 9).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_text_may_have_several_lines_that_end_one_way() {
        assert_eq!(lines(" They fit.\r\n\r\n\tQuiet, too.\n", 0, 99), Ok("They fit.\n\n\tQuiet, too.".to_owned()));
        for bad in ["a\u{0}b", "a\rb", "a\u{1b}[0m", "4242 4242\n4242 4242"] {
            assert!(lines(bad, 0, 99).is_err(), "{bad:?}");
        }
        assert!(lines("abc", 0, 2).is_err() && lines(" ", 1, 2).is_err());
    }
}
