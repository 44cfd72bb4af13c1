//! A charge beside the goods, with its tax where it is taxed: credited in parts as lines are.

use schemas::types::{ChargeTax, Money};
use shared::{engine::Refusal, money::MoneyError};

use super::{less, share_of_taxed};

/// What is left of a charge, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Charge {
    /// Without its tax.
    pub(super) net: Money,
    /// The tax, where there is one.
    pub(super) tax: Option<ChargeTax>,
}

impl Charge {
    pub(super) fn new(net: Money, tax: Option<&ChargeTax>) -> Self {
        Self { net, tax: tax.cloned() }
    }

    /// No charge, in the currency of `like`.
    pub(super) fn none(like: Money) -> Self {
        Self { net: like.zero(), tax: None }
    }

    /// With its tax.
    pub(super) fn total(&self) -> Result<Money, MoneyError> {
        let taxes = self.tax.iter().flat_map(|tax| [tax.cgst, tax.sgst, tax.igst]);
        Money::sum([self.net].into_iter().chain(taxes))
    }

    /// `amount` of it, tax included; no more than there is.
    pub(super) fn part(&self, amount: i64) -> Self {
        let Some(tax) = self.tax.as_ref().filter(|_| amount > 0) else {
            return Self { net: Money { minor: amount, ..self.net }, tax: None };
        };
        let left = [self.net, tax.igst, tax.cgst, tax.sgst, self.net.zero()].map(|money| money.minor);
        let [net, igst, cgst, sgst, _] = share_of_taxed(left, amount).map(|minor| Money { minor, ..self.net });
        Self { net, tax: Some(ChargeTax { igst, cgst, sgst, ..tax.clone() }) }
    }

    /// What is left without `taken`.
    pub(super) fn less(&self, taken: &Self) -> Result<Self, Refusal> {
        let net = less(self.net, taken.net)?;
        let tax = match (&self.tax, &taken.tax) {
            (Some(tax), Some(taken)) => Some(ChargeTax {
                cgst: less(tax.cgst, taken.cgst)?,
                sgst: less(tax.sgst, taken.sgst)?,
                igst: less(tax.igst, taken.igst)?,
                ..tax.clone()
            }),
            (tax, _) => tax.clone(),
        };
        Ok(Self { net, tax })
    }
}
