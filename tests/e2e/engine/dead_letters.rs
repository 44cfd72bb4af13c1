//! What makes no sense goes aside and holds up nothing; what met a bug goes aside, and those of its key wait behind it.

use std::{sync::Arc, time::Duration};

use shared::engine::{DeadLetter, DeadLetters, Discarded, LetterState, PARKED_BEHIND, Replayed, Wanted};

use e2e::toy::{Outside, Running, Toy, World};

/// The letters of a state, once there are so many.
async fn letters(of: &DeadLetters, state: LetterState, count: usize) -> Vec<DeadLetter> {
    let mut found = Vec::new();
    for _ in 0..300 {
        found = of.find(&Wanted { state, ..Wanted::default() }, 100).await.unwrap();
        if found.len() == count {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not {count} {state:?}: {found:#?}");
}

/// A worker that met a bug with one key, and three later messages for it.
async fn poisoned(world: &World) -> (DeadLetters, Vec<DeadLetter>, Running) {
    let operators = DeadLetters::new(&world.database, Arc::new(world.publisher()));
    let messages =
        [("1", "a", Toy::Add(1)), ("bug", "a", Toy::Add(14)), ("2", "a", Toy::Add(2)), ("3", "a", Toy::Add(3))];
    world.send(&messages).await;
    let worker = world.start(Outside::default());
    letters(&operators, LetterState::Open, 3).await;
    // Another key goes on, and another message of this one comes later.
    world.send(&[("other", "b", Toy::Add(100)), ("4", "a", Toy::Add(4))]).await;
    world.until_sum(101).await;
    let open = letters(&operators, LetterState::Open, 4).await;
    (operators, open, worker)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_key_waits_and_goes_on_in_its_order_once_the_bug_is_mended_and_the_letter_replayed() {
    let world = World::new().await;
    let (operators, open, worker) = poisoned(&world).await;
    let mut codes: Vec<&str> = open.iter().map(|letter| letter.code.as_str()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["handler_panicked", PARKED_BEHIND, PARKED_BEHIND, PARKED_BEHIND]);
    let bug = open.iter().find(|letter| letter.code == "handler_panicked").unwrap();
    assert!(open.iter().all(|letter| letter.place.as_ref().unwrap().parking == bug.id), "{open:#?}");
    let last = open.iter().max_by_key(|letter| letter.place.as_ref().unwrap().number).unwrap();
    assert_eq!(operators.discard(&last.id, "a test", "no").await.unwrap(), Discarded::NotFirst);

    // Not mended yet: it dies again, as a new letter that counts on, and the others wait on.
    assert_eq!(operators.replay(&bug.id, "a test").await.unwrap(), Replayed::Sent);
    letters(&operators, LetterState::Replayed, 1).await;
    let open = letters(&operators, LetterState::Open, 4).await;
    let again = open.iter().find(|letter| letter.code == "handler_panicked").unwrap();
    assert_eq!((again.attempts, again.message_id), (2, bug.message_id));
    worker.stop().await;

    // A mended program, started anew; whichever is replayed, the first is sent, and twice is as good as once.
    let worker = world.start_mended();
    assert_eq!(operators.replay(&last.id, "a test").await.unwrap(), Replayed::SentFirst(again.id.clone()));
    assert_eq!(operators.replay(&again.id, "a test").await.unwrap(), Replayed::Sent);
    world.until_sum(1 + 14 + 2 + 3 + 4 + 100).await;
    letters(&operators, LetterState::Open, 0).await;
    world.send(&[("5", "a", Toy::Add(5))]).await;
    world.until_sum(129).await;
    assert_eq!(world.tallies().await["a"].added, [1, 14, 2, 3, 4, 5], "in their order");
    assert!(world.told().values().all(|times| *times >= 1) && world.told().len() == 7);
    worker.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_letter_is_given_up_those_behind_it_go_on_without_it() {
    let world = World::new().await;
    let (operators, open, worker) = poisoned(&world).await;
    let bug = open.iter().find(|letter| letter.code == "handler_panicked").unwrap();
    assert_eq!(operators.discard(&bug.id, "a test", "never mind").await.unwrap(), Discarded::Done);
    world.until_sum(1 + 2 + 3 + 4 + 100).await;
    assert_eq!(world.tallies().await["a"].added, [1, 2, 3, 4]);
    let kept = operators.get(&bug.id).await.unwrap().unwrap();
    assert_eq!((kept.state, kept.settled.unwrap().reason.as_str()), (LetterState::Discarded, "never mind"));
    assert_eq!(operators.replay(&bug.id, "a test").await.unwrap(), Replayed::Discarded);
    worker.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_that_dies_is_not_announced_again() {
    let world = World::new().await;
    let operators = DeadLetters::new(&world.database, Arc::new(world.publisher()));
    let worker = world.start(Outside::default());
    world.send(&[("1", "a", Toy::RemindInVain)]).await;
    letters(&operators, LetterState::Open, 1).await;
    worker.stop().await;
    // Another process knows nothing of what this one announced.
    let worker = world.start(Outside::default());
    tokio::time::sleep(Duration::from_secs(1)).await;
    letters(&operators, LetterState::Open, 1).await;
    worker.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_becomes_a_dead_letter_and_its_neighbours_go_on() {
    let world = World::new().await;
    world.send_garbage("a").await;
    world
        .send(&[
            ("1", "a", Toy::Add(1)),
            ("unlucky", "a", Toy::Add(13)),
            ("bug", "a", Toy::Add(14)),
            ("2", "b", Toy::Add(2)),
        ])
        .await;
    let worker = world.start(Outside::default());
    world.until_sum(3).await;
    worker.stop().await;
    let dead = world.read("toy.inbox.dead");
    let mut codes: Vec<_> = dead.iter().map(|(_, headers)| headers["dead-code"].as_str()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["handler_panicked", "undecodable", "unlucky"]);
    for (_, headers) in &dead {
        assert!(headers["dead-origin"].starts_with("toy.inbox/"), "{headers:?}");
        assert_eq!(headers["dead-attempts"], "1");
    }
    assert!(dead.iter().any(|(payload, _)| payload == b"garbage"), "the payload is kept as it was");
    world.end().await;
}
