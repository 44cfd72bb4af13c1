//! What the tests of the rules share: a product, and the handler with its documents in memory.

use std::{borrow::Cow, collections::HashMap};

use schemas::{
    catalog::{
        CatalogEvent, CatalogMessage, CategoryTree, Fitment, PutProduct, Review, TraceReplacement,
        changes::ProductChange,
    },
    documents::Product,
    ids::{ImportId, ProductId},
    imports::{ImportRow, ImportsMessage},
    types::{Money, Timestamp},
};
use shared::{
    engine::{Handler, Outbox, Row, RowKey, Taken},
    id::{CorrelationId, MessageId, Uuid},
    message::{Delivery, Outgoing, Position},
    trace::TraceContext,
};

use crate::{handler::Catalog, history, rows::CatalogRow};

/// When the first message of a product came.
pub const LISTED: Timestamp = Timestamp::from_millis(1_000);
/// When all others did.
pub const LATER: Timestamp = Timestamp::from_millis(2_000);

const START: Position = Position { partition: 0, offset: 0 };

/// A row of a file.
pub fn a_row(row: u8) -> ImportRow {
    ImportRow { import_id: ImportId::from_uuid(Uuid::from_u128(9)), chunk: 0, place: 0, row: row.into() }
}

/// What a row of a file was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Its command was carried out.
    Applied { changed: bool },
    /// It was not, for this reason.
    Refused(String),
}

/// What handling left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The product, if there is one.
    pub product: Option<Product>,
    /// What rows of files were told.
    pub told: Vec<(ImportRow, Told)>,
    /// The revisions that were announced.
    pub announced: Vec<i64>,
    /// The traces that were sent.
    pub traces: Vec<TraceReplacement>,
    /// What was written down of changes.
    pub changes: Vec<ProductChange>,
}

pub fn brake_pads() -> PutProduct {
    let swift = ("Maruti Suzuki".to_owned(), "Swift".to_owned());
    PutProduct {
        slug: "front-brake-pads-swift".to_owned(),
        name: "Front brake pads".to_owned(),
        category: "Brakes".to_owned(),
        brand: "Bosch".to_owned(),
        hsn: "87083000".to_owned(),
        gst_basis_points: Some(2_800),
        price: Money::inr(120_000),
        weight_grams: 1_500,
        active: true,
        fitment: vec![Fitment { make: swift.0, model: swift.1, year_from: 2018, year_to: 2023, variant: None }],
        ..PutProduct::blank(ProductId::from_uuid(Uuid::from_u128(1)), "BRK-1".parse().unwrap())
    }
}

/// Handles a message of the brake pads' product, or of the one it names, that has no rows yet.
pub fn handle(before: Option<&Product>, message: impl Into<CatalogMessage>) -> Result<Outcome, Cow<'static, str>> {
    let message = message.into();
    let key = match &message {
        CatalogMessage::PutProduct(command) => command.product_id,
        CatalogMessage::ChangeProduct(command) => command.product.product_id,
        CatalogMessage::FitProduct(command) => command.product_id,
        CatalogMessage::TraceReplacement(command) => command.product_id,
        CatalogMessage::ReviewProduct(command) => command.product_id,
        CatalogMessage::WithdrawReview(command) => command.product_id,
        CatalogMessage::ModerateReview(command) => command.product_id,
    };
    handle_under(&key.to_string(), before, message)
}

/// As [`handle`], under this key.
pub fn handle_under(
    key: &str,
    before: Option<&Product>,
    message: impl Into<CatalogMessage>,
) -> Result<Outcome, Cow<'static, str>> {
    handle_with(key, before, message.into(), (&HashMap::new(), &[])).map(|(outcome, _)| outcome)
}

type Rows = HashMap<RowKey, CatalogRow>;

