//! What the calls read and write of the record.

use futures::TryStreamExt;
use import_files::{Keys, Known, KnownAccount};
use mongodb::{
    Collection, Cursor, Database,
    bson::{Document, doc, serialize_to_bson},
    error::Error,
};
use schemas::{
    accounts::{Account, Role},
    catalog::{CategoryTree, StoredTree},
    documents::Product,
    ids::{ImportId, ProductId, Sku, UserId},
    imports::{ImportChunk, ImportPiece, ImportProblem, ids_of},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shared::{
    engine::{Row, State},
    record::{is_duplicate, settled},
};

use crate::rows::KeptRow;

/// Pieces that are read at once.
const PIECES_AT_ONCE: u32 = 4;

/// The collections.
pub struct Record {
    pieces: Collection<ImportPiece>,
    chunks: Collection<StoredRow>,
    problems: Collection<StoredRow>,
    products: Collection<Stored<Product>>,
    trees: Collection<StoredTree>,
    accounts: Collection<Account<String>>,
}

/// What a file can say of a customer's account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Customer {
    /// The account.
    #[serde(rename = "_id")]
    pub user_id: UserId,
    /// The name.
    pub name: String,
    /// The telephone; empty if not given.
    pub phone: String,
    /// What its owner may do.
    #[serde(default)]
    pub role: Role,
}

#[derive(Deserialize)]
struct WithEmail {
    email: String,
    #[serde(flatten)]
    customer: Customer,
}

/// A row as the engine finds it: whatever it writes of it itself is newer.
#[derive(Serialize, Deserialize)]
struct StoredRow {
    #[serde(rename = "_id")]
    id: String,
    version: i64,
    row: KeptRow,
}

#[derive(Deserialize)]
struct Stored<S> {
    state: S,
}

#[derive(Deserialize)]
struct Related {
    product_id: ProductId,
    sku: Sku,
}

#[derive(Deserialize)]
struct Slug {
    product_id: ProductId,
    slug: String,
}

impl Record {
    /// Those of this database.
    pub fn new(database: &Database) -> Self {
        Self {
            pieces: database.collection_with_options(ImportPiece::COLLECTION, settled()),
            chunks: database.collection_with_options(ImportChunk::COLLECTION, settled()),
            problems: database.collection_with_options(ImportProblem::COLLECTION, settled()),
            products: database.collection_with_options(Product::COLLECTION, settled()),
            trees: database.collection_with_options(CategoryTree::COLLECTION, settled()),
            accounts: database.collection_with_options(Account::<String>::COLLECTION, settled()),
        }
    }

    /// The pieces of an upload, in their order.
    pub async fn pieces(&self, upload: &str) -> Result<Cursor<ImportPiece>, Error> {
        self.pieces.find(between(&ids_of(upload))).sort(doc! { "_id": 1 }).batch_size(PIECES_AT_ONCE).await
    }

    /// What is known of what some rows name.
    pub async fn known(&self, keys: &Keys) -> Result<Known, Error> {
        let skus = keys.skus.iter().map(Sku::as_str).collect();
        let slugs = keys.slugs.iter().map(String::as_str).collect();
        let products = async { find(&self.products, "state.sku", skus, doc! { "state": 1 }).await };
        let names = self.products.clone_with_type::<Stored<Slug>>();
        let fields = doc! { "state.product_id": 1, "state.slug": 1 };
        let names = async { find(&names, "state.slug", slugs, fields).await };
        let others = keys.related.difference(&keys.skus).map(Sku::as_str).collect();
        let related = self.products.clone_with_type::<Stored<Related>>();
        let fields = doc! { "state.product_id": 1, "state.sku": 1 };
        let related = async { find(&related, "state.sku", others, fields).await };
        let emails = keys.emails.iter().map(String::as_str).collect();
        let accounts = self.accounts.clone_with_type::<WithEmail>();
        let accounts = async { find(&accounts, "email", emails, customer_fields()).await };
        // A tree from before categories had attributes, which stands elsewhere, says nothing of them.
        let tree = async { self.trees.find_one(doc! { "_id": CategoryTree::ID }).await };
        let (products, related, names, accounts, tree) = futures::try_join!(products, related, names, accounts, tree)?;
        let by_sku = |Stored { state }: Stored<Product>| (state.sku.clone(), state);
        let id_by_sku = |Stored { state }: Stored<Related>| (state.sku, state.product_id);
        let by_slug = |Stored { state }: Stored<Slug>| (state.slug, state.product_id);
        Ok(Known {
            products: products.into_iter().map(by_sku).collect(),
            related: related.into_iter().map(id_by_sku).collect(),
            slugs: names.into_iter().map(by_slug).collect(),
            accounts: accounts.into_iter().map(|known| (known.email, known.customer.into())).collect(),
            categories: tree.map(CategoryTree::from).unwrap_or_default(),
        })
    }

