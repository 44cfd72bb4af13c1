//! An attempt that any gateway may make: where it goes when one certainly has not made it.
//!
//! It goes nowhere once a gateway may have made it without our knowing, so that no attempt is ever made at two gateways. Then it
//! waits for that one, and the customer may ask for another attempt.

use schemas::types::GatewayName;
use serde::{Deserialize, Serialize};

/// Where an attempt was to be made so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roaming {
    /// The gateways that were asked to make it, the first one first.
    pub asked: Vec<GatewayName>,
    /// Those of them that never will.
    pub refused: Vec<GatewayName>,
    /// Those of them that have not since it last waited.
    pub passed: Vec<GatewayName>,
    /// Whether one may have made it without our knowing.
    pub in_doubt: bool,
}

/// What came of asking a gateway to make a payment, where nothing did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It certainly was not made.
    NotMade,
    /// The gateway will not make it.
    Refused,
    /// It may have been made.
    Unknown,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is made at this gateway instead.
    Elsewhere(GatewayName),
    /// It waits, and is then tried at this gateway.
    Wait(GatewayName),
    /// Nobody will make it.
    Over,
}

impl Roaming {
    /// An attempt that is to be made at this gateway first.
    #[must_use]
    pub fn beginning_at(gateway: GatewayName) -> Self {
        Self { asked: vec![gateway], ..Self::default() }
    }

    /// Takes in what came of asking the gateway that it is at.
    pub fn after(&mut self, at: GatewayName, creation: Creation) -> Next {
        match (creation, self.in_doubt) {
            (Creation::Unknown, _) => {
                self.in_doubt = true;
                return Next::Wait(at);
            }
            (Creation::NotMade, true) => return Next::Wait(at),
            (Creation::Refused, true) => return Next::Over,
            (Creation::NotMade, false) => self.passed.push(at),
            (Creation::Refused, false) => self.refused.push(at),
        }
        let would = |gateway: &GatewayName| !self.refused.contains(gateway);
        let open: Vec<GatewayName> = GatewayName::ALL.into_iter().filter(would).collect();
        match open.iter().find(|gateway| !self.passed.contains(gateway)) {
            Some(next) => {
                if !self.asked.contains(next) {
                    self.asked.push(*next);
                }
                Next::Elsewhere(*next)
            }
            None => {
                open.iter().find(|gateway| **gateway == at).or(open.first()).map_or(Next::Over, |at| Next::Wait(*at))
            }
        }
    }

    /// It has waited: those that did not make it may do so now.
    pub fn wait_is_over(&mut self) {
        self.passed.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};
    use schemas::types::GatewayName::{Razorpay, Stripe};

    use super::*;

    #[test]
    fn what_one_has_not_made_the_other_makes_and_if_neither_can_it_waits() {
        let mut roaming = Roaming::beginning_at(Stripe);
        assert_eq!(roaming.after(Stripe, Creation::NotMade), Next::Elsewhere(Razorpay));
        assert_eq!(roaming.after(Razorpay, Creation::NotMade), Next::Wait(Razorpay));
        roaming.wait_is_over();
        assert_eq!(roaming.after(Razorpay, Creation::NotMade), Next::Elsewhere(Stripe));
        assert_eq!(roaming.asked, [Stripe, Razorpay]);
    }

    #[test]
    fn what_one_refuses_the_other_makes_and_if_both_refuse_it_is_over() {
        let mut roaming = Roaming::beginning_at(Stripe);
        assert_eq!(roaming.after(Stripe, Creation::Refused), Next::Elsewhere(Razorpay));
        assert_eq!(roaming.after(Razorpay, Creation::Refused), Next::Over);
    }

    #[test]
    fn one_that_refused_is_not_waited_for() {
        let mut roaming = Roaming::beginning_at(Stripe);
        roaming.after(Stripe, Creation::NotMade);
        assert_eq!(roaming.after(Razorpay, Creation::Refused), Next::Wait(Stripe));
    }

    fn creation() -> impl Strategy<Value = Creation> {
        select(vec![Creation::NotMade, Creation::Refused, Creation::Unknown])
    }

    proptest! {
        /// Whatever gateways do: nothing that may have been made at one is asked of another, no gateway that refused is asked
        /// again, and between two waits each is asked once at most.
        #[test]
        fn it_moves_only_while_nobody_can_have_made_it(outcomes in vec(creation(), 1..40)) {
            let (mut roaming, mut at) = (Roaming::beginning_at(Stripe), Stripe);
            let (mut doubtful, mut refused, mut since_wait) = (None, Vec::new(), vec![Stripe]);
            for outcome in outcomes {
                if outcome == Creation::Unknown {
                    doubtful = doubtful.or(Some(at));
                } else if outcome == Creation::Refused {
                    refused.push(at);
                }
                match roaming.after(at, outcome) {
                    Next::Elsewhere(next) => {
                        prop_assert!(next != at && doubtful.is_none());
                        prop_assert!(!since_wait.contains(&next));
                        since_wait.push(next);
                        at = next;
                    }
                    Next::Wait(next) => {
                        prop_assert!(doubtful.is_none_or(|doubtful| doubtful == next));
                        roaming.wait_is_over();
                        since_wait = vec![next];
                        at = next;
                    }
                    Next::Over => {
                        let all = GatewayName::ALL.iter().all(|gateway| refused.contains(gateway));
                        prop_assert!(all || (doubtful.is_some() && outcome == Creation::Refused));
                        break;
                    }
                }
                prop_assert!(!refused.contains(&at) && roaming.asked.contains(&at));
            }
        }
    }
}
