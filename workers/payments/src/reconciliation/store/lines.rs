//! What was settled, as far as it was read: lines are kept, so that one that stands in two files is noticed.

use futures::TryStreamExt;
use mongodb::{
    Collection, Database,
    bson::{Bson, Document, doc, serialize_to_document},
    error::Error,
};

use super::AT_ONCE;
use crate::reconciliation::books::Line;

/// Where the lines are.
pub(super) const COLLECTION: &str = "settlement_lines";

/// The settlement lines.
#[derive(Clone)]
pub struct Lines {
    database: Database,
    lines: Collection<Line>,
}

impl Lines {
    /// The lines in this database.
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone(), lines: database.collection(COLLECTION) }
    }

    /// Keeps lines; one that was read before is replaced, but whether it was told stays known.
    ///
    /// # Errors
    /// What the database says.
    pub async fn keep(&self, lines: &[Line]) -> Result<(), Error> {
        for some in lines.chunks(AT_ONCE) {
            let updates: Result<Vec<Document>, Error> = some
                .iter()
                .map(|line| {
                    let mut content = serialize_to_document(line).map_err(Error::custom)?;
                    content.remove("_id");
                    Ok(doc! { "q": { "_id": &line.id }, "u": { "$set": content }, "upsert": true })
                })
                .collect();
            update(&self.database, COLLECTION, updates?).await?;
        }
        Ok(())
    }

    /// Notes that the payments worker was told of these.
    ///
    /// # Errors
    /// What the database says.
    pub async fn note_told(&self, ids: &[String]) -> Result<(), Error> {
        for some in ids.chunks(AT_ONCE) {
            self.lines.update_many(doc! { "_id": { "$in": some } }, doc! { "$set": { "told": true } }).await?;
        }
        Ok(())
    }

    /// The lines for these captures and refunds.
    ///
    /// # Errors
    /// What the database says.
    pub async fn of(&self, entities: &[String]) -> Result<Vec<Line>, Error> {
        let mut found = Vec::new();
        for some in entities.chunks(AT_ONCE) {
            let lines: Vec<Line> = self.lines.find(doc! { "entity": { "$in": some } }).await?.try_collect().await?;
            found.extend(lines);
        }
        Ok(found)
    }
}

/// Makes many updates in one request, each by itself.
///
/// # Errors
/// What the database says of the request or of the first update that it refuses.
pub(super) async fn update(database: &Database, collection: &str, updates: Vec<Document>) -> Result<(), Error> {
    let concern = doc! { "w": "majority", "j": true };
    let command = doc! { "update": collection, "updates": updates, "ordered": false, "writeConcern": concern };
    let answer = database.run_command(command).await?;
    match answer.get_array("writeErrors").ok().and_then(|errors| errors.first()) {
        Some(Bson::Document(error)) => Err(Error::custom(format!("writing to {collection}: {error}"))),
        _ => Ok(()),
    }
}
