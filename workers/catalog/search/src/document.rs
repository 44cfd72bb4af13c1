//! A product as the index holds it. Nothing is stored: an answer is ids, and the products are read from the record.

use std::collections::BTreeSet;

use schemas::{documents::Product, ids::ProductId};
use tantivy::{
    TantivyDocument, Term,
    schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
    tokenizer::{PreTokenizedString, Token},
};

use crate::{
    attribute,
    numbers::{normalised, pieces},
    vehicle,
    words::words,
};

/// Changes whenever what is written here changes: an index that was written otherwise is made anew.
pub const VERSION: u32 = 3;

/// What is kept for each product.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    /// The product id in full.
    pub id: Field,
    /// [`SOLD`] for a product that is sold, [`REPLACED`] for one in whose place another is.
    pub active: Field,
    /// The words of the name.
    pub title: Field,
    /// Those, and the words of brand, category, tags and vehicles.
    pub text: Field,
    /// The words of the description.
    pub description: Field,
    /// All part numbers, whole.
    pub number: Field,
    /// Their pieces, in order.
    pub fragment: Field,
    /// The SKU as it is written.
    pub sku: Field,
    /// The category.
    pub category: Field,
    /// The brand.
    pub brand: Field,
    /// What it says of itself by name.
    pub attribute: Field,
    /// The makers of the vehicles that it fits.
    pub make: Field,
    /// The keys of the vehicles that it fits.
    pub vehicle: Field,
    /// The price in paise.
    pub price: Field,
    /// When it was listed.
    pub listed: Field,
    /// What it is sorted by when sorted by name.
    pub name: Field,
    /// Its revision.
    pub revision: Field,
    id_high: Field,
    id_low: Field,
}

/// Of a product that is sold.
pub const SOLD: &str = "yes";
/// Of a product that is found by its numbers alone, because another is sold in its place.
pub const REPLACED: &str = "replaced";

/// Names of columns.
pub mod column {
    pub const ID_HIGH: &str = "id_high";
    pub const ID_LOW: &str = "id_low";
    pub const REVISION: &str = "revision";
    pub const PRICE: &str = "price";
    pub const LISTED: &str = "listed";
    pub const NAME: &str = "name";
    pub const CATEGORY: &str = "category";
    pub const BRAND: &str = "brand";
    pub const MAKE: &str = "make";
    pub const ATTRIBUTE: &str = "attribute";
}

impl Fields {
    /// The schema and its fields.
    pub fn schema() -> (Schema, Self) {
        let mut schema = Schema::builder();
        let indexed = |positions| {
            let indexing = TextFieldIndexing::default().set_tokenizer("raw").set_fieldnorms(false);
            TextOptions::default().set_indexing_options(indexing.set_index_option(positions))
        };
        let exact = indexed(IndexRecordOption::Basic);
        let counted = exact.clone().set_fast("raw");
        let fields = Self {
            id: schema.add_bytes_field("id", INDEXED),
            active: schema.add_text_field("active", exact.clone()),
            title: schema.add_text_field("title", exact.clone()),
            text: schema.add_text_field("text", exact.clone()),
            description: schema.add_text_field("description", exact.clone()),
            number: schema.add_text_field("number", exact.clone()),
            fragment: schema.add_text_field("fragment", indexed(IndexRecordOption::WithFreqsAndPositions)),
            sku: schema.add_text_field("sku", exact.clone()),
            category: schema.add_text_field(column::CATEGORY, counted.clone()),
            brand: schema.add_text_field(column::BRAND, counted.clone()),
            attribute: schema.add_text_field(column::ATTRIBUTE, counted),
            make: schema.add_text_field(column::MAKE, TextOptions::default().set_fast("raw")),
            vehicle: schema.add_text_field("vehicle", exact),
            price: schema.add_i64_field(column::PRICE, FAST),
            listed: schema.add_i64_field(column::LISTED, FAST),
            name: schema.add_text_field(column::NAME, TextOptions::default().set_fast("raw")),
            revision: schema.add_i64_field(column::REVISION, FAST),
            id_high: schema.add_u64_field(column::ID_HIGH, FAST),
            id_low: schema.add_u64_field(column::ID_LOW, FAST),
        };
        (schema.build(), fields)
    }

    /// What finds a product by its id.
    pub fn id_term(&self, id: ProductId) -> Term {
        Term::from_field_bytes(self.id, id.as_uuid().as_bytes())
    }

    /// A product's document. One that is not sold leaves its revision alone, so that nothing older comes back.
    pub fn document(&self, product: &Product) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        let id = product.product_id.as_uuid();
        let (high, low) = id.as_u64_pair();
        document.add_bytes(self.id, id.as_bytes());
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        document.add_i64(self.revision, product.revision);
        if product.active || product.successor().is_some() {
            self.add_what_it_is(&mut document, product);
            self.add_numbers(&mut document, product);
        }
        if product.active {
            self.add_words(&mut document, product);
        }
        document
    }

    fn add_what_it_is(&self, document: &mut TantivyDocument, product: &Product) {
        document.add_text(self.active, if product.active { SOLD } else { REPLACED });
        document.add_text(self.sku, product.sku.as_str());
        document.add_text(self.category, &product.category);
        document.add_text(self.brand, &product.brand);
        product.page.attributes.iter().for_each(|one| document.add_text(self.attribute, attribute::term(one)));
        document.add_i64(self.price, product.price.minor);
        document.add_i64(self.listed, product.listed_at.as_millis());
        document.add_text(self.name, product.name.to_lowercase());
        let makes: BTreeSet<&str> = product.fitment.iter().map(|fits| fits.make.as_str()).collect();
        makes.iter().for_each(|make| document.add_text(self.make, make));
        document.add_pre_tokenized_text(self.vehicle, tokens(vehicle::keys(&product.fitment)));
    }

    fn add_words(&self, document: &mut TantivyDocument, product: &Product) {
        let title: BTreeSet<String> = words(&product.name).into_iter().collect();
        let vehicles: BTreeSet<&str> =
            product.fitment.iter().flat_map(|fits| [fits.make.as_str(), fits.model.as_str()]).collect();
        let labels = [product.category.as_str(), product.brand.as_str()].into_iter();
        let labels = labels.chain(product.labels.tags.iter().map(String::as_str)).chain(vehicles);
        let text = labels.flat_map(words).chain(title.iter().cloned()).collect::<BTreeSet<_>>();
        let description = words(&product.description).into_iter().collect::<BTreeSet<_>>();
        for (field, words) in [(self.title, title), (self.text, text), (self.description, description)] {
            document.add_pre_tokenized_text(field, tokens(words));
        }
    }

    fn add_numbers(&self, document: &mut TantivyDocument, product: &Product) {
        let labels = &product.labels;
        let all = [product.sku.as_str(), &product.oem_number].into_iter();
        let all = all.chain(labels.barcode.as_deref()).chain(labels.cross_references.iter().map(String::as_str));
        let numbers: BTreeSet<String> = all.map(normalised).filter(|number| !number.is_empty()).collect();
        for number in &numbers {
            // Each a value of its own: between two values positions have a gap, so that no piece of one follows another's.
            document.add_pre_tokenized_text(self.fragment, tokens(pieces(number)));
        }
        document.add_pre_tokenized_text(self.number, tokens(numbers));
    }
}

fn tokens(texts: impl IntoIterator<Item = String>) -> PreTokenizedString {
    let token = |(position, text): (usize, String)| Token { position, text, position_length: 1, ..Token::default() };
    PreTokenizedString { text: String::new(), tokens: texts.into_iter().enumerate().map(token).collect() }
}
