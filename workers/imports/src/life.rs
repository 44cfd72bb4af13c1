//! How a file comes from its upload to its end, without its rows.
//!
//! ```text
//! checking ──► checked ──► running ──► finished
//!    │            │           │
//!    ├► refused   │           ▼
//!    └────────────┼──► cancelling ──► cancelled
//!                 └─────────────────────▲
//! ```

use schemas::{
    imports::{
        By, CancelImport, CheckImport, FileProblem, Import, ImportChecked, ImportDeadlineReached, ImportStatus,
        ImportUnreadable, StartImport, StepUnanswered,
    },
    types::Timestamp,
};
use shared::engine::State;

use crate::{chunk::advance, effect::Effect, handler::Out};

/// A file was brought in: it is checked. The same file again is none.
pub fn uploaded(known: Option<Import>, command: &CheckImport, at: Timestamp, out: &mut Out<'_>) -> Import {
    if let Some(known) = known {
        return known;
    }
    let import = Import::new(command, at);
    out.call(Effect::Check((&import).into()));
    import
}

/// All of it was read. Of several checks the first that comes to an end counts; what another leaves behind goes when the file
/// ends, or now. The file as it came is not needed any more, and goes at once: it may hold anything, card data above all.
pub fn checked(import: Import, found: &ImportChecked, at: Timestamp, out: &mut Out<'_>) -> Import {
    match import.status {
        ImportStatus::Checking => {
            out.call(Effect::ClearUpload((&import).into()));
            let (check, checked) = (found.check.clone(), Some(found.file.clone()));
            Import { status: ImportStatus::Checked, check, checked, moved_at: at, stuck: false, ..import }
        }
        _ if is_cancelled_unchecked(&import) => end(import, ImportStatus::Cancelled, at, out),
        status if status.is_end() && import.check != found.check => clear(import, out),
        _ => import,
    }
}

/// It cannot be read. What another check left behind before it noticed goes, too.
pub fn unreadable(import: Import, why: &ImportUnreadable, at: Timestamp, out: &mut Out<'_>) -> Import {
    match import.status {
        ImportStatus::Checking => {
            let problem = Some(FileProblem { code: why.code.clone(), detail: why.detail.clone() });
            end(Import { problem, ..import }, ImportStatus::Refused, at, out)
        }
        _ if is_cancelled_unchecked(&import) => end(import, ImportStatus::Cancelled, at, out),
        status if status.is_end() => clear(import, out),
        _ => import,
    }
}

/// It is to be carried out, if it may. That it may not, the ingress has told whoever wishes it.
pub fn start(import: Import, command: &StartImport, at: Timestamp, out: &mut Out<'_>) -> Import {
    let is_meant = import.checked.as_ref().is_some_and(|file| file.bad == 0 || command.skip_bad_rows);
    if import.status != ImportStatus::Checked || !is_meant {
        return import;
    }
    let started = Some(By { user: command.admin_id, at });
    advance(Import { status: ImportStatus::Running, started, moved_at: at, ..import }, at, out)
}

/// No more of it is to be carried out. What is under way ends first, unless it is stuck: then nobody knows whether it does.
pub fn cancel(import: Import, command: &CancelImport, at: Timestamp, out: &mut Out<'_>) -> Import {
    if import.status.is_end() {
        return import;
    }
    let cancelled = import.cancelled.or(Some(By { user: command.admin_id, at }));
    let import = Import { cancelled, ..import };
    match import.status {
        ImportStatus::Checked => end(import, ImportStatus::Cancelled, at, out),
        _ if import.stuck => end(import, ImportStatus::Cancelled, at, out),
        ImportStatus::Cancelling => import,
        _ => Import { status: ImportStatus::Cancelling, moved_at: at, ..import },
    }
}

/// A call was given up, for the stores did not answer: it is made again.
pub fn unanswered(import: Import, step: &StepUnanswered, out: &mut Out<'_>) -> Import {
    let is_open = |chunk: i32| import.open.iter().any(|open| open.number == chunk);
    match step.chunk {
        Some(chunk) if is_open(chunk) => out.call(customers(&import, chunk)),
        Some(_) => {}
        None if import.status == ImportStatus::Checking || is_cancelled_unchecked(&import) => {
            out.call(Effect::Check((&import).into()));
        }
        None if !import.status.is_end() => out.call(Effect::ClearUpload((&import).into())),
        None if !import.cleared => out.call(Effect::Clear((&import).into())),
        None => {}
    }
    import
}

/// Nobody started it in time; or nothing happened for so long that a person should look.
pub fn deadline_reached(import: Import, reached: &ImportDeadlineReached, at: Timestamp, out: &mut Out<'_>) -> Import {
    match import.deadline() {
        Some(due_at) if due_at <= reached.due_at => {}
        _ => return import,
    }
    match import.status {
        ImportStatus::Checked => end(import, ImportStatus::Cancelled, at, out),
        _ => Import { stuck: true, ..import },
    }
}

/// It has come to its end, and what was needed until now may go.
pub fn end(import: Import, status: ImportStatus, at: Timestamp, out: &mut Out<'_>) -> Import {
    let ended_at = Some(at);
    clear(Import { status, ended_at, open: Vec::new(), moved_at: at, stuck: false, ..import }, out)
}

/// What is left goes, again if something was left behind since.
fn clear(import: Import, out: &mut Out<'_>) -> Import {
    out.call(Effect::Clear((&import).into()));
    Import { cleared: false, ..import }
}

/// The call that carries a chunk of customers out.
pub fn customers(import: &Import, chunk: i32) -> Effect {
    Effect::Customers { import_id: import.import_id, check: import.check.clone(), chunk }
}

fn is_cancelled_unchecked(import: &Import) -> bool {
    import.status == ImportStatus::Cancelling && import.checked.is_none()
}
