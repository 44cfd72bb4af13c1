//! Where everything stands. [`lay_out`] reads like the document, top to bottom.

mod flow;
mod footer;
mod grid;
mod header;
mod lines;
pub(crate) mod style;
mod summary;
mod totals;

use crate::{Invoice, RenderError, canvas::Page, font::Fonts};

use self::{flow::Flow, grid::Grid};

/// The pages of `invoice`.
pub(crate) fn lay_out(invoice: &Invoice, fonts: &'static Fonts) -> Result<Vec<Page>, RenderError> {
    let mut flow = Flow { continuation: header::continuation(invoice, fonts), headings: Vec::new(), items: Vec::new() };
    flow.push(0.0, header::letterhead(invoice, fonts));
    flow.push(12.0, header::parties(invoice, fonts)?);
    push_table(&mut flow, &lines::table(invoice), fonts);
    flow.push(6.0, totals::totals(invoice, fonts));
    push_table(&mut flow, &summary::table(invoice), fonts);
    flow.push(14.0, footer::closing(invoice, fonts));

    let mut pages = flow.paginate();
    let count = pages.len();
    for (index, page) in pages.iter_mut().enumerate() {
        footer::page_foot(page, invoice, index + 1, count, fonts);
    }
    Ok(pages)
}

fn push_table(flow: &mut Flow, table: &grid::Table, fonts: &'static Fonts) {
    let grid = Grid::fit(table, fonts);
    flow.push_table(16.0, grid.heading(), grid.rows());
}

/// The title of the document, as a reader's window shows it.
pub(crate) fn document_title(invoice: &Invoice) -> String {
    format!("{} {}", header::title(&invoice.kind), invoice.number)
}

#[cfg(test)]
mod tests;
