use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_secs(20);

/// Every inbox with one partition, empty but for one pool's.
fn look(pool: &str, partitions: &[(i64, i64)]) -> Vec<Vec<Progress>> {
    let progress = |(end, committed): &(i64, i64)| Progress { end: *end, committed: *committed };
    let of =
        |stage: &Stage| if stage.inbox.pool == pool { partitions } else { &[(0, 0)] }.iter().map(progress).collect();
    PATH.iter().map(of).collect()
}

fn queue(expected: &Expected, pool: &str) -> Queue {
    let place = PATH.iter().position(|stage| stage.inbox.pool == pool).unwrap();
    expected.queues[place]
}

#[test]
fn a_record_waits_for_what_stands_before_it_at_the_rate_of_the_pool() {
    let mut backlog = Backlog::default();
    backlog.observe(&look("invoicing", &[(1_000, 0)]), SECOND, MOST);
    let expected = backlog.observe(&look("invoicing", &[(1_400, 300)]), SECOND, MOST);
    let invoicing = queue(&expected, "invoicing");
    assert_eq!((invoicing.lag, invoicing.wait), (1_100.0, Duration::from_secs_f64(1_000.0 / 300.0)));
    assert_eq!(expected.wait, invoicing.wait - Duration::from_millis(500));
}

#[test]
fn an_inbox_that_is_passed_several_times_counts_several_times() {
    let wait = |pool| {
        let mut backlog = Backlog::default();
        backlog.observe(&look(pool, &[(1_000, 0)]), SECOND, MOST);
        backlog.observe(&look(pool, &[(1_600, 1_000)]), SECOND, MOST).wait
    };
    assert_eq!(wait("orders"), Duration::ZERO, "half a second's work is what a pass usually takes");
    let wait = |pool| {
        let mut backlog = Backlog::default();
        backlog.observe(&look(pool, &[(2_000, 0)]), SECOND, MOST);
        backlog.observe(&look(pool, &[(2_600, 1_000)]), SECOND, MOST).wait
    };
    assert_eq!(wait("invoicing") * 5, wait("orders"));
}

#[test]
fn before_the_second_look_nothing_is_known() {
    let mut backlog = Backlog::default();
    assert_eq!(backlog.observe(&look("orders", &[(1_000_000, 0)]), SECOND, MOST).wait, Duration::ZERO);
    assert_eq!(backlog.observe(&look("orders", &[(1_000_000, 0)]), SECOND, MOST).wait, MOST, "and it stands still");
}

#[test]
fn a_few_records_are_no_backlog_however_slow_the_pool() {
    let mut backlog = Backlog::default();
    for _ in 0..10 {
        assert_eq!(backlog.observe(&look("orders", &[(100, 0)]), SECOND, MOST).wait, Duration::ZERO);
    }
}

#[test]
fn a_burst_after_quiet_times_is_no_backlog_before_the_pool_had_time_for_it() {
    let mut backlog = Backlog::default();
    for n in 0..10 {
        backlog.observe(&look("orders", &[(10 * n, 10 * n)]), SECOND, MOST);
    }
    assert_eq!(backlog.observe(&look("orders", &[(2_090, 190)]), SECOND, MOST).wait, Duration::ZERO);
    assert_eq!(backlog.observe(&look("orders", &[(2_190, 1_690)]), SECOND, MOST).wait, Duration::ZERO);
}

#[test]
fn a_pool_that_stops_is_forgotten_to_be_fast() {
    let mut backlog = Backlog::default();
    backlog.observe(&look("orders", &[(0, 0)]), SECOND, MOST);
    backlog.observe(&look("orders", &[(1_000, 1_000)]), SECOND, MOST);
    let waits: Vec<_> =
        (1..20).map(|n| backlog.observe(&look("orders", &[(1_000 + 100 * n, 1_000)]), SECOND, MOST).wait).collect();
    assert!(waits.is_sorted() && waits[2] == Duration::ZERO && waits[18] == MOST, "{waits:?}");
}

#[test]
fn an_open_call_holds_its_partition_and_is_no_backlog_while_the_others_move() {
    let run = |pool, other: i64| {
        let mut backlog = Backlog::default();
        let mut expected = backlog.observe(&look(pool, &[(0, 0), (0, 0)]), SECOND, MOST);
        for n in 1..30 {
            expected = backlog.observe(&look(pool, &[(100 * n, 0), (100 * n, other * n)]), SECOND, MOST);
        }
        queue(&expected, pool).wait
    };
    assert_eq!(run("payments", 100), Duration::ZERO);
    assert!(run("orders", 100) > Duration::from_secs(5), "which calls nobody");
    assert_eq!(run("payments", 0), MOST, "if none moves, it is more than one call");
}

#[test]
fn more_partitions_than_before_are_a_new_beginning() {
    let mut backlog = Backlog::default();
    backlog.observe(&look("orders", &[(500, 500)]), SECOND, MOST);
    let expected = backlog.observe(&look("orders", &[(500, 500), (90, 0)]), SECOND, MOST);
    assert_eq!(queue(&expected, "orders").lag, 90.0);
}

proptest! {
    #[test]
    fn whatever_the_broker_tells_a_wait_is_between_nothing_and_the_most(
        looks in proptest::collection::vec(
            proptest::collection::vec(proptest::collection::vec((any::<i32>(), any::<i32>()), 0..4), 0..7), 0..20),
        elapsed in 0_u64..5_000,
    ) {
        let mut backlog = Backlog::default();
        for look in looks {
            let progress = |(end, committed)| Progress { end: i64::from(end), committed: i64::from(committed) };
            let look: Vec<Vec<Progress>> =
                look.into_iter().map(|partitions| partitions.into_iter().map(progress).collect()).collect();
            let expected = backlog.observe(&look, Duration::from_millis(elapsed), MOST);
            prop_assert!(expected.wait <= MOST);
            prop_assert!(expected.queues.iter().all(|queue| queue.wait <= MOST && queue.lag >= 0.0));
        }
    }

    #[test]
    fn more_lag_never_means_a_shorter_wait(done in 1_i64..5_000, lag in 0_i64..100_000, more in 0_i64..100_000) {
        let wait = |lag: i64| {
            let mut backlog = Backlog::default();
            backlog.observe(&look("orders", &[(1_000, 0)]), SECOND, MOST);
            backlog.observe(&look("orders", &[(done + lag, done)]), SECOND, MOST).wait
        };
        prop_assert!(wait(lag) <= wait(lag + more));
    }
}
