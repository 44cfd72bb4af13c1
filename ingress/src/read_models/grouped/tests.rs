use std::sync::Mutex;

use futures::future::join_all;
use proptest::prelude::*;
use serde_json::json;
use tokio::sync::Semaphore;

use super::*;

/// A store that takes a group whenever it is let, and panics over one document.
struct Gate {
    permits: Semaphore,
    groups: Mutex<Vec<Vec<u32>>>,
}

const CURSED: u32 = 1_313;

impl Gate {
    fn new(permits: usize) -> (Arc<Self>, Grouped<u32>) {
        let gate = Arc::new(Self { permits: Semaphore::new(permits), groups: Mutex::default() });
        (gate.clone(), Grouped::new(gate))
    }

    fn groups(&self) -> Vec<Vec<u32>> {
        self.groups.lock().unwrap().clone()
    }
}

impl InsertMany<u32> for Gate {
    fn insert_many<'a>(&'a self, documents: &'a [u32]) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            self.groups.lock().unwrap().push(documents.to_vec());
            self.permits.acquire().await.unwrap().forget();
            assert!(!documents.contains(&CURSED));
            Ok(())
        })
    }
}

async fn until(condition: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("not within a second");
}

#[tokio::test]
async fn what_comes_while_an_insert_is_under_way_is_one_group() {
    let (gate, grouped) = Gate::new(0);
    let opening = async {
        until(|| gate.groups().len() == 1).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        gate.permits.add_permits(2);
    };
    let rest = async {
        until(|| gate.groups().len() == 1).await;
        join_all((1..50).map(|document| grouped.insert(document))).await
    };
    let (first, others, ()) = tokio::join!(grouped.insert(0), rest, opening);
    assert_eq!(first, Ok(Insertion::Done));
    assert!(others.iter().all(|fate| *fate == Ok(Insertion::Done)));
    assert_eq!(gate.groups(), [vec![0], (1..50).collect()]);
}

#[tokio::test]
async fn a_panic_ends_one_group_and_not_the_next() {
    let (_gate, grouped) = Gate::new(2);
    assert_eq!(grouped.insert(CURSED).await, Err(unavailable("the insert broke off")));
    assert_eq!(grouped.insert(14).await, Ok(Insertion::Done));
}

#[tokio::test]
async fn who_has_gone_is_not_inserted_and_the_waiting_are_bounded() {
    let (gate, grouped) = Gate::new(0);
    let first = tokio::spawn({
        let grouped = grouped.clone();
        async move { grouped.insert(0).await }
    });
    until(|| gate.groups().len() == 1).await;
    {
        let mut gone: Vec<_> = (0..=MOST_WAITING).map(|_| Box::pin(grouped.insert(1))).collect();
        let answers: Vec<_> = gone.iter_mut().map(futures::FutureExt::now_or_never).collect();
        let refusal = Err(Problem::new(OVERLOADED).retry_after(1));
        assert_eq!(answers.iter().filter(|answer| **answer == Some(refusal.clone())).count(), 1);
        assert!(answers[..MOST_WAITING].iter().all(Option::is_none));
    }
    gate.permits.add_permits(2);
    assert_eq!(first.await.unwrap(), Ok(Insertion::Done));
    assert_eq!(grouped.insert(2).await, Ok(Insertion::Done));
    assert_eq!(gate.groups(), [[0], [2]]);
}

#[tokio::test]
async fn the_task_ends_with_the_last_who_may_ask() {
    let (gate, grouped) = Gate::new(1);
    assert_eq!(grouped.clone().insert(1).await, Ok(Insertion::Done));
    drop(grouped);
    until(|| Arc::strong_count(&gate) == 1).await;
}

fn failure(content: serde_json::Value) -> Error {
    ErrorKind::InsertMany(serde_json::from_value(content).unwrap()).into()
}

#[test]
fn without_the_majoritys_word_nothing_is_known_of_any_document() {
    let duplicate = json!({"index": 0, "code": 11_000, "errmsg": "duplicate"});
    let concern = json!({"code": 64, "errmsg": "waiting for replication timed out"});
    let unknown = failure(json!({"writeErrors": [duplicate], "writeConcernError": concern}));
    assert!(fates(Err(unknown), 3).iter().all(|fate| fate.as_ref().is_err_and(|it| it.kind() == STORE_UNAVAILABLE)));
    let broken = Error::from(std::io::Error::other("cut off"));
    assert!(fates(Err(broken), 3).iter().all(Result::is_err));
}

proptest! {
    #[test]
    fn each_document_has_its_own_fate(codes in proptest::collection::vec(prop_oneof![Just(0), Just(11_000), Just(50)], 1..9)) {
        let failed = codes.iter().enumerate().filter(|(_, code)| **code != 0);
        let errors: Vec<_> = failed.map(|(index, code)| json!({"index": index, "code": code, "errmsg": "it"})).collect();
        let outcome = if errors.is_empty() { Ok(()) } else { Err(failure(json!({"writeErrors": errors}))) };
        let expected: Vec<_> = codes.iter().map(|code| match code {
            0 => Ok(Insertion::Done),
            11_000 => Ok(Insertion::Duplicate),
            _ => Err(unavailable("it")),
        }).collect();
        prop_assert_eq!(fates(outcome, codes.len()), expected);
    }
}
