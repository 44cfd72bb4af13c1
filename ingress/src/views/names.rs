//! How the documentation describes the enums of other crates: by the names of their variants, as serde reads and writes
//! them.

use std::borrow::Cow;

use gstr1::Section;
use schemas::{
    accounts::Role,
    attempts::{AttemptState, PaymentChoice},
    cash::CashStanding,
    catalog::{PartKind, ProductStatus},
    disputes::DisputeState,
    documents::CouponState,
    imports::{
        ImportStatus,
        rows::{FileFormat, ImportKind},
    },
    ledger::{Account, Occasion},
    reconciliation::{FindingKind, FindingState},
    refunds::RefundState,
    replacements::ReplacementState,
    returns::{ReturnDecision, ReturnReason, ReturnState},
    types::{Currency, GatewayName, OrderStatus, PaymentMethod, PriceList},
};
use shared::engine::LetterState;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use crate::docs::Variants;

macro_rules! names {
    ($(#[doc = $about:literal] $doc:ident = $of:ty;)+) => {
        $(
            #[doc = $about]
            #[derive(Debug)]
            pub enum $doc {}

            impl PartialSchema for $doc {
                fn schema() -> RefOr<Schema> {
                    Variants::of::<$of>().schema($about.trim())
                }
            }

            impl ToSchema for $doc {
                fn name() -> Cow<'static, str> {
                    Variants::of::<$of>().name.into()
                }
            }
        )+

        /// All of them by their names: what a parameter alone names is described as well.
        pub fn names() -> Vec<(Cow<'static, str>, RefOr<Schema>)> {
            vec![$(($doc::name(), $doc::schema())),+]
        }
    };
}

names! {
    /// An account of the money ledger.
    AccountDoc = Account;
    /// How far an attempt at paying an order has come.
    AttemptStateDoc = AttemptState;
    /// How far an order for cash is paid.
    CashStandingDoc = CashStanding;
    /// Whether an order uses its coupon.
    CouponStateDoc = CouponState;
    /// ISO 4217.
    CurrencyDoc = Currency;
    /// Where a dispute stands.
    DisputeStateDoc = DisputeState;
    /// How a file is written.
    FileFormatDoc = FileFormat;
    /// What reconciliation found.
    FindingKindDoc = FindingKind;
    /// Whether anything is left to do about a finding.
    FindingStateDoc = FindingState;
    /// A payment gateway.
    GatewayDoc = GatewayName;
    /// What the rows of a file are.
    ImportKindDoc = ImportKind;
    /// Where a file that was brought in stands.
    ImportStatusDoc = ImportStatus;
    /// What has become of a dead letter.
    LetterStateDoc = LetterState;
    /// What happened to the money.
    OccasionDoc = Occasion;
    /// Where an order stands.
    OrderStatusDoc = OrderStatus;
    /// Whether a part is made for the vehicle's maker, or by somebody else.
    PartKindDoc = PartKind;
    /// How a customer wants to pay; `card` is at whichever gateway can be reached.
    PaymentChoiceDoc = PaymentChoice;
    /// How an order is paid: through a gateway, or in cash to the carrier.
    PaymentMethodDoc = PaymentMethod;
    /// Which of a product's price lists.
    PriceListDoc = PriceList;
    /// Where a product stands; only an active one is shown and sold.
    ProductStatusDoc = ProductStatus;
    /// How far a refund has come; one of an order for cash is `owed` until it is paid out, or `set_off`.
    RefundStateDoc = RefundState;
    /// How far the replacement of an invoice has come.
    ReplacementStateDoc = ReplacementState;
    /// What the shop says to a return.
    ReturnDecisionDoc = ReturnDecision;
    /// Why goods come back.
    ReturnReasonDoc = ReturnReason;
    /// How far a return has come.
    ReturnStateDoc = ReturnState;
    /// What the owner of an account may do.
    RoleDoc = Role;
    /// A sheet of the GSTR-1 return.
    SectionDoc = Section;
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::testing::Bench;

    /// What is called the same as something else would be described as that.
    #[tokio::test]
    async fn every_enum_is_described_under_a_name_of_its_own() {
        let description = crate::router::api(&Bench::new().await.app).1;
        let described = description.components.unwrap().schemas;
        let names = names();
        for (name, schema) in &names {
            assert!(described.get(name.as_ref()) == Some(schema), "{name}");
            let RefOr::T(Schema::Object(object)) = schema else { panic!("{name}") };
            assert!(object.enum_values.as_ref().is_some_and(|values| !values.is_empty()), "{name}");
        }
        assert_eq!(names.iter().map(|(name, _)| name).collect::<HashSet<_>>().len(), names.len());
    }
}
