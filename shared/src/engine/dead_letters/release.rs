//! Ends of parkings: once the one that a key waited for has passed, those behind it are sent again.

use mongodb::error::Error;

use super::{DeadLetter, LetterState, LetterStore, Settlement};
use crate::{
    engine::Parked,
    kafka::{Publisher, Raw},
    time::Timestamp,
};

/// Sent again at once, in their order; what is left follows when they have passed.
const MOST: i64 = 500;

/// Who settles those that had waited.
const ENGINE: &str = "engine";

/// Sends those that wait in this parking to their inbox again, unless it is blocked, or all of them are on their way.
///
/// They are settled once the broker has them. A crash in between sends them twice, and the second time changes nothing.
pub(in crate::engine) async fn release(
    store: &LetterStore,
    publisher: &Publisher,
    parked: &Parked,
) -> Result<(), String> {
    if parked.blocked || parked.is_over() {
        return Ok(());
    }
    let text = |error: Error| error.to_string();
    let waiting = store.waiting(parked, MOST).await.map_err(text)?;
    // Those behind one that is under way would come too early.
    let is_first = |letter: &DeadLetter| letter.place.as_ref() == Some(&parked.first());
    if !waiting.first().is_some_and(is_first) {
        return Ok(());
    }
    let records: Vec<Raw<'_>> = one_for_each_place(&waiting).map(Raw::of).collect();
    publisher.publish_all(&records).await.map_err(|error| error.to_string())?;
    let ids: Vec<&str> = waiting.iter().map(|letter| letter.id.as_str()).collect();
    let settlement = Settlement { by: ENGINE.to_owned(), at: Timestamp::now(), reason: String::new() };
    store.settle(&ids, LetterState::Replayed, &settlement).await.map_err(text)
}

/// A record that came to its place twice has two letters.
fn one_for_each_place(waiting: &[DeadLetter]) -> impl Iterator<Item = &DeadLetter> {
    let number = |letter: &DeadLetter| letter.place.as_ref().map(|place| place.number);
    let ends_run =
        move |index: usize| waiting.get(index + 1).is_none_or(|next| number(next) != number(&waiting[index]));
    waiting.iter().enumerate().filter(move |(index, _)| ends_run(*index)).map(|(_, letter)| letter)
}
