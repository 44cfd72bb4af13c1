//! Which mistakes are made in a settlement: by seed, of each kind, in captures and refunds of each gateway.

use super::GATEWAYS;
use crate::{checker::Discrepancy, life::Dice};

/// What simulators can plant into a settlement, and reconciliation calls the same.
const KINDS: [&str; 3] = [MISSING, DUPLICATE, "settlement_amount"];
const MISSING: &str = "settlement_missing";
const DUPLICATE: &str = "settlement_duplicate";
/// The dice of orders have the numbers of orders.
const DICE: u64 = 1 << 40;

/// Money that a gateway moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) gateway: &'static str,
    /// The payment that was captured, or the refund: what a mistake is planted by.
    pub(super) handle: String,
    /// What settlements name it by.
    pub(super) entity: String,
    /// In paise; what went back is negative.
    pub(super) amount: i64,
    pub(super) at_ms: i64,
}

/// A line of a settlement that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) what: &'static str,
    pub(super) moved: Moved,
}

/// One mistake of each kind in the captures and in the refunds of each gateway, as far as there are enough of them.
pub(super) fn mistakes(seed: u64, moved: &[Moved]) -> Vec<Mistake> {
    let mut dice = Dice::of_part(seed, DICE);
    let mut mistakes = Vec::new();
    for (gateway, is_refund) in GATEWAYS.iter().flat_map(|gateway| [(*gateway, false), (*gateway, true)]) {
        let like = |moved: &&Moved| moved.gateway == gateway && (moved.amount < 0) == is_refund;
        let candidates: Vec<Moved> = moved.iter().filter(like).cloned().collect();
        let chosen = dice.shuffled(&KINDS).into_iter().zip(dice.shuffled(&candidates));
        mistakes.extend(chosen.map(|(what, moved)| Mistake { what, moved }));
    }
    mistakes
}

impl Mistake {
    /// What reconciliation must report of it.
    pub(super) fn discrepancy(&self) -> Discrepancy {
        let Moved { gateway, entity, amount, .. } = &self.moved;
        let found = match self.what {
            MISSING => None,
            DUPLICATE => Some(2 * amount),
            _ => Some(amount - amount.signum()),
        };
        let (kind, subject) = (self.what.to_owned(), format!("{gateway}/{entity}"));
        Discrepancy { kind, subject, expected: Some(*amount), found, open: true }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn moved(captures: usize, refunds: usize) -> Vec<Moved> {
        let each = |amount: i64, count: usize| {
            GATEWAYS.into_iter().flat_map(move |gateway| {
                let name = move |number| format!("{amount}-{number}");
                (0..count).map(move |number| Moved {
                    gateway,
                    handle: name(number),
                    entity: name(number),
                    amount,
                    at_ms: 0,
                })
            })
        };
        each(500, captures).chain(each(-500, refunds)).collect()
    }

    #[test]
    fn each_kind_is_planted_once_in_captures_and_refunds_of_each_gateway_and_never_two_in_one() {
        for seed in 0..50 {
            let made = mistakes(seed, &moved(5, 3));
            assert_eq!(made.len(), 12);
            let distinct: BTreeSet<_> =
                made.iter().map(|mistake| (mistake.moved.gateway, &mistake.moved.handle)).collect();
            assert_eq!(distinct.len(), 12);
            let kinds: BTreeSet<_> =
                made.iter().map(|mistake| (mistake.moved.gateway, mistake.moved.amount, mistake.what)).collect();
            assert_eq!(kinds.len(), 12);
            assert_eq!(made, mistakes(seed, &moved(5, 3)));
        }
        assert_ne!(mistakes(1, &moved(5, 3)), mistakes(2, &moved(5, 3)));
    }

    #[test]
    fn where_little_moved_little_is_planted() {
        assert_eq!(mistakes(1, &moved(1, 0)).len(), 2);
        assert_eq!(mistakes(1, &[]), []);
    }

    #[test]
    fn a_mistake_is_a_paisa_less_of_what_moved_twice_or_never() {
        let found = |what, amount| {
            let name = "re_1".to_owned();
            let moved = Moved { gateway: "stripe", handle: name.clone(), entity: name, amount, at_ms: 0 };
            Mistake { what, moved }.discrepancy().found
        };
        let all = KINDS.map(|what| [500, -500].map(|amount| found(what, amount)));
        assert_eq!(all, [[None, None], [Some(1_000), Some(-1_000)], [Some(499), Some(-499)]]);
    }
}
