//! The columns, for people.

use schemas::imports::rows::ImportKind;

use crate::columns::columns;

/// The page that tells which columns files have: `COLUMNS.md`, written by the example `columns`.
#[must_use]
pub fn page() -> String {
    let mut page = "# The columns of imports and exports\n\n\
        The first row names the columns, in any order; those that are not needed may be left out, and what they say stays as\n\
        it is. An empty cell clears what need not be there; `(unchanged)` leaves it as it is, and an export writes so what no\n\
        cell has room for. Items of a list stand between `|`, the parts of an item between `/`, and a `\\` before one of these\n\
        takes it as it is. A new product has slug, name, category, brand, kind, hsn, price, weight_grams and status. Columns\n\
        that only tell something are not looked at when a file is read.\n"
        .to_owned();
    for kind in ImportKind::ALL {
        page += &format!("\n## {}\n\n| column | what stands in it | |\n| --- | --- | --- |\n", kind.as_str());
        for column in columns(kind) {
            let note = match (column.is_needed, column.is_told) {
                (true, _) => "needed",
                (_, true) => "only tells",
                _ => "",
            };
            page += &format!("| `{}` | {} | {note} |\n", column.name, column.holds.replace('|', "\\|"));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_tells_the_columns_that_there_are() {
        assert_eq!(include_str!("../COLUMNS.md"), page(), "write it anew: the example `columns`");
    }
}
