//! What product pages are checked against: each product's version, kept in Redis. Whoever shows products keeps them in memory
//! and shows one only while this is its version.

use schemas::documents::Product;
use shared::{
    engine::{Changed, Projection},
    versioned_cache::{CacheEntry, CacheError, Projected, VersionedCache},
};

/// Keeps the version of every changed product.
pub struct ProductVersions(Projected);

impl ProductVersions {
    /// A projection into the Redis at `url`; connects when first used.
    ///
    /// # Errors
    /// [`CacheError`] when the URL is not one.
    pub fn connect(url: &str, topic_prefix: &str) -> Result<Self, CacheError> {
        VersionedCache::connect(url, &Product::cache(topic_prefix)).map(Projected::into_cache).map(Self)
    }
}

impl Projection<Product> for ProductVersions {
    async fn project(&self, changed: &[Changed<'_, Product>]) -> Result<(), String> {
        let entries: Vec<CacheEntry> =
            changed.iter().map(|changed| Product::cache_entry(changed.id.to_owned(), changed.version)).collect();
        self.0.keep(&entries).await.map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_none_is_refused() {
        assert!(ProductVersions::connect("http://127.0.0.1", "").is_err());
    }

    #[test]
    fn a_version_is_kept_under_its_product_with_something_to_read() {
        let entry = Product::cache_entry("a".to_owned(), 3);
        assert_eq!((entry.id.as_str(), entry.version, entry.body.is_empty()), ("a", 3, false));
    }
}
