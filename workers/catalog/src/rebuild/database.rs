//! The database's indexes over the products. One that is missing makes a list slow and lets two products share a name; it
//! breaks no answer.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use mongodb::{
    Collection, IndexModel,
    bson::Document,
    error::{Error, ErrorKind},
    options::IndexOptions,
};
use schemas::documents::Product;
use shared::{
    diff::Diff,
    engine::{ENGINE_INDEXED, Index, State},
};

use super::Arguments;
use crate::INDEXES;

/// The database's answer when there is no such collection.
const NAMESPACE_NOT_FOUND: i32 = 26;

/// How an index differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Difference {
    Missing,
    Other,
    NotWanted,
}

/// An index as it is or should be: its keys and whether they are unique.
type Shape = (Document, bool);

/// Compares the indexes with those that they should be, and with `--apply` makes anew what differs; how many differ.
pub(super) async fn indexes(products: &Collection<Document>, arguments: Arguments) -> Result<u64, Error> {
    let (wanted, found) = (wanted(), found(products).await?);
    let mut diff = Diff::new("indexes", arguments.show);
    diff.looked_at(wanted.len());
    for (name, difference) in compare(&wanted, &found) {
        diff.differs(&name, &[("index", shown(wanted.get(&name)), shown(found.get(&name)))]);
        if !arguments.apply {
            continue;
        }
        eprintln!("{name} ...");
        if difference != Difference::Missing {
            products.drop_index(&name).await?;
        }
        if let Some(shape) = wanted.get(&name) {
            products.create_index(model(&name, shape)).await?;
        }
    }
    diff.end();
    Ok(diff.count())
}

/// What the worker creates when it starts, by the name that the database gives it.
fn wanted() -> BTreeMap<String, Shape> {
    let named = |index: &Index| {
        let name: Vec<String> = index.keys.iter().map(|(key, order)| format!("{key}_{order}")).collect();
        let keys = index.keys.iter().map(|(key, order)| ((*key).to_owned(), (*order).into())).collect();
        (name.join("_"), (keys, index.unique))
    };
    // Those of other collections are no matter of search.
    INDEXES.iter().filter(|index| index.collection == Product::COLLECTION).map(named).collect()
}

/// The database and the engine have indexes of their own.
fn is_for_search(name: &str) -> bool {
    name != "_id_" && ENGINE_INDEXED.iter().all(|field| name != format!("{field}_1"))
}

async fn found(products: &Collection<Document>) -> Result<BTreeMap<String, Shape>, Error> {
    let models: Vec<IndexModel> = match products.list_indexes().await {
        Ok(cursor) => cursor.try_collect().await?,
        Err(error) => match *error.kind {
            ErrorKind::Command(ref refused) if refused.code == NAMESPACE_NOT_FOUND => Vec::new(),
            _ => return Err(error),
        },
    };
    let named = |model: IndexModel| {
        let options = model.options.unwrap_or_default();
        (options.name.unwrap_or_default(), (model.keys, options.unique.unwrap_or_default()))
    };
    Ok(models.into_iter().map(named).filter(|(name, _)| is_for_search(name)).collect())
}

/// The indexes that are not as they should be.
fn compare(wanted: &BTreeMap<String, Shape>, found: &BTreeMap<String, Shape>) -> Vec<(String, Difference)> {
    let missing_or_other = wanted.iter().filter_map(|(name, shape)| match found.get(name) {
        None => Some((name.clone(), Difference::Missing)),
        Some(other) if !same(shape, other) => Some((name.clone(), Difference::Other)),
        Some(_) => None,
    });
    let not_wanted = found.keys().filter(|name| !wanted.contains_key(*name));
    missing_or_other.chain(not_wanted.map(|name| (name.clone(), Difference::NotWanted))).collect()
}

/// The database gives back numbers in a type of its own choice.
fn same(one: &Shape, other: &Shape) -> bool {
    shown(Some(one)) == shown(Some(other))
}

fn shown(shape: Option<&Shape>) -> String {
    let Some((keys, unique)) = shape else { return "none".to_owned() };
    let order = |value: &mongodb::bson::Bson| {
        value.as_i32().map(i64::from).or_else(|| value.as_i64()).or_else(|| value.as_f64().map(|order| order as i64))
    };
    let keys: Vec<String> = keys
        .iter()
        .map(|(key, value)| {
            format!("{key}:{}", order(value).map_or_else(|| value.to_string(), |order| order.to_string()))
        })
        .collect();
    format!("{}{}", keys.join(","), if *unique { " unique" } else { "" })
}

fn model(name: &str, (keys, unique): &Shape) -> IndexModel {
    let options = IndexOptions::builder().name(name.to_owned()).unique(*unique).build();
    IndexModel::builder().keys(keys.clone()).options(options).build()
}

#[cfg(test)]
mod tests {
    use mongodb::bson::doc;

    use super::*;

    #[test]
    fn every_way_to_differ_is_told_and_the_types_of_numbers_are_none() {
        let wanted = wanted();
        let mut found = wanted.clone();
        assert_eq!(compare(&wanted, &found), []);
        found.insert("state.slug_1".to_owned(), (doc! { "state.slug": 1.0 }, true));
        assert_eq!(compare(&wanted, &found), []);
        found.insert("state.slug_1".to_owned(), (doc! { "state.slug": 1 }, false));
        found.remove("state.sku_1");
        found.insert("state.name_text".to_owned(), (doc! { "_fts": "text" }, false));
        let expected = [
            ("state.sku_1".to_owned(), Difference::Missing),
            ("state.slug_1".to_owned(), Difference::Other),
            ("state.name_text".to_owned(), Difference::NotWanted),
        ];
        assert_eq!(compare(&wanted, &found), expected);
    }
}
