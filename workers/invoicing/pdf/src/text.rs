//! Breaking text into lines that fit a width.

use crate::{
    canvas::Style,
    font::{Fonts, drawable},
};

const ELLIPSIS: char = '…';

/// `text` in lines no wider than `width` points; past `max_lines` it ends in an ellipsis.
///
/// Lines break at spaces, and inside a word only where the word alone is wider than a line.
pub(crate) fn wrap(fonts: &Fonts, text: &str, style: Style, width: f32, max_lines: usize) -> Vec<String> {
    let fits = |line: &str| fonts.width(line, style.weight, style.size) <= width;
    let mut lines = break_lines(&drawable(text), &fits);
    if lines.len() > max_lines {
        lines.truncate(max_lines);
        if let Some(last) = lines.last_mut() {
            end_in_ellipsis(last, &fits);
        }
    }
    lines
}

fn break_lines(text: &str, fits: &impl Fn(&str) -> bool) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let joined = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if fits(&joined) {
            line = joined;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        line = break_word(word, fits, &mut lines);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Pushes the full lines of an over-long word and returns its rest, which may share a line.
fn break_word(word: &str, fits: &impl Fn(&str) -> bool, lines: &mut Vec<String>) -> String {
    let mut rest = String::new();
    for c in word.chars() {
        rest.push(c);
        if !fits(&rest) && rest.chars().count() > 1 {
            rest.pop();
            lines.push(std::mem::replace(&mut rest, c.to_string()));
        }
    }
    rest
}

fn end_in_ellipsis(line: &mut String, fits: &impl Fn(&str) -> bool) {
    loop {
        let shortened = format!("{}{ELLIPSIS}", line.trim_end());
        if fits(&shortened) || line.pop().is_none() {
            *line = shortened;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{canvas::Colour, font::fonts};
    use proptest::prelude::*;

    const STYLE: Style = Style::regular(8.0, Colour::Ink);

    fn wrapped(text: &str, width: f32, max_lines: usize) -> Vec<String> {
        wrap(fonts().unwrap(), text, STYLE, width, max_lines)
    }

    #[test]
    fn lines_break_at_spaces() {
        let lines = wrapped("Brake pad set, front, ceramic", 60.0, 9);
        assert!(lines.len() > 1);
        assert_eq!(lines.join(" "), "Brake pad set, front, ceramic");
    }

    #[test]
    fn a_word_wider_than_a_line_is_broken() {
        let lines = wrapped("04465-0K240-04465-0K260-04465-0K300", 50.0, 9);
        assert!(lines.len() > 1);
        assert_eq!(lines.concat(), "04465-0K240-04465-0K260-04465-0K300");
    }

    #[test]
    fn too_many_lines_end_in_an_ellipsis() {
        let lines = wrapped(&"clutch plate ".repeat(40), 80.0, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines[2].ends_with('…'));
    }

    #[test]
    fn nothing_gives_no_lines() {
        assert!(wrapped("  \n ", 80.0, 3).is_empty());
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_column_and_no_character_is_lost(text in "\\PC{0,80}") {
            let fonts = fonts().unwrap();
            let lines = wrap(fonts, &text, STYLE, 70.0, usize::MAX);
            for line in &lines {
                let width = fonts.width(line, STYLE.weight, STYLE.size);
                prop_assert!(width <= 70.0 || line.chars().count() == 1);
            }
            let kept: String = lines.concat().split_whitespace().collect();
            let given: String = drawable(&text).split_whitespace().collect();
            prop_assert_eq!(kept, given);
        }
    }
}
