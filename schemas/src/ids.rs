//! One type per kind of thing that has an identity.

shared::id_type! {
    /// An order.
    OrderId;
    /// A customer's account.
    UserId;
    /// A product in the catalog.
    ProductId;
    /// A difference that reconciliation found.
    FindingId;
}

pub use shared::id::Sku;
