//! What a test shop sells: the demo's parts, and parts of the tests' own.

use std::{fs, path::Path};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::environment;

/// The part of the demo catalog of which there is none.
pub const OUT_OF_STOCK: &str = "RAD-NEXON-OUT";
/// A part of the demo catalog of which there are many.
pub const PADS: &str = "BRK-PAD-F-SWIFT";
/// Another one.
pub const OIL_FILTER: &str = "FLT-OIL-SWIFT";

/// A catalog file in the making.
#[derive(Debug, Clone)]
pub struct Catalog(Value);

impl Catalog {
    /// The demo's.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn demo() -> Self {
        let file = environment::root().join("config/demo-catalog.json");
        let text = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self(serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
    }

    /// With one more part: like the first of the catalog, but for its name and stock.
    #[must_use]
    pub fn with(mut self, sku: &str, stock: i64) -> Self {
        let mut product = self.0["products"][0].clone();
        product["product_id"] = json!(id_of(sku));
        product["sku"] = json!(sku);
        product["slug"] = json!(sku.to_ascii_lowercase());
        product["name"] = json!(sku);
        product["stock"] = json!(stock);
        self.products_mut().push(product);
        self
    }

    /// With another value in a field of a part.
    ///
    /// # Panics
    /// When the shop does not sell it.
    #[must_use]
    pub fn changed(mut self, sku: &str, field: &str, value: Value) -> Self {
        let product = self.products_mut().iter_mut().find(|product| product["sku"] == sku);
        product.unwrap_or_else(|| panic!("the test's catalog has no {sku}"))[field] = value;
        self
    }

    /// With this much of everything that is not out of stock.
    #[must_use]
    pub fn stocked(mut self, stock: i64) -> Self {
        for product in self.products_mut() {
            if product["stock"].as_i64().unwrap_or_default() > 1 {
                product["stock"] = json!(stock);
            }
        }
        self
    }

    /// The id under which the shop sells a part.
    ///
    /// # Panics
    /// When it does not sell it.
    #[must_use]
    pub fn product_id(&self, sku: &str) -> String {
        self.product(sku)["product_id"].as_str().unwrap_or_default().to_owned()
    }

    /// How many units the catalog brings of a part.
    ///
    /// # Panics
    /// When the shop does not sell it.
    #[must_use]
    pub fn stock(&self, sku: &str) -> i64 {
        self.product(sku)["stock"].as_i64().unwrap_or_default()
    }

    /// Every part of which there are some.
    #[must_use]
    pub fn skus_in_stock(&self) -> Vec<String> {
        let products = self.products().iter().filter(|product| product["stock"].as_i64().unwrap_or_default() > 1);
        products.filter_map(|product| Some(product["sku"].as_str()?.to_owned())).collect()
    }

    /// Every part with what came of it.
    #[must_use]
    pub fn deliveries(&self) -> Vec<(String, i64)> {
        let delivery = |product: &Value| Some((product["sku"].as_str()?.to_owned(), product["stock"].as_i64()?));
        self.products().iter().filter_map(delivery).collect()
    }

    /// Writes the file that `load-catalog` reads.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, file: &Path) {
        fs::write(file, self.0.to_string()).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    fn products(&self) -> &[Value] {
        self.0["products"].as_array().map_or(&[], Vec::as_slice)
    }

    fn products_mut(&mut self) -> &mut Vec<Value> {
        self.0["products"].as_array_mut().expect("a list of products")
    }

    fn product(&self, sku: &str) -> &Value {
        let found = self.products().iter().find(|product| product["sku"] == sku);
        found.unwrap_or_else(|| panic!("the test's catalog has no {sku}"))
    }
}

fn id_of(sku: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, sku.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_tests_own_stands_beside_the_demos() {
        let catalog = Catalog::demo().stocked(7).with("E2E-ONE", 3);
        assert_eq!((catalog.stock("E2E-ONE"), catalog.stock(PADS), catalog.stock(OUT_OF_STOCK)), (3, 7, 0));
        assert_ne!(catalog.product_id("E2E-ONE"), catalog.product_id(PADS));
    }
}
