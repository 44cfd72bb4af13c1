//! What makes no sense goes aside and holds up nothing.

use super::toy::{Outside, Toy, World};

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_becomes_a_dead_letter_and_its_neighbours_go_on() {
    let world = World::new().await;
    world.send_garbage("a").await;
    world
        .send(&[
            ("1", "a", Toy::Add(1)),
            ("unlucky", "a", Toy::Add(13)),
            ("bug", "a", Toy::Add(14)),
            ("2", "a", Toy::Add(2)),
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
