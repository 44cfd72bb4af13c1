//! Tables: columns as wide as their contents, one of them taking the rest.

use crate::{
    canvas::{Area, Block, Colour, Style},
    font::Fonts,
    text::wrap,
};

use super::style::{HAIRLINE, LEFT, RULE, WIDTH};

/// Space between columns, and from the table's edges to its text.
const GUTTER: f32 = 9.0;
const EDGE: f32 = 5.0;
/// Sizes tried for the text, the first that leaves the flexible column its width is taken.
const SIZES: [f32; 7] = [8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0];
/// A description of any length takes at most this many lines.
const MAX_LINES: usize = 10;

/// On which side of its column a cell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// A cell: its text, and a second line in small grey print.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    pub(super) main: String,
    pub(super) note: String,
}

impl Cell {
    pub(super) fn new(main: impl Into<String>) -> Self {
        Self { main: main.into(), note: String::new() }
    }

    pub(super) fn with_note(main: impl Into<String>, note: impl Into<String>) -> Self {
        Self { main: main.into(), note: note.into() }
    }
}

/// The contents of a table.
pub(super) struct Table {
    /// Heading and side of each column.
    pub(super) columns: Vec<(String, Align)>,
    /// The column that takes what the others leave and whose text wraps.
    pub(super) flexible: usize,
    /// Least width of that column.
    pub(super) flexible_width: f32,
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) total: Vec<Cell>,
}

/// A table with its column widths decided.
pub(super) struct Grid<'t> {
    table: &'t Table,
    fonts: &'static Fonts,
    size: f32,
    widths: Vec<f32>,
}

impl<'t> Grid<'t> {
    pub(super) fn fit(table: &'t Table, fonts: &'static Fonts) -> Self {
        let mut grid = Self { table, fonts, size: SIZES[0], widths: Vec::new() };
        for size in SIZES {
            grid.size = size;
            grid.widths = grid.natural_widths();
            if grid.widths[table.flexible] >= table.flexible_width {
                break;
            }
        }
        grid
    }

    fn body(&self) -> Style {
        Style::regular(self.size, Colour::Ink)
    }

    fn note(&self) -> Style {
        Style::regular(self.size - 1.25, Colour::Muted)
    }

    fn strong(&self) -> Style {
        Style::bold(self.size, Colour::Ink)
    }

    fn title(&self) -> Style {
        Style::bold(self.size - 0.75, Colour::Accent)
    }

    fn leading(&self) -> f32 {
        self.size * 1.35
    }

    /// Widths that fit every cell but the flexible column's, which gets the rest of the page.
    fn natural_widths(&self) -> Vec<f32> {
        let mut widths: Vec<f32> = (0..self.table.columns.len()).map(|column| self.natural_width(column)).collect();
        widths[self.table.flexible] = 0.0;
        let taken = widths.iter().sum::<f32>() + GUTTER * (widths.len().saturating_sub(1)) as f32 + 2.0 * EDGE;
        widths[self.table.flexible] = (WIDTH - taken).max(40.0);
        widths
    }

    fn natural_width(&self, column: usize) -> f32 {
        let width = |text: &str, style: Style| self.fonts.width(text, style.weight, style.size);
        let table = self.table;
        let rows = table.rows.iter().filter_map(|row| row.get(column));
        let title = width(&table.columns[column].0, self.title());
        let total = table.total.get(column).map(|cell| width(&cell.main, self.strong()));
        rows.flat_map(|cell| [width(&cell.main, self.body()), width(&cell.note, self.note())])
            .chain(total)
            .fold(title, f32::max)
    }

    /// The heading row on its tint.
    pub(super) fn heading(&self) -> Block {
        let mut block = Block::new(self.fonts);
        let height = self.size + 9.0;
        let ground = Area { x: LEFT, y: 0.0, width: WIDTH, height };
        block.fill(ground, Colour::Tint);
        block.rule(LEFT, height, WIDTH, RULE, Colour::Accent);
        let baseline = height / 2.0 + self.size * 0.33;
        for (column, (title, _)) in self.table.columns.iter().enumerate() {
            self.put(&mut block, column, baseline, title, self.title());
        }
        block.reach(height + RULE);
        block
    }

    /// The body rows and, last, the total.
    pub(super) fn rows(&self) -> Vec<Block> {
        let body = self.table.rows.iter().map(|row| self.row(row));
        body.chain([self.total()]).collect()
    }

    fn row(&self, cells: &[Cell]) -> Block {
        let mut block = Block::new(self.fonts);
        let first = self.size + 4.0;
        let mut lowest = first;
        for (column, cell) in cells.iter().enumerate() {
            let mut baseline = first;
            for line in self.wrapped(column, &cell.main) {
                self.put(&mut block, column, baseline, &line, self.body());
                lowest = lowest.max(baseline);
                baseline += self.leading();
            }
            if !cell.note.is_empty() {
                self.put(&mut block, column, baseline - 0.5, &cell.note, self.note());
                lowest = lowest.max(baseline - 0.5);
            }
        }
        let height = lowest + 5.5;
        block.rule(LEFT, height - HAIRLINE, WIDTH, HAIRLINE, Colour::Hairline);
        block.reach(height);
        block
    }

    fn wrapped(&self, column: usize, text: &str) -> Vec<String> {
        if column == self.table.flexible {
            wrap(self.fonts, text, self.body(), self.widths[column], MAX_LINES)
        } else {
            vec![text.to_owned()]
        }
    }

    fn total(&self) -> Block {
        let mut block = Block::new(self.fonts);
        let height = self.size + 9.0;
        for (column, cell) in self.table.total.iter().enumerate() {
            let baseline = height / 2.0 + self.size * 0.36;
            self.put(&mut block, column, baseline, &cell.main, self.strong());
        }
        block.rule(LEFT, height - RULE, WIDTH, RULE, Colour::Accent);
        block.reach(height);
        block
    }

    fn put(&self, block: &mut Block, column: usize, baseline: f32, text: &str, style: Style) {
        let before = &self.widths[..column];
        let x = LEFT + EDGE + before.iter().sum::<f32>() + GUTTER * column as f32;
        match self.table.columns[column].1 {
            Align::Left => block.left(x, baseline, text, style),
            Align::Right => block.right(x + self.widths[column], baseline, text, style),
        }
    }
}
