//! Whether an order went the planned way.

use crate::api::Status;

/// Compares the states an order was in with those it had to pass through; others may lie between them.
///
/// # Errors
/// What is wrong, for people.
pub fn judge(milestones: &[Status], seen: &[Status]) -> Result<(), String> {
    let wanted = milestones.last().ok_or("a journey needs an end")?;
    match seen.last() {
        None => return Err("the order has no history".to_owned()),
        Some(end) if end != wanted => {
            return Err(format!("ended {} instead of {}", end.as_str(), wanted.as_str()));
        }
        Some(_) => {}
    }
    let mut ahead = seen.iter();
    match milestones.iter().find(|milestone| !ahead.any(|status| status == *milestone)) {
        None => Ok(()),
        Some(missed) => Err(format!("was never {} where it should have been", missed.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use Status::{Accepted, Cancelling, Confirmed, Paid, Refunded, Rejected, Reserving};

    use super::*;

    const PLAN: &[Status] = &[Accepted, Paid, Cancelling, Refunded];

    #[test]
    fn states_between_the_milestones_are_allowed() {
        assert_eq!(judge(PLAN, &[Accepted, Reserving, Paid, Confirmed, Cancelling, Refunded]), Ok(()));
    }

    #[test]
    fn another_end_is_a_failure_that_names_both() {
        let verdict = judge(PLAN, &[Accepted, Reserving, Rejected]);
        assert_eq!(verdict, Err("ended rejected instead of refunded".to_owned()));
    }

    #[test]
    fn a_milestone_out_of_order_is_a_milestone_missed() {
        let verdict = judge(PLAN, &[Accepted, Cancelling, Paid, Refunded]);
        assert_eq!(verdict, Err("was never cancelling where it should have been".to_owned()));
        assert!(judge(PLAN, &[]).is_err());
    }
}