    /// Writes rows that nobody has written before, for the handler to find or for operators to read.
    pub async fn insert(&self, rows: Vec<KeptRow>) -> Result<(), Error> {
        let Some(first) = rows.first() else { return Ok(()) };
        let collection = match first {
            KeptRow::Chunk(_) => &self.chunks,
            KeptRow::Problem(_) => &self.problems,
        };
        let stored = rows.into_iter().map(|row| StoredRow { id: row.key().id, version: 0, row });
        collection.insert_many(stored).ordered(false).await.map(drop)
    }

    /// A chunk.
    pub async fn chunk(&self, import: ImportId, check: &str, number: i32) -> Result<Option<ImportChunk>, Error> {
        let stored = self.chunks.find_one(doc! { "_id": ImportChunk::document_id(import, check, number) }).await?;
        Ok(stored.and_then(|stored| match stored.row {
            KeptRow::Chunk(chunk) => Some(chunk),
            KeptRow::Problem(_) => None,
        }))
    }

    /// The account with this address.
    pub async fn customer(&self, email: &str) -> Result<Option<Customer>, Error> {
        let customers = self.accounts.clone_with_type::<Customer>();
        customers.find_one(doc! { "email": email }).projection(customer_fields()).await
    }

    /// Opens an account. Returns whether there was none with its address.
    pub async fn open(&self, account: &Account<String>) -> Result<bool, Error> {
        match self.accounts.insert_one(account).await {
            Ok(_) => Ok(true),
            Err(error) if is_duplicate(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Changes an account. Returns whether it was still as it is known; one that became an operator's is not.
    pub async fn change(&self, known: &Customer, after: &Customer) -> Result<bool, Error> {
        let role = |role: &Role| serialize_to_bson(role).map_err(Error::from);
        let mut same = doc! { "_id": known.user_id.to_string(), "name": &known.name, "phone": &known.phone };
        // An account from before there were roles has none.
        same.insert("$expr", doc! { "$eq": [{ "$ifNull": ["$role", role(&Role::Customer)?] }, role(&known.role)?] });
        let change = doc! { "$set": { "name": &after.name, "phone": &after.phone, "role": role(&after.role)? } };
        Ok(self.accounts.update_one(same, change).await?.matched_count == 1)
    }

    /// Deletes the pieces of an upload.
    pub async fn delete_pieces(&self, upload: &str) -> Result<(), Error> {
        self.pieces.delete_many(between(&ids_of(upload))).await.map(drop)
    }

    /// Deletes the chunks with these ids.
    pub async fn delete_chunks(&self, ids: &(String, String)) -> Result<(), Error> {
        self.chunks.delete_many(between(ids)).await.map(drop)
    }

    /// Deletes the problems with these ids.
    pub async fn delete_problems(&self, ids: &(String, String)) -> Result<(), Error> {
        self.problems.delete_many(between(ids)).await.map(drop)
    }
}

fn between((from, to): &(String, String)) -> Document {
    doc! { "_id": { "$gte": from, "$lt": to } }
}

async fn find<T: DeserializeOwned + Send + Sync>(
    collection: &Collection<T>,
    key: &str,
    values: Vec<&str>,
    fields: Document,
) -> Result<Vec<T>, Error> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    collection.find(doc! { key: { "$in": values } }).projection(fields).await?.try_collect().await
}

/// What is not named here is not read, above all the password's hash.
fn customer_fields() -> Document {
    doc! { "email": 1, "name": 1, "phone": 1, "role": 1 }
}

impl From<Customer> for KnownAccount {
    fn from(customer: Customer) -> Self {
        let Customer { name, phone, role, .. } = customer;
        Self { name, phone, price_list: role.prices(), is_operators: role.is_operators() }
    }
}
