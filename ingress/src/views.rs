//! What answers look like.

mod cash;
mod credit_note;
mod dead_letter;
mod definition;
mod facets;
mod invoice;
mod ledger;
mod names;
mod order;
mod order_return;
mod product;
mod schema;
mod status;
mod stuck;

pub use cash::{CashAccount, InstalmentState, InstalmentView, OrderCashView};
pub use credit_note::{CreditNoteList, CreditNoteView};
pub use dead_letter::{LetterList, LetterSummary, LetterView};
pub use definition::{DefinitionView, TypeName};
pub use facets::FacetsView;
pub use invoice::{InvoiceList, InvoiceView};
pub use ledger::{OrderLedger, TrialBalance, account_views};
pub use names::{
    AccountDoc, AttemptStateDoc, CashStandingDoc, CouponStateDoc, CurrencyDoc, DisputeStateDoc, FileFormatDoc,
    FindingKindDoc, FindingStateDoc, GatewayDoc, ImportKindDoc, ImportStatusDoc, LetterStateDoc, OccasionDoc,
    OrderStatusDoc, PartKindDoc, PaymentChoiceDoc, PaymentMethodDoc, PriceListDoc, ProductStatusDoc, RefundStateDoc,
    ReplacementStateDoc, ReturnDecisionDoc, ReturnReasonDoc, ReturnStateDoc, RoleDoc, SectionDoc, names,
};
pub use order::{OrderList, OrderSummary, OrderView};
pub use order_return::{AllReturns, ListedReturnView, ReturnAccepted, ReturnList, ReturnView};
pub use product::{ProductDetail, ProductList, ProductView, RatingView, VariantView};
pub use schema::{
    AddressDoc, AttributeDoc, FieldErrorDoc, FitmentDoc, ImageDoc, LineDoc, MoneyDoc, ProblemDoc, SizeDoc, SlabDoc,
    TierDoc, TotalsDoc,
};
pub use status::StatusBody;
pub use stuck::{StuckItem, StuckList};

use shared::time::Timestamp;

/// Writes a time as RFC 3339 in UTC.
///
/// # Errors
/// Those of the serializer.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
pub fn rfc3339<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

/// The same of what may not have happened: null then.
///
/// # Errors
/// Those of the serializer.
#[allow(clippy::ref_option, reason = "the signature that serde asks for")]
pub fn rfc3339_or_none<S: serde::Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => rfc3339(at, serializer),
        None => serializer.serialize_none(),
    }
}
