//! Filling pages with blocks.

use crate::canvas::{Block, Page};

use super::style::{BOTTOM, TOP};

/// A block on its way to a page.
pub(super) struct Item {
    pub(super) block: Block,
    /// Space above, dropped at the top of a page.
    pub(super) gap: f32,
    /// The table whose heading must stand above this block on its page: an index into the headings.
    pub(super) table: Option<usize>,
    /// Whether the next item must be on the same page.
    pub(super) keep_with_next: bool,
}

/// Blocks in reading order, and what is repeated on new pages.
pub(super) struct Flow {
    /// Drawn at the top of every page but the first.
    pub(super) continuation: Block,
    /// Table headings, drawn when their table begins and again on each page it continues on.
    pub(super) headings: Vec<Block>,
    pub(super) items: Vec<Item>,
}

struct Cursor {
    pages: Vec<Page>,
    y: f32,
    /// The table whose heading is the last drawn on this page and not yet ended by another block.
    table: Option<usize>,
    /// Whether nothing but the continuation heading is on the page.
    fresh: bool,
}

impl Flow {
    /// A block that belongs to no table.
    pub(super) fn push(&mut self, gap: f32, block: Block) {
        self.items.push(Item { block, gap, table: None, keep_with_next: false });
    }

    /// A table: its heading and rows. The last row stays with what is pushed next, so that totals never
    /// stand alone on a page.
    pub(super) fn push_table(&mut self, gap: f32, heading: Block, rows: Vec<Block>) {
        let table = self.headings.len();
        self.headings.push(heading);
        let last = rows.len().saturating_sub(1);
        for (index, block) in rows.into_iter().enumerate() {
            self.items.push(Item {
                block,
                gap: if index == 0 { gap } else { 0.0 },
                table: Some(table),
                // The last row is usually the table's total: it takes the row above it along.
                keep_with_next: index + 1 >= last,
            });
        }
    }

    /// Lays the blocks onto pages, top to bottom.
    pub(super) fn paginate(&self) -> Vec<Page> {
        let mut cursor = Cursor { pages: vec![Page::new()], y: TOP, table: None, fresh: true };
        for group in self.items.chunk_by(|item, _| item.keep_with_next) {
            if !cursor.fresh && cursor.y + self.height(group, cursor.table) > BOTTOM {
                self.turn_page(&mut cursor);
            }
            for item in group {
                self.place(item, &mut cursor);
            }
        }
        cursor.pages
    }

    /// Height of `group` with the headings it needs, below a block of `table`.
    fn height(&self, group: &[Item], mut table: Option<usize>) -> f32 {
        group
            .iter()
            .map(|item| {
                let heading = self.heading(item, table).map_or(0.0, |block| block.height);
                table = item.table;
                item.gap + heading + item.block.height
            })
            .sum()
    }

    /// The heading that `item` needs below a block of `table`.
    fn heading(&self, item: &Item, table: Option<usize>) -> Option<&Block> {
        let wanted = item.table.filter(|wanted| Some(*wanted) != table)?;
        self.headings.get(wanted)
    }

    fn turn_page(&self, cursor: &mut Cursor) {
        let mut page = Page::new();
        self.continuation.place(&mut page, TOP);
        cursor.pages.push(page);
        cursor.y = TOP + self.continuation.height;
        cursor.table = None;
        cursor.fresh = true;
    }

    fn place(&self, item: &Item, cursor: &mut Cursor) {
        if !cursor.fresh {
            cursor.y += item.gap;
        }
        for block in self.heading(item, cursor.table).into_iter().chain([&item.block]) {
            if let Some(page) = cursor.pages.last_mut() {
                block.place(page, cursor.y);
            }
            cursor.y += block.height;
        }
        cursor.table = item.table;
        cursor.fresh = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        canvas::{Colour, Op, Style},
        font::fonts,
    };

    fn block(text: &str, height: f32) -> Block {
        let mut block = Block::new(fonts().unwrap());
        block.left(0.0, 0.0, text, Style::regular(8.0, Colour::Ink));
        block.reach(height);
        block
    }

    fn flow() -> Flow {
        Flow { continuation: block("continued", 30.0), headings: Vec::new(), items: Vec::new() }
    }

    fn texts(page: &Page) -> Vec<&str> {
        page.iter()
            .filter_map(|op| match op {
                Op::Text { text, .. } => Some(text.as_str()),
                Op::Fill { .. } => None,
            })
            .collect()
    }

    #[test]
    fn a_heading_is_repeated_on_each_page_of_its_table() {
        let mut flow = flow();
        let rows = (0..30).map(|_| block("row", 50.0)).collect();
        flow.push_table(0.0, block("heading", 20.0), rows);
        flow.push(0.0, block("totals", 100.0));
        let pages = flow.paginate();
        assert!(pages.len() > 2);
        assert_eq!(texts(&pages[0])[0], "heading");
        for page in &pages[1..] {
            assert_eq!(texts(page)[..2], ["continued", "heading"]);
        }
    }

    #[test]
    fn totals_take_the_last_row_to_their_page() {
        let room = ((BOTTOM - TOP - 20.0) / 50.0) as usize;
        for rows in 2..=2 * room {
            let mut flow = flow();
            let rows = (0..rows).map(|_| block("row", 50.0)).collect();
            flow.push_table(0.0, block("heading", 20.0), rows);
            flow.push(0.0, block("totals", 100.0));
            let pages = flow.paginate();
            let last = texts(pages.last().unwrap());
            assert!(last.ends_with(&["row", "row", "totals"]), "{last:?}");
        }
    }

    #[test]
    fn nothing_is_drawn_below_the_bottom() {
        let mut flow = flow();
        let rows = (0..57).map(|n| block("row", 20.0 + n as f32)).collect();
        flow.push_table(8.0, block("heading", 20.0), rows);
        flow.push(12.0, block("totals", 150.0));
        for page in flow.paginate() {
            for op in page {
                let Op::Text { baseline, .. } = op else {
                    continue;
                };
                assert!(baseline <= BOTTOM - 20.0);
            }
        }
    }
}
