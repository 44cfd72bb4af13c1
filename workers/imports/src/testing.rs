//! The imports' handler with one file in memory, as the engine would keep it, and whoever carries its rows out.

use std::{borrow::Cow, collections::HashMap};

use schemas::{
    ids::{ImportId, UserId},
    imports::{
        CheckImport, CheckedFile, Import, ImportChecked, ImportChunk, ImportRow, ImportsMessage,
        rows::{CheckedRow, FileFormat, ImportKind, RowCommand},
    },
    inventory::InventoryMessage,
    types::Timestamp,
};
use shared::{
    engine::{Handler, Outbox, Row, RowKey},
    id::{CorrelationId, MessageId, Uuid},
    message::{Delivery, Outgoing, Position, Topic},
    trace::TraceContext,
};

use crate::{effect::Effect, handler::Imports, rows::KeptRow};

pub const CHECK: &str = "a-check";

pub fn import_id() -> ImportId {
    ImportId::from_uuid(Uuid::from_u128(9))
}

pub fn admin() -> UserId {
    UserId::from_uuid(Uuid::from_u128(7))
}

pub fn uploaded(kind: ImportKind) -> CheckImport {
    let (import_id, admin_id, format, upload) = (import_id(), admin(), FileFormat::Csv, "upload".to_owned());
    CheckImport { import_id, admin_id, kind, format, upload, pieces: 1, bytes: 10 }
}

pub fn found(good: i64, bad: i64, chunks: i32) -> ImportChecked {
    let columns = vec!["sku".to_owned()];
    let file = CheckedFile { columns, rows: good + bad, good, bad, new: good, changed: 0, unchanged: 0, chunks };
    ImportChecked { import_id: import_id(), check: CHECK.to_owned(), file }
}

/// What handling one message set in motion.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What the file told itself.
    pub to_itself: Vec<ImportsMessage>,
    /// The rows whose commands were sent.
    pub commands: Vec<ImportRow>,
    /// The calls that were asked for.
    pub calls: Vec<Effect>,
}

/// A file and its rows.
#[derive(Default)]
pub struct Desk {
    pub import: Option<Import>,
    pub rows: HashMap<RowKey, KeptRow>,
    clock: i64,
}

impl Desk {
    /// Stores chunks of so many rows each, as a check would.
    pub fn store_chunks(&mut self, sizes: &[u32]) {
        let mut row = 2;
        for (number, size) in (0..).zip(sizes) {
            let rows = (row..row + size).map(|row| CheckedRow { row, command: stock(row) }).collect();
            let chunk = KeptRow::Chunk(ImportChunk { import_id: import_id(), check: CHECK.to_owned(), number, rows });
            self.rows.insert(chunk.key(), chunk);
            row += size;
        }
    }

    pub fn deliver(&mut self, message: impl Into<ImportsMessage>) -> Result<Outcome, Cow<'static, str>> {
        self.clock += 1;
        self.deliver_at(self.clock, message)
    }

    pub fn deliver_at(&mut self, at: i64, message: impl Into<ImportsMessage>) -> Result<Outcome, Cow<'static, str>> {
        let (id, at) = (MessageId::generate(), Timestamp::from_millis(at));
        let delivery = Delivery {
            id,
            causation: id,
            correlation: CorrelationId::generate(),
            aggregate_id: import_id().to_string(),
            at,
            position: Position { partition: 0, offset: self.clock },
            trace: TraceContext::start(),
            message: message.into(),
        };
        let wanted = Imports.rows(&delivery);
        let known = wanted.into_iter().filter_map(|key| Some((key.clone(), self.rows.get(&key)?.clone()))).collect();
        let mut out = Outbox::new(&delivery, &known);
        self.import = Imports.handle(self.import.clone(), &delivery, &mut out).map_err(|refusal| refusal.code)?;
        let (sent, calls, rows) = out.contents();
        for row in rows {
            let before = self.rows.insert(row.key(), row.clone());
            assert!(before.is_none(), "what is wrong with a row is told once");
        }
        let mut outcome =
            Outcome { calls: calls.iter().map(|call| call.effect.clone()).collect(), ..Outcome::default() };
        sent.iter().for_each(|sent| outcome.note(sent, delivery.at));
        Ok(outcome)
    }

    pub fn import(&self) -> &Import {
        self.import.as_ref().unwrap()
    }

    pub fn problems(&self) -> usize {
        self.rows.values().filter(|row| matches!(row, KeptRow::Problem(_))).count()
    }
}

impl Outcome {
    fn note(&mut self, sent: &Outgoing, at: Timestamp) {
        let start = Position { partition: 0, offset: 0 };
        if sent.topic == ImportsMessage::TOPIC {
            let message = Delivery::<ImportsMessage>::decode(&sent.payload, start, at, None).unwrap().message;
            return self.to_itself.push(message);
        }
        let message = Delivery::<InventoryMessage>::decode(&sent.payload, start, at, None).unwrap().message;
        let InventoryMessage::ReceiveStock(command) = message else { panic!("{message:?}") };
        assert_eq!(sent.key, command.sku.as_str());
        self.commands.push(command.answer_to.unwrap());
    }
}

fn stock(row: u32) -> RowCommand {
    RowCommand::Stock { sku: format!("SKU-{row}").parse().unwrap(), quantity: 1, receipt: "note".to_owned() }
}
