//! Pages of lists: a limit, and an opaque cursor that says where the last page ended.

use serde::Deserialize;
use shared::{
    id::{InvalidId, Uuid},
    time::Timestamp,
};
use utoipa::IntoParams;

use crate::problem::{Problem, VALIDATION_FAILED};

/// Items of a page unless the client says otherwise.
const USUAL: i64 = 20;
/// The most items of a page.
const MOST: i64 = 100;

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedPage {
    /// 1 to 100; 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
    /// The last page's `next_cursor`.
    pub cursor: Option<String>,
}

/// How many items the client wants.
///
/// # Errors
/// A problem for a number out of range.
pub fn limit(given: Option<i64>) -> Result<i64, Problem> {
    let limit = given.unwrap_or(USUAL);
    if (1..=MOST).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::field(VALIDATION_FAILED, "limit", format!("must be 1 to {MOST}")))
}

/// The id after which the page begins.
///
/// # Errors
/// A problem for anything that is not a cursor of ours.
pub fn after<I>(cursor: Option<&str>, id: impl Fn(Uuid) -> I) -> Result<Option<I>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    read(cursor).map(|uuid| Some(id(uuid))).map_err(|_| foreign_cursor())
}

/// A cursor is not one of ours.
#[must_use]
pub fn foreign_cursor() -> Problem {
    Problem::field(VALIDATION_FAILED, "cursor", "must be a next_cursor that this list gave")
}

/// Cuts a list that was asked for with one item too many: the items of the page, and the cursor if there are more.
#[must_use]
pub fn cut<T>(mut found: Vec<T>, limit: i64, id: impl Fn(&T) -> Uuid) -> (Vec<T>, Option<String>) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let cursor = found.last().filter(|_| more).map(|last| hex::encode(id(last).as_bytes()));
    (found, cursor)
}

/// A place in a list that is ordered by time and, at the same time, by id.
pub type Place = (Timestamp, String);

/// The place after which the page begins, in a list that is ordered by time.
///
/// # Errors
/// A problem for anything that is not a cursor of ours.
pub fn after_time(cursor: Option<&str>) -> Result<Option<Place>, Problem> {
    let read = |cursor: &str| {
        let text = String::from_utf8(hex::decode(cursor).ok()?).ok()?;
        let (millis, id) = text.split_once('/')?;
        Some((Timestamp::from_millis(millis.parse().ok()?), id.to_owned()))
    };
    cursor.map(|cursor| read(cursor).ok_or_else(foreign_cursor)).transpose()
}

/// As [`cut`], for a list that is ordered by time.
#[must_use]
pub fn cut_by_time<T>(mut found: Vec<T>, limit: i64, place: impl Fn(&T) -> Place) -> (Vec<T>, Option<String>) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more).map(place);
    (found, last.map(|(at, id)| hex::encode(format!("{}/{id}", at.as_millis()))))
}

/// The text after which the page begins, in a list that is ordered by a text.
///
/// # Errors
/// A problem for anything that is not a cursor of ours.
pub fn after_text(cursor: Option<&str>) -> Result<Option<String>, Problem> {
    let read = |cursor: &str| String::from_utf8(hex::decode(cursor).ok()?).ok().filter(|text| !text.is_empty());
    cursor.map(|cursor| read(cursor).ok_or_else(foreign_cursor)).transpose()
}

/// As [`cut`], for a list that is ordered by a text.
#[must_use]
pub fn cut_by_text<T>(mut found: Vec<T>, limit: i64, text: impl Fn(&T) -> &str) -> (Vec<T>, Option<String>) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let cursor = found.last().filter(|_| more).map(|last| hex::encode(text(last)));
    (found, cursor)
}

fn read(cursor: &str) -> Result<Uuid, InvalidId> {
    let mut bytes = [0; 16];
    hex::decode_to_slice(cursor, &mut bytes).map_err(|_| InvalidId)?;
    Ok(Uuid::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_to_the_item_after_the_last() {
        let ids: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
        let (page, cursor) = cut(ids.clone(), 2, |id| *id);
        assert_eq!(page, ids[..2]);
        assert_eq!(after(cursor.as_deref(), |id| id), Ok(Some(ids[1])));
        assert_eq!(cut(ids.clone(), 3, |id| *id), (ids, None));
    }

    #[test]
    fn a_cursor_in_time_leads_to_the_place_of_the_last_item() {
        let items = [1, 2, 3].map(|at| (Timestamp::from_millis(at), format!("letter/{at}")));
        let (page, cursor) = cut_by_time(items.to_vec(), 2, Clone::clone);
        assert_eq!(page, items[..2]);
        assert_eq!(after_time(cursor.as_deref()), Ok(Some(items[1].clone())));
        for bad in ["", "zz", "00", "2f", "612f62"] {
            assert!(after_time(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cursor_in_an_alphabet_leads_to_the_text_of_the_last_item() {
        let (page, cursor) = cut_by_text(vec!["A", "B", "C"], 2, |text| text);
        assert_eq!(page, ["A", "B"]);
        assert_eq!(after_text(cursor.as_deref()), Ok(Some("B".to_owned())));
        assert_eq!(cut_by_text(vec!["A"], 1, |text| text).1, None);
        for bad in ["", "zz", "ff"] {
            assert!(after_text(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn foreign_cursors_and_endless_pages_are_refused() {
        for bad in ["", "zz", "00", "0192c1de-7a4c-7b6e-8f3a-2d1c0b9a8e7f"] {
            assert!(after(Some(bad), |id| id).is_err(), "{bad}");
        }
        assert_eq!(limit(None), Ok(20));
        for bad in [0, -1, 101, i64::MAX] {
            assert!(limit(Some(bad)).is_err());
        }
    }
}
