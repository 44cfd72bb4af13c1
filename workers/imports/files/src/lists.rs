//! Several values in one cell, and cells that no program may take for a formula.

use std::borrow::Cow;

use crate::limits::LONGEST_CELL;

/// Between the items of a list.
const ITEM: char = '|';
/// Between the parts of an item.
const PART: char = '/';
/// Before one of the marks that is meant as it is.
const AS_IT_IS: char = '\\';

/// The cell that leaves a field as it is: what no cell has room for is written so.
pub const UNCHANGED: &str = "(unchanged)";

/// A list of texts.
pub(crate) fn list<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    list_of_items(texts.into_iter().map(|text| marked_out(text.as_ref(), &[ITEM, AS_IT_IS])))
}

/// A list of items that have parts.
pub(crate) fn list_of_items(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().collect::<Vec<_>>().join(&ITEM.to_string())
}

/// One item of several parts.
pub(crate) fn item<T: AsRef<str>>(parts: impl IntoIterator<Item = T>) -> String {
    let parts = parts.into_iter().map(|part| marked_out(part.as_ref(), &[ITEM, PART, AS_IT_IS]));
    parts.collect::<Vec<_>>().join(&PART.to_string())
}

fn marked_out(text: &str, marks: &[char]) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        out.extend(marks.contains(&c).then_some(AS_IT_IS));
        out.push(c);
    }
    out
}

/// The items of a list, each trimmed and still marked out if it is to be taken apart further.
pub(crate) fn items(cell: &str) -> Vec<&str> {
    if cell.trim().is_empty() { Vec::new() } else { split(cell, ITEM) }
}

/// The parts of an item as they are meant.
pub(crate) fn parts(item: &str) -> Vec<String> {
    split(item, PART).into_iter().map(plain).collect()
}

/// Cuts at a mark that is not marked out.
fn split(text: &str, mark: char) -> Vec<&str> {
    let (mut pieces, mut from, mut is_marked) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        if c == mark && !is_marked {
            pieces.push(text[from..at].trim());
            from = at + c.len_utf8();
        }
        is_marked = c == AS_IT_IS && !is_marked;
    }
    pieces.push(text[from..].trim());
    pieces
}

/// A text without what marks out; a mark before anything else is a letter like others.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match letters.peek() {
            Some(&next) if c == AS_IT_IS && matches!(next, ITEM | PART | AS_IT_IS) => {
                out.push(next);
                letters.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// What a cell can hold, in either format alike; [`UNCHANGED`] in the place of anything else.
pub(crate) fn fitting(cell: String) -> String {
    let held = |c: char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}') || matches!(c, '\n' | '\t');
    if cell.encode_utf16().count() <= LONGEST_CELL && cell.chars().all(held) { cell } else { UNCHANGED.to_owned() }
}

/// Whether a spreadsheet takes the cell for a formula, however often it was guarded already.
fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A cell that a spreadsheet which opens a CSV file does not take for a formula: such a one begins with `'`.
pub(crate) fn guarded(cell: &str) -> Cow<'_, str> {
    if is_formula(cell) { format!("'{cell}").into() } else { cell.into() }
}

/// A cell as it was before it was guarded.
pub(crate) fn unguarded(mut cell: String) -> String {
    if cell.starts_with('\'') && is_formula(&cell) {
        cell.remove(0);
    }
    cell
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marks_that_are_meant_as_they_are_come_through() {
        assert_eq!(list(["a|b", "c\\", "d"]), "a\\|b|c\\\\|d");
        assert_eq!(item(["km/h", "a|b"]), "km\\/h/a\\|b");
        assert_eq!(parts("km\\/h/ a\\|b "), ["km/h", "a|b"]);
        assert_eq!(plain("C:\\new"), "C:\\new");
        assert_eq!(items("  "), [""; 0]);
    }

    #[test]
    fn a_formula_is_guarded_and_nothing_else() {
        for (cell, safe) in [("=1+1", "'=1+1"), ("+91", "'+91"), ("'=1", "''=1"), ("'tis", "'tis"), ("a=b", "a=b")] {
            assert_eq!(guarded(cell), safe);
        }
    }

    proptest! {
        #[test]
        fn a_list_is_read_as_it_was_written(texts in proptest::collection::vec("[a-z|/\\\\ü]{0,4}[a-z|/\\\\]", 1..5)) {
            let cell = list(&texts);
            prop_assert_eq!(items(&cell).into_iter().map(plain).collect::<Vec<_>>(), texts.clone());
            let cell = list_of_items([item(&texts), item(&texts)]);
            let read: Vec<_> = items(&cell).into_iter().map(parts).collect();
            prop_assert_eq!(read, vec![texts.clone(), texts]);
        }

        #[test]
        fn a_guard_is_undone_exactly(cell in "['=+@a-]{0,6}.*") {
            prop_assert_eq!(unguarded(guarded(&cell).into_owned()), cell);
        }
    }
}
