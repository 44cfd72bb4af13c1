//! From a record to the cells of a row: what a form reads, written.

use std::collections::HashMap;

use schemas::{
    catalog::Fitment,
    documents::Product,
    ids::{ProductId, Sku},
    types::PriceList,
};

use crate::{
    columns::{Fault, Names, product::named},
    form::Form,
    lists::fitting,
};

/// The SKUs of the products that others lead to.
struct Skus<'a>(&'a HashMap<ProductId, Sku>);

impl Names for Skus<'_> {
    fn sku_of(&self, id: ProductId) -> Option<Sku> {
        self.0.get(&id).cloned()
    }

    fn id_of(&self, _: &str) -> Result<ProductId, Fault> {
        Err("is written, not read".into())
    }
}

impl Form {
    /// The cells of a product, or of its prices. `skus` has the products that it leads to.
    #[must_use]
    pub fn product_cells(&self, product: &Product, skus: &HashMap<ProductId, Sku>) -> Vec<String> {
        let mut put = product.as_put();
        self.written(|name| match (name, named(name)) {
            ("sku", _) => product.sku.to_string(),
            (_, Some(column)) => (column.field)(&mut put).show(&Skus(skus)),
            (_, None) => String::new(),
        })
    }

    /// The cells of a part's stock; quantity and receipt are left for whoever fills them in.
    #[must_use]
    pub fn stock_cells(&self, sku: &Sku, name: &str, available: i64) -> Vec<String> {
        self.written(|column| match column {
            "sku" => sku.to_string(),
            "name" => name.to_owned(),
            "available" => available.to_string(),
            _ => String::new(),
        })
    }

    /// The cells of a vehicle that a product fits.
    #[must_use]
    pub fn fitment_cells(&self, sku: &Sku, fitment: &Fitment) -> Vec<String> {
        self.written(|column| match column {
            "sku" => sku.to_string(),
            "make" => fitment.make.clone(),
            "model" => fitment.model.clone(),
            "year_from" => fitment.year_from.to_string(),
            "year_to" => fitment.year_to.to_string(),
            "variant" => fitment.variant.clone().unwrap_or_default(),
            _ => String::new(),
        })
    }

    /// The cells of a customer.
    #[must_use]
    pub fn customer_cells(&self, email: &str, name: &str, phone: &str, price_list: PriceList) -> Vec<String> {
        self.written(|column| match (column, price_list) {
            ("email", _) => email.to_owned(),
            ("name", _) => name.to_owned(),
            ("phone", _) => phone.to_owned(),
            ("price_list", PriceList::Retail) => "retail".to_owned(),
            ("price_list", PriceList::Wholesale) => "wholesale".to_owned(),
            _ => String::new(),
        })
    }

    fn written(&self, mut cell: impl FnMut(&str) -> String) -> Vec<String> {
        self.header().into_iter().map(|name| fitting(cell(name))).collect()
    }
}
