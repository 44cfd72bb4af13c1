//! The contents page: which message is answered where.

use schemas::{
    ids::ImportId,
    imports::{Import, ImportDeadlineReached, ImportsMessage},
    types::Timestamp,
};
use shared::{
    engine::{Handler, Outbox, Refusal, RowKey},
    message::Delivery,
};

use crate::{
    answer::{customers, row_applied, row_refused},
    chunk::apply,
    effect::Effect,
    life,
    rows::{KeptRow, chunk_key},
};

/// The rules of the imports.
#[derive(Debug, Clone, Copy, Default)]
pub struct Imports;

/// What a step sets in motion.
pub type Out<'a> = Outbox<'a, Effect, KeptRow>;

impl Handler for Imports {
    type State = Import;
    type Message = ImportsMessage;
    type Effect = Effect;
    type Row = KeptRow;

    fn rows(&self, delivery: &Delivery<ImportsMessage>) -> Vec<RowKey> {
        match &delivery.message {
            ImportsMessage::ApplyChunk(turn) => vec![chunk_key(turn.import_id, &turn.check, turn.chunk)],
            _ => Vec::new(),
        }
    }

    fn handle(
        &self,
        state: Option<Import>,
        delivery: &Delivery<ImportsMessage>,
        out: &mut Out<'_>,
    ) -> Result<Option<Import>, Refusal> {
        use ImportsMessage as M;
        let (id, at) = (import_of(&delivery.message), delivery.at);
        if delivery.aggregate_id != id.to_string() {
            let detail = format!("a message about {id} came under the key {}", delivery.aggregate_id);
            return Err(Refusal::new("key_mismatch", detail));
        }
        let import = match (&delivery.message, state) {
            (M::CheckImport(command), state) => return Ok(Some(life::uploaded(state, command, at, out))),
            (_, Some(import)) => import,
            (message, None) => return Err(unknown(message)),
        };
        let after = match &delivery.message {
            M::CheckImport(_) | M::UploadCleared(_) => import,
            M::ImportChecked(found) => life::checked(import, found, at, out),
            M::ImportUnreadable(why) => life::unreadable(import, why, at, out),
            M::StartImport(command) => life::start(import, command, at, out),
            M::CancelImport(command) => life::cancel(import, command, at, out),
            M::ApplyChunk(turn) => apply(import, turn, at, out)?,
            M::RowApplied(answer) => row_applied(import, answer, at, out),
            M::RowRefused(answer) => row_refused(import, answer, at, out),
            M::CustomersApplied(answer) => customers(import, answer, at, out),
            M::StepUnanswered(step) => life::unanswered(import, step, out),
            M::ImportCleared(_) => Import { cleared: true, ..import },
            M::ImportDeadlineReached(reached) => life::deadline_reached(import, reached, at, out),
        };
        Ok(Some(after))
    }

    fn deadline_reached(&self, aggregate_id: &str, due_at: Timestamp) -> Option<ImportsMessage> {
        let import_id = aggregate_id.parse().ok()?;
        Some(ImportDeadlineReached { import_id, due_at }.into())
    }
}

fn unknown(message: &ImportsMessage) -> Refusal {
    Refusal::new("unknown_import", format!("nobody brought {}", import_of(message)))
}

const fn import_of(message: &ImportsMessage) -> ImportId {
    use ImportsMessage as M;
    match message {
        M::CheckImport(message) => message.import_id,
        M::ImportChecked(message) => message.import_id,
        M::ImportUnreadable(message) => message.import_id,
        M::StartImport(message) => message.import_id,
        M::CancelImport(message) => message.import_id,
        M::ApplyChunk(message) => message.import_id,
        M::RowApplied(message) => message.row.import_id,
        M::RowRefused(message) => message.row.import_id,
        M::CustomersApplied(message) => message.import_id,
        M::StepUnanswered(message) => message.import_id,
        M::UploadCleared(message) => message.import_id,
        M::ImportCleared(message) => message.import_id,
        M::ImportDeadlineReached(message) => message.import_id,
    }
}
