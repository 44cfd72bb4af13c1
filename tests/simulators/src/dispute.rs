//! Customers who ask their bank for the money back, on request: `POST /_sim/disputes`. Pure: no clock, no I/O.

use serde::{Deserialize, Serialize};

/// How long the shop has to hand in evidence, in seconds.
const TIME_FOR_EVIDENCE: i64 = 7 * 86_400;

/// The body of `POST /_sim/disputes`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Which payment.
    pub payment: String,
    /// How much of it, in minor units; all that was captured unless given.
    #[serde(default)]
    pub amount: Option<i64>,
    /// The bank's reason.
    #[serde(default = "fraudulent")]
    pub reason: String,
    /// Whether the bank only asks.
    #[serde(default)]
    pub inquiry: bool,
}

fn fraudulent() -> String {
    "fraudulent".to_owned()
}

/// What comes of a dispute: `POST /_sim/disputes/{id}/{verdict}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Evidence is in, and the bank thinks about it.
    Review,
    /// The shop keeps the money.
    Win,
    /// The customer does.
    Lose,
    /// An inquiry comes to nothing.
    Close,
}

/// Where a dispute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The shop must answer.
    Open,
    /// The bank thinks.
    UnderReview,
    /// The shop kept the money.
    Won,
    /// The customer did.
    Lost,
    /// It came to nothing.
    Closed,
}

/// Money that moved for a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// Minor units; what flows out is negative.
    pub amount: i64,
    /// What the gateway charges besides.
    pub fee: i64,
    /// Unix milliseconds.
    pub at_ms: i64,
}

/// One dispute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// The gateway's id: `dp_…`, `disp_…`.
    pub id: String,
    /// The payment.
    pub payment: String,
    /// Minor units in dispute.
    pub amount: i64,
    /// The bank's reason.
    pub reason: String,
    /// Whether the bank only asks.
    pub is_inquiry: bool,
    /// Where it stands.
    pub standing: Standing,
    /// Unix milliseconds.
    pub opened_ms: i64,
    /// What moved for it, the oldest first.
    pub moves: Vec<Move>,
}

/// A dispute in `GET /_sim/ledger`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DisputeLine {
    /// The gateway's id.
    pub id: String,
    /// Where it stands.
    pub standing: Standing,
    /// Minor units in dispute.
    pub amount: i64,
    /// What was taken for it.
    pub withdrawn: i64,
    /// What of that was given back.
    pub reinstated: i64,
    /// What it cost.
    pub fee: i64,
}

impl Dispute {
    /// A customer asks their bank. A chargeback takes the money at once, and the gateway charges `fee`.
    pub fn open(id: String, wish: Wish, captured: i64, fee: i64, at_ms: i64) -> Self {
        let Wish { payment, amount, reason, inquiry: is_inquiry } = wish;
        let amount = amount.unwrap_or(captured).clamp(0, captured);
        let taken = Move { amount: -amount, fee, at_ms };
        let moves = if is_inquiry { Vec::new() } else { vec![taken] };
        Self { id, payment, amount, reason, is_inquiry, standing: Standing::Open, opened_ms: at_ms, moves }
    }

    /// Something comes of it; `false` where that cannot be.
    pub fn decide(&mut self, verdict: Verdict, at_ms: i64) -> bool {
        let open = matches!(self.standing, Standing::Open | Standing::UnderReview);
        let standing = match verdict {
            Verdict::Review => Standing::UnderReview,
            Verdict::Win if !self.is_inquiry => Standing::Won,
            Verdict::Lose if !self.is_inquiry => Standing::Lost,
            Verdict::Close if self.is_inquiry => Standing::Closed,
            _ => return false,
        };
        if !open {
            return false;
        }
        self.standing = standing;
        if standing == Standing::Won {
            self.moves.push(Move { amount: self.amount, fee: 0, at_ms });
        }
        true
    }

    /// Until when evidence may be handed in, in Unix seconds.
    pub fn due_by(&self) -> i64 {
        self.opened_ms / 1_000 + TIME_FOR_EVIDENCE
    }

    /// Whether the bank has the money: until it decides, or because it decided so.
    pub fn holds_money(&self) -> bool {
        !self.is_inquiry && self.standing != Standing::Won
    }

    /// The dispute as the ledger shows it.
    pub fn line(&self) -> DisputeLine {
        let sum = |part: fn(&Move) -> i64| self.moves.iter().map(part).sum();
        DisputeLine {
            id: self.id.clone(),
            standing: self.standing,
            amount: self.amount,
            withdrawn: sum(|moved| (-moved.amount).max(0)),
            reinstated: sum(|moved| moved.amount.max(0)),
            fee: sum(|moved| moved.fee),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dispute(inquiry: bool) -> Dispute {
        let wish = Wish { payment: "pi_1".into(), amount: None, reason: fraudulent(), inquiry };
        Dispute::open("dp_1".into(), wish, 500, 15, 1_000)
    }

    #[test]
    fn a_chargeback_takes_the_money_and_gives_it_back_only_if_it_is_won() {
        let (mut won, mut lost) = (dispute(false), dispute(false));
        assert!(won.decide(Verdict::Review, 2_000) && won.decide(Verdict::Win, 3_000));
        assert!(lost.decide(Verdict::Lose, 3_000));
        let sums = |dispute: &Dispute| (dispute.line().withdrawn, dispute.line().reinstated, dispute.line().fee);
        assert_eq!((sums(&won), sums(&lost)), ((500, 500, 15), (500, 0, 15)));
        assert!(!won.holds_money() && lost.holds_money());
        assert!(!lost.decide(Verdict::Win, 4_000), "it is decided");
    }

    #[test]
    fn an_inquiry_moves_nothing_and_is_neither_won_nor_lost() {
        let mut inquiry = dispute(true);
        assert!(!inquiry.decide(Verdict::Lose, 2_000) && inquiry.decide(Verdict::Close, 2_000));
        assert_eq!((inquiry.moves.len(), inquiry.holds_money()), (0, false));
    }
}
