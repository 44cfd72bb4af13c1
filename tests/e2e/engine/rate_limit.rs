//! The limits in Redis: the same arithmetic as in memory, for all processes together.

use e2e::Environment;
use futures::future::join_all;
use shared::rate_limit::{Rate, RateLimiter, Take};
use uuid::Uuid;

/// Two processes that share buckets which nobody else uses.
async fn two_processes() -> [RateLimiter; 2] {
    let prefix = format!("t{}", Uuid::now_v7().simple());
    let process = || RateLimiter::connect(&Environment::get().redis_url, &prefix).expect("a URL");
    let processes = [process(), process()];
    for process in &processes {
        process.take(&[take("first question", Rate::new(9, 9))]).await.expect("a token");
    }
    processes
}

fn take(bucket: &str, rate: Rate) -> Take {
    Take { bucket: bucket.to_owned(), rate }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_at_once_over_two_processes_as_many_pass_as_there_are_tokens() {
    let processes = two_processes().await;
    let takes = [take("wide", Rate::new(1_000, 1)), take("narrow", Rate::new(7, 1))];
    let answers = join_all((0..100).map(|n| processes[n % 2].take(&takes))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 7);
    for refused in answers.into_iter().filter_map(Result::err) {
        assert_eq!(refused.which, 1);
        assert!((50..=60).contains(&refused.wait.as_secs()), "{refused:?}");
    }
    // Nothing was taken from the wide one in vain.
    let left = join_all((0..1_000).map(|_| processes[0].take(&takes[..1]))).await;
    assert_eq!(left.iter().filter(|answer| answer.is_ok()).count(), 993);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_as_long_as_told_is_let_in() {
    let [process, other] = two_processes().await;
    let takes = [take("x", Rate::new(2, 300))];
    process.take(&takes).await.expect("a token");
    for _ in 0..5 {
        while other.take(&takes).await.is_ok() {}
        let refused = process.take(&takes).await.expect_err("an empty bucket");
        assert!(refused.wait.as_millis() <= 200, "{refused:?}");
        tokio::time::sleep(refused.wait).await;
        process.take(&takes).await.expect("a token after the wait");
    }
}
