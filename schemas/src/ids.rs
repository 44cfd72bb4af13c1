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
    /// A file that an operator brought in.
    ImportId;
}

pub use shared::id::Sku;
