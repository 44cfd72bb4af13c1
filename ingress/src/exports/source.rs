//! The rows of a file, from the record: a page at a time, in the order of ids.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use import_files::Form;
use schemas::{
    documents::Product,
    ids::{ProductId, Sku, UserId},
    imports::rows::ImportKind,
};

use crate::{app::App, problem::Problem};

/// Documents of a page: one may have a thousand vehicles.
const PAGE: i64 = 200;

/// Where the rows come from.
pub struct Source {
    app: Arc<App>,
    form: Form,
    products: Option<ProductId>,
    customers: Option<UserId>,
}

impl Source {
    /// All rows of this kind.
    pub fn new(app: Arc<App>, kind: ImportKind) -> Self {
        Self { app, form: Form::whole(kind), products: None, customers: None }
    }

    /// Their columns.
    pub const fn form(&self) -> &Form {
        &self.form
    }

    /// The next of them; `None` after the last.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn next(&mut self) -> Result<Option<Vec<Vec<String>>>, Problem> {
        match self.form.kind() {
            ImportKind::Customers => self.next_customers().await,
            kind => {
                let products = self.next_products().await?;
                Ok(match products.is_empty() {
                    true => None,
                    false => Some(self.of_products(kind, &products).await?),
                })
            }
        }
    }

    async fn next_customers(&mut self) -> Result<Option<Vec<Vec<String>>>, Problem> {
        let customers = self.app.accounts.customers(self.customers, PAGE).await?;
        let Some(last) = customers.last() else { return Ok(None) };
        self.customers = Some(last.user_id);
        let rows = customers.iter().map(|customer| {
            self.form.customer_cells(&customer.email, &customer.name, &customer.phone, customer.role.prices())
        });
        Ok(Some(rows.collect()))
    }

    async fn next_products(&mut self) -> Result<Vec<Product>, Problem> {
        let products = self.app.products.all(None, self.products, PAGE).await?;
        let products: Vec<Product> = products.into_iter().map(|document| document.state).collect();
        self.products = products.last().map(|last| last.product_id).or(self.products);
        Ok(products)
    }

    async fn of_products(&self, kind: ImportKind, products: &[Product]) -> Result<Vec<Vec<String>>, Problem> {
        let form = &self.form;
        if kind == ImportKind::Fitments {
            let of = |product: &Product| -> Vec<_> {
                product.fitment.iter().map(|vehicle| form.fitment_cells(&product.sku, vehicle)).collect()
            };
            return Ok(products.iter().flat_map(of).collect());
        }
        if kind == ImportKind::Stock {
            let skus: Vec<&Sku> = products.iter().map(|product| &product.sku).collect();
            let stock = self.app.stock.available(&skus).await?;
            let of = |Product { sku, name, .. }: &Product| {
                form.stock_cells(sku, name, stock.get(sku).copied().unwrap_or_default())
            };
            return Ok(products.iter().map(of).collect());
        }
        let skus = self.skus(products).await?;
        Ok(products.iter().map(|product| form.product_cells(product, &skus)).collect())
    }

    /// The SKUs of the products that these lead to.
    async fn skus(&self, products: &[Product]) -> Result<HashMap<ProductId, Sku>, Problem> {
        let leads = |product: &Product| {
            let relations = &product.relations;
            relations.replaced_by.into_iter().chain(relations.alternatives.clone()).collect::<Vec<_>>()
        };
        let ids: BTreeSet<ProductId> = products.iter().flat_map(leads).collect();
        self.app.products.skus(&ids.into_iter().collect::<Vec<_>>()).await
    }
}
