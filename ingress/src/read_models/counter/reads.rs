//! What pages ask for, besides products by their ids.

use std::{collections::HashSet, sync::Arc, time::Instant};

use schemas::{catalog::ProductStatus, ids::ProductId};

use super::{Counter, Selection};
use crate::{
    problem::Problem,
    read_models::{ProductDocument, products::Chain},
};

impl Counter {
    /// The product of this name in addresses, whether it can be bought or not.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_slug(&self, slug: &str) -> Result<Option<Arc<ProductDocument>>, Problem> {
        if let Some(id) = self.with(|at_hand| at_hand.kept.named(slug)) {
            let found = self.checked(&[id]).await.remove(&id);
            if let Some(found) = found.filter(|found| found.state.slug == slug) {
                return Ok(Some(found));
            }
        }
        let reading = self.begin();
        let found = self.products.by_slug(slug).await?;
        Ok(self.take(found.into_iter().collect(), &reading).await.pop())
    }

    /// The product that had this name in addresses once.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn by_former_slug(&self, slug: &str) -> Result<Option<Arc<ProductDocument>>, Problem> {
        let reading = self.begin();
        let found = self.products.by_former_slug(slug).await?;
        Ok(self.take(found.into_iter().collect(), &reading).await.pop())
    }

    /// A product that can be bought.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn sold(&self, id: ProductId) -> Result<Option<Arc<ProductDocument>>, Problem> {
        Ok(self.by_ids(&[id]).await?.remove(&id).filter(|found| found.state.active))
    }

    /// Those of these products that can be bought, in this order, each once; in the place of one that is sold no more, what
    /// is sold instead.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn in_order(&self, ids: &[ProductId]) -> Result<Vec<Arc<ProductDocument>>, Problem> {
        Ok(self.sold_for(ids).await?.into_iter().map(|(_, product)| product).collect())
    }

    /// The same, each with the product that it was asked for by.
    pub(super) async fn sold_for(&self, ids: &[ProductId]) -> Result<Vec<(ProductId, Arc<ProductDocument>)>, Problem> {
        let mut found = self.by_ids(ids).await?;
        let (mut shown, mut seen) = (Vec::new(), HashSet::new());
        for id in ids {
            let Some(product) = found.remove(id) else { continue };
            let sold = match product.state.active {
                true => Some(product),
                false => self.sold_instead(*id, product.state.successor()).await?,
            };
            shown.extend(sold.filter(|product| seen.insert(product.state.product_id)).map(|product| (*id, product)));
        }
        Ok(shown)
    }

    /// The product that is sold in the place of one that `next` is to replace: the first of the chain that is sold.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn sold_instead(
        &self,
        product: ProductId,
        mut next: Option<ProductId>,
    ) -> Result<Option<Arc<ProductDocument>>, Problem> {
        let mut chain = Chain::from(product);
        while let Some(id) = next.filter(|id| chain.goes_on_to(*id)) {
            let Some(found) = self.by_ids(&[id]).await?.remove(&id) else { break };
            if found.state.active {
                return Ok(Some(found));
            }
            next = found.state.successor();
        }
        Ok(None)
    }

    /// The products of a selection.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn select(&self, selection: Selection) -> Result<Vec<Arc<ProductDocument>>, Problem> {
        if let Some(found) = self.selected(&selection).await? {
            return Ok(found);
        }
        let reading = self.begin();
        let found = self.take(self.products.select(&selection).await?, &reading).await;
        self.with(|at_hand| at_hand.keep_selected(selection, &found, reading.begun));
        Ok(found)
    }

    /// Those of a selection that is kept, if each still belongs to it.
    async fn selected(&self, selection: &Selection) -> Result<Option<Vec<Arc<ProductDocument>>>, Problem> {
        let Some(ids) = self.with(|at_hand| at_hand.selected(selection, Instant::now())) else { return Ok(None) };
        let mut found = self.by_ids(&ids).await?;
        let fitting = |id| found.remove(id).filter(|product| selection.fits(&product.state));
        Ok(ids.iter().map(fitting).collect())
    }

    /// Up to `limit` products as the record has them, whether they can be bought or not, in the order of their ids, from after
    /// `after` on.
    ///
    /// # Errors
    /// A problem when the store does not answer.
    pub async fn all(
        &self,
        status: Option<ProductStatus>,
        after: Option<ProductId>,
        limit: i64,
    ) -> Result<Vec<Arc<ProductDocument>>, Problem> {
        let reading = self.begin();
        Ok(self.take(self.products.all(status, after, limit).await?, &reading).await)
    }
}
