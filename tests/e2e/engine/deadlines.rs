//! Deadlines come back as messages.

use std::time::Duration;

use shared::time::Timestamp;

use e2e::toy::{Outside, Toy, World};

#[tokio::test(flavor = "multi_thread")]
async fn an_aggregate_whose_time_has_run_out_is_told_once() {
    let world = World::new().await;
    let workers = [world.start(Outside::default()), world.start(Outside::default())];
    let soon = Timestamp::now().plus(Duration::from_millis(300));
    let far = Timestamp::now().plus(Duration::from_secs(3600));
    world.send(&[("1", "soon", Toy::RemindAt(soon)), ("2", "far", Toy::RemindAt(far))]).await;
    world.until(|tallies| tallies.get("soon").is_some_and(|tally| tally.reminded > 0)).await;
    // Both workers sweep ten times a second; whatever they announce in this time must not count again.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let tallies = world.tallies().await;
    assert_eq!((tallies["soon"].reminded, tallies["far"].reminded), (1, 0));
    for worker in workers {
        worker.stop().await;
    }
    world.end().await;
}
