//! Parked keys: where a record failed for a reason that a mended program could handle, later records of the same key must
//! not overtake it. They wait behind it as dead letters, in order, until it has passed or was discarded.
//!
//! Whoever waits has a [`Place`]: the parking it belongs to, and a number in it. A record that is sent again carries its
//! place in a header. It is tried when its turn has come; any other record of the key goes to the end. So the order is kept
//! whatever comes in between, twice or too early, and a parking is one small document, however many wait.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::dead_letters::letter_id;
use crate::{message::Position, time::Timestamp};

/// A key whose records wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// [`Parked::id_of`] its inbox and key.
    #[serde(rename = "_id")]
    pub id: String,
    /// The inbox.
    pub inbox: String,
    /// The aggregate.
    pub key: String,
    /// Counts the writes; every write is a compare-and-set on it.
    pub version: i64,
    /// The dead letter that it began with: the parking's name, which no later parking of the key shares.
    pub name: String,
    /// Whose turn it is.
    pub head: i64,
    /// The number that the next record to wait will have.
    pub tail: i64,
    /// Whether the one whose turn it is has failed, so that a person must act. Otherwise it is on its way.
    pub blocked: bool,
    /// The last record of the key that was dealt with since. What stands before it in the inbox and comes again was dealt
    /// with as well.
    pub last: Position,
    /// When that record was appended: a topic that was made anew counts from zero again, but its clock goes on.
    pub last_at: Timestamp,
    /// Since when the key is parked.
    pub since: Timestamp,
}

/// A record's place among those that wait.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The [`Parked::name`] of the parking.
    pub parking: String,
    /// Its number in it.
    pub number: i64,
}

/// What becomes of a record of a parked key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Turn {
    /// It was dealt with before.
    Over,
    /// The parking does not concern it.
    Free,
    /// It is its turn.
    Now(Place),
    /// It waits.
    Wait(Place),
}

impl Parked {
    /// The id of the document for a key.
    #[must_use]
    pub fn id_of(inbox: &str, key: &str) -> String {
        format!("{inbox}/{key}")
    }

    /// A parking that begins with this record, which has failed.
    pub(super) fn begin(inbox: &str, key: &str, position: Position, at: Timestamp) -> Self {
        Self {
            id: Self::id_of(inbox, key),
            inbox: inbox.to_owned(),
            key: key.to_owned(),
            version: 0,
            name: letter_id(inbox, position),
            head: 0,
            tail: 1,
            blocked: true,
            last: position,
            last_at: at,
            since: at,
        }
    }

    /// The place of the one whose turn it is.
    pub(super) fn first(&self) -> Place {
        Place { parking: self.name.clone(), number: self.head }
    }

    /// What becomes of a record, with its place if it was sent again. One that waits is counted.
    pub(super) fn admit(&mut self, position: Position, at: Timestamp, place: Option<&Place>) -> Turn {
        if self.is_over() {
            return Turn::Free;
        }
        let same_partition = position.partition == self.last.partition;
        if same_partition && position.offset <= self.last.offset && at <= self.last_at {
            return Turn::Over;
        }
        (self.last, self.last_at) = (position, self.last_at.max(at));
        match place.filter(|place| place.parking == self.name) {
            // It had its turn: a repetition.
            Some(place) if place.number < self.head => Turn::Free,
            Some(place) if place.number == self.head => Turn::Now(place.clone()),
            Some(place) => Turn::Wait(place.clone()),
            None => {
                let place = Place { parking: self.name.clone(), number: self.tail };
                self.tail += 1;
                Turn::Wait(place)
            }
        }
    }

    /// The one whose turn it was is done, or was discarded.
    pub(super) fn pass(&mut self) {
        self.head += 1;
        self.blocked = false;
    }

    /// Whether nobody waits any more.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.head >= self.tail
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.parking, self.number)
    }
}

impl Place {
    /// Reads what [`Place`]'s `Display` writes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (parking, number) = text.rsplit_once('/')?;
        Some(Self { parking: parking.to_owned(), number: number.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(offset: i64) -> Position {
        Position { partition: 0, offset }
    }

    fn parked() -> Parked {
        Parked::begin("toy", "a", at(10), Timestamp::from_millis(10))
    }

    fn admit(parked: &mut Parked, offset: i64, place: Option<&Place>) -> Turn {
        parked.admit(at(offset), Timestamp::from_millis(offset), place)
    }

    fn place(number: i64) -> Place {
        Place { parking: "toy-0-10".to_owned(), number }
    }

    #[test]
    fn later_records_wait_in_their_order_and_one_that_comes_again_waits_once() {
        let mut parked = parked();
        assert_eq!(admit(&mut parked, 10, None), Turn::Over);
        assert_eq!(admit(&mut parked, 11, None), Turn::Wait(place(1)));
        assert_eq!(admit(&mut parked, 11, None), Turn::Over);
        assert_eq!(admit(&mut parked, 15, None), Turn::Wait(place(2)));
    }

    #[test]
    fn those_sent_again_are_tried_in_their_order_and_what_comes_in_between_waits_behind_them() {
        let mut parked = parked();
        admit(&mut parked, 11, None);
        assert_eq!(admit(&mut parked, 20, Some(&place(1))), Turn::Wait(place(1)), "too early");
        assert_eq!(admit(&mut parked, 21, Some(&place(0))), Turn::Now(place(0)));
        parked.pass();
        assert_eq!(admit(&mut parked, 22, Some(&place(0))), Turn::Free, "a repetition");
        assert_eq!(admit(&mut parked, 23, None), Turn::Wait(place(2)), "not before the first of them");
        assert_eq!(admit(&mut parked, 24, Some(&place(1))), Turn::Now(place(1)));
        parked.pass();
        assert!(!parked.is_over());
        assert_eq!(admit(&mut parked, 25, Some(&place(2))), Turn::Now(place(2)));
        parked.pass();
        assert!(parked.is_over());
        assert_eq!(admit(&mut parked, 26, None), Turn::Free);
    }

    #[test]
    fn a_place_in_an_earlier_parking_counts_for_nothing() {
        let earlier = Place { parking: "toy-0-3".to_owned(), number: 0 };
        assert_eq!(admit(&mut parked(), 11, Some(&earlier)), Turn::Wait(place(1)));
    }

    #[test]
    fn a_topic_that_was_made_anew_does_not_count_as_dealt_with() {
        assert_eq!(parked().admit(at(0), Timestamp::from_millis(99), None), Turn::Wait(place(1)));
    }

    #[test]
    fn a_place_survives_its_header() {
        assert_eq!(Place::parse(&place(7).to_string()), Some(place(7)));
        for bad in ["", "a", "a/", "/x"] {
            assert_eq!(Place::parse(bad), None, "{bad}");
        }
    }
}
