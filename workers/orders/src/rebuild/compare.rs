//! What an entry of the cache should be: pure.

use schemas::documents::StatusView;
use shared::versioned_cache::Cached;

/// How an entry is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// There is none.
    Absent,
    /// It says something else: each field with what the record says and what the entry says.
    Different(Vec<(&'static str, String, String)>),
}

/// Compares an entry with the version and the status on record; `None` if they agree.
#[must_use]
pub fn compare(version: i64, view: &StatusView, kept: Option<&Cached>) -> Option<Standing> {
    let Some(kept) = kept else { return Some(Standing::Absent) };
    let mut fields = Vec::new();
    if kept.version != version {
        fields.push(("version", version.to_string(), kept.version.to_string()));
    }
    match serde_json::from_slice::<StatusView>(&kept.body) {
        Ok(shown) if shown == *view => {}
        Ok(shown) if shown.status != view.status => {
            fields.push(("status", view.status.as_str().to_owned(), shown.status.as_str().to_owned()));
        }
        Ok(_) => fields.push(("details", view.status.as_str().to_owned(), "other details".to_owned())),
        Err(_) => fields.push(("status", view.status.as_str().to_owned(), "unreadable".to_owned())),
    }
    if fields.is_empty() { None } else { Some(Standing::Different(fields)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use schemas::types::{OrderStatus, PaymentMethod};

    use super::*;
    use crate::testing::Journey;

    fn view() -> StatusView {
        Journey::placed(PaymentMethod::Stripe).order.status_view()
    }

    fn kept(version: i64, view: &StatusView) -> Cached {
        Cached { version, body: serde_json::to_vec(view).unwrap() }
    }

    fn fields(standing: Option<Standing>) -> Vec<&'static str> {
        match standing {
            Some(Standing::Different(fields)) => fields.into_iter().map(|(field, ..)| field).collect(),
            Some(Standing::Absent) => vec!["absent"],
            None => Vec::new(),
        }
    }

    #[test]
    fn what_agrees_with_the_record_is_no_difference() {
        assert_eq!(compare(3, &view(), Some(&kept(3, &view()))), None);
        assert_eq!(compare(3, &view(), None), Some(Standing::Absent));
    }

    #[test]
    fn every_way_to_differ_is_told() {
        let mut other = view();
        other.status = OrderStatus::Delivered;
        assert_eq!(fields(compare(3, &view(), Some(&kept(3, &other)))), ["status"]);
        assert_eq!(fields(compare(3, &view(), Some(&kept(9, &view())))), ["version"]);
        let mut other = view();
        other.reason = "because".to_owned();
        assert_eq!(fields(compare(3, &view(), Some(&kept(2, &other)))), ["version", "details"]);
        assert_eq!(fields(compare(3, &view(), Some(&Cached { version: 3, body: b"{".to_vec() }))), ["status"]);
    }

    proptest! {
        #[test]
        fn only_the_same_version_agrees(version in 0_i64..5, other in 0_i64..5) {
            prop_assert_eq!(compare(version, &view(), Some(&kept(other, &view()))).is_none(), version == other);
        }
    }
}