fn handle_with(
    key: &str,
    before: Option<&Product>,
    message: CatalogMessage,
    (rows, taken): (&Rows, &[Taken]),
) -> Result<(Outcome, Vec<CatalogRow>), Cow<'static, str>> {
    let id = MessageId::generate();
    let delivery = Delivery {
        id,
        causation: id,
        correlation: CorrelationId::generate(),
        aggregate_id: key.to_owned(),
        at: if before.is_none() { LISTED } else { LATER },
        position: START,
        trace: TraceContext::start(),
        message,
    };
    let wanted = Catalog.rows(&delivery);
    let known = wanted.into_iter().filter_map(|key| Some((key.clone(), rows.get(&key)?.clone()))).collect();
    let mut out = Outbox::new(&delivery, &known).knowing(taken);
    let product = Catalog.handle(before.cloned(), &delivery, &mut out).map_err(|refusal| refusal.code)?;
    let (sent, _, rows) = out.contents();
    let changes = rows.iter().filter_map(changed).collect();
    let (announced, traces, told) = (read(sent, announced), read(sent, traced), read(sent, told));
    Ok((Outcome { product, told, announced, traces, changes }, rows.to_vec()))
}

fn changed(row: &CatalogRow) -> Option<ProductChange> {
    match row {
        CatalogRow::Change(change) => Some(change.clone()),
        CatalogRow::Review(_) | CatalogRow::Categories(_) => None,
    }
}

fn read<T>(sent: &[Outgoing], one: fn(&Outgoing) -> Option<T>) -> Vec<T> {
    sent.iter().filter_map(one).collect()
}

fn announced(sent: &Outgoing) -> Option<i64> {
    let event = Delivery::<CatalogEvent>::decode(&sent.payload, START, LISTED, None).ok()?;
    let CatalogEvent::ProductChanged(event) = event.message;
    assert_eq!(event.product_id.to_string(), sent.key);
    Some(event.version)
}

fn told(sent: &Outgoing) -> Option<(ImportRow, Told)> {
    let (row, told) = match Delivery::<ImportsMessage>::decode(&sent.payload, START, LISTED, None).ok()?.message {
        ImportsMessage::RowApplied(answer) => (answer.row, Told::Applied { changed: answer.changed }),
        ImportsMessage::RowRefused(answer) => (answer.row, Told::Refused(answer.code)),
        other => panic!("{other:?}"),
    };
    assert_eq!(row.import_id.to_string(), sent.key);
    Some((row, told))
}

fn traced(sent: &Outgoing) -> Option<TraceReplacement> {
    match Delivery::<CatalogMessage>::decode(&sent.payload, START, LISTED, None).ok()?.message {
        CatalogMessage::TraceReplacement(trace) => Some(trace),
        other => panic!("{other:?}"),
    }
}

/// The brake pads and their rows, as the engine would keep them.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    product: Option<Product>,
    rows: Rows,
    taken: Vec<Taken>,
}

impl Desk {
    /// Handles one message and keeps what it changed.
    pub fn deliver(&mut self, message: impl Into<CatalogMessage>) -> Result<Outcome, Cow<'static, str>> {
        let key = brake_pads().product_id.to_string();
        let (outcome, rows) = handle_with(&key, self.product.as_ref(), message.into(), (&self.rows, &self.taken))?;
        self.product.clone_from(&outcome.product);
        self.rows.extend(rows.into_iter().map(|row| (row.key(), row)));
        Ok(outcome)
    }

    /// The store says that another product has this value.
    pub fn take(&mut self, field: &str, value: &str) {
        self.taken.push(Taken { field: field.to_owned(), value: value.to_owned() });
    }

    /// Has the products' categories be these from now on.
    pub fn plant(&mut self, tree: CategoryTree) {
        let row = CatalogRow::Categories(tree);
        self.rows.insert(row.key(), row);
    }

    pub fn state(&self) -> Option<Product> {
        self.product.clone()
    }

    pub fn product(&self) -> &Product {
        self.product.as_ref().unwrap()
    }

    pub fn knows(&self, change_id: &str) -> bool {
        self.rows.contains_key(&history::key(brake_pads().product_id, change_id))
    }

    pub fn change(&self, change_id: &str) -> ProductChange {
        changed(&self.rows[&history::key(brake_pads().product_id, change_id)]).unwrap()
    }

    pub fn reviews(&self) -> Vec<Review> {
        let review = |row: &CatalogRow| match row {
            CatalogRow::Review(review) => Some(review.clone()),
            CatalogRow::Change(_) | CatalogRow::Categories(_) => None,
        };
        self.rows.values().filter_map(review).collect()
    }
}
