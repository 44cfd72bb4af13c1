//! What becomes of the rows. Each counts once: a chunk knows which of its rows were answered, and one that is answered is
//! closed.

use schemas::{
    imports::{CustomersApplied, Import, ImportProblem, ImportRow, OpenChunk, RowApplied, RowRefused},
    types::Timestamp,
};

use crate::{chunk::advance, handler::Out, rows::KeptRow};

/// A row was carried out.
pub fn row_applied(mut import: Import, answer: &RowApplied, at: Timestamp, out: &mut Out<'_>) -> Import {
    if !counts(&mut import, answer.row) {
        return import;
    }
    if answer.changed {
        import.progress.applied += 1;
    } else {
        import.progress.unchanged += 1;
    }
    moved(import, at, out)
}

/// A row was not carried out.
pub fn row_refused(mut import: Import, answer: &RowRefused, at: Timestamp, out: &mut Out<'_>) -> Import {
    if !counts(&mut import, answer.row) {
        return import;
    }
    refused(&mut import, answer.row.row, (&answer.code, &answer.detail), out);
    moved(import, at, out)
}

/// A chunk of customers was carried out, all at once.
pub fn customers(mut import: Import, answer: &CustomersApplied, at: Timestamp, out: &mut Out<'_>) -> Import {
    let open = import.open.iter().position(|open| open.number == answer.chunk && open.rows.is_some());
    let Some(rows) = open.and_then(|place| import.open.remove(place).rows) else { return import };
    for row in &answer.refused {
        refused(&mut import, row.row, (&row.code, &row.detail), out);
    }
    let unchanged = i64::from(answer.unchanged);
    let not_carried_out = i64::try_from(answer.refused.len()).unwrap_or(i64::MAX);
    import.progress.unchanged += unchanged;
    import.progress.applied += i64::from(rows) - unchanged - not_carried_out;
    moved(import, at, out)
}

/// Whether this row's chunk waits for it. From now on it does not.
fn counts(import: &mut Import, row: ImportRow) -> bool {
    let is_of = |open: &&mut OpenChunk| open.number == row.chunk && open.rows.is_some_and(|rows| row.place < rows);
    import.open.iter_mut().find(is_of).is_some_and(|open| open.answered.insert(row.place))
}

fn refused(import: &mut Import, row: i64, (code, detail): (&str, &str), out: &mut Out<'_>) {
    import.progress.refused += 1;
    out.save(KeptRow::Problem(ImportProblem {
        import_id: import.import_id,
        check: import.check.clone(),
        row,
        number: 0,
        column: None,
        code: code.to_owned(),
        detail: detail.to_owned(),
        when_applied: true,
    }));
}

/// Something happened: chunks that are answered are closed, and others begin.
fn moved(mut import: Import, at: Timestamp, out: &mut Out<'_>) -> Import {
    import.open.retain(|open| open.rows != Some(open.answered.len()));
    advance(Import { moved_at: at, stuck: false, ..import }, at, out)
}
