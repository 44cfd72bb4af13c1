//! The calls this worker makes outside, as they are recorded before they are made.

use schemas::{
    ids::OrderId,
    payments::GatewayCall,
    types::{GatewayName, Money},
};
use serde::{Deserialize, Serialize};

/// One call to a gateway. The recorded effect's id is the call's idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayEffect {
    /// The order that is paid.
    pub order_id: OrderId,
    /// Whom to call.
    pub gateway: GatewayName,
    /// What to ask.
    pub ask: Ask,
}

/// What is asked of a gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum Ask {
    /// Make a payment that the customer can authorise and only we can capture.
    Create {
        /// Exactly this much.
        amount: Money,
        /// Which of the order's attempts at payment it is for.
        #[serde(default = "first")]
        attempt: i32,
        /// Whether it may be made at another gateway if this one certainly does not.
        #[serde(default)]
        may_move: bool,
    },
    /// Take the authorised money.
    Capture {
        /// Which payment.
        target: Target,
        /// All of it.
        amount: Money,
    },
    /// Make sure that nothing can be taken any more.
    Void {
        /// Which payment.
        target: Target,
    },
    /// Give captured money back.
    Refund {
        /// Which payment.
        target: Target,
        /// This much.
        amount: Money,
        /// What had gone back when this was decided, in minor units. If more has by now, it may be this very refund, and
        /// nothing is done; `None` in what was recorded before this was.
        #[serde(default)]
        before_minor: Option<i64>,
    },
    /// Describe the payment.
    Query {
        /// Which payment.
        target: Target,
    },
}

/// In effects from before there were several.
const fn first() -> i32 {
    1
}

/// A payment by the gateway's own names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// What we created: `pi_…`, `order_…`.
    pub gateway_ref: String,
    /// The money: `pi_…`, `pay_…`; empty while there is none.
    pub payment_ref: String,
}

impl Ask {
    /// The kind of call, as answers name it.
    #[must_use]
    pub const fn call(&self) -> GatewayCall {
        match self {
            Self::Create { .. } => GatewayCall::Create,
            Self::Capture { .. } => GatewayCall::Capture,
            Self::Void { .. } => GatewayCall::Void,
            Self::Refund { .. } => GatewayCall::Refund,
            Self::Query { .. } => GatewayCall::Query,
        }
    }

    /// The kind of call, as metrics and logs spell it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::Capture { .. } => "capture",
            Self::Void { .. } => "void",
            Self::Refund { .. } => "refund",
            Self::Query { .. } => "query",
        }
    }
}
