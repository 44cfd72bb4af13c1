//! What readers, probers and gateways wrote down during the sample.

use load::generator::{Memory, OverloadReport, PhaseReport, Summary};
use schemas::types::OrderStatus;

use super::{
    super::{Burst, Discrepancy, Facts, Forgery, GatewayEvent, Posted, Seen, Settlement, StatusRead, WebhookPost},
    TOTAL,
};

pub(super) fn add(facts: &mut Facts) {
    read_every_status(facts);
    facts.bursts.push(burst(&facts.orders[0].reference, &facts.orders[0].id, &facts.orders[2].id));
    facts.events.push(GatewayEvent {
        source: "razorpay".to_owned(),
        id: "evt_1".to_owned(),
        kind: "payment.captured".to_owned(),
        posts: [None, Some(200), Some(200)].map(|status| WebhookPost { answered_at_ms: 1_000, status }).to_vec(),
        recorded: vec![990, 1_400],
        effects: 1,
    });
    facts.forgeries.push(Forgery {
        source: "stripe".to_owned(),
        id: "evt_2".to_owned(),
        fault: "another secret",
        status: Some(400),
        recorded: 0,
    });
    facts.settlement = Some(settlement());
    facts.overload = Some(overload());
}

/// A missing, a duplicated and a wrong line, each planted and reported.
fn settlement() -> Settlement {
    let mistake = |(kind, found)| Discrepancy {
        kind: format!("settlement_{kind}"),
        subject: format!("razorpay/pay_{kind}"),
        expected: Some(TOTAL),
        found,
        open: true,
    };
    let found = [("missing", None), ("duplicate", Some(2 * TOTAL)), ("amount", Some(TOTAL - 1))];
    let planted = found.map(mistake).to_vec();
    Settlement { compared: 12, healed: 1, unprovoked: Vec::new(), reported: planted.clone(), planted }
}

/// Two readers read each status, one after the other.
fn read_every_status(facts: &mut Facts) {
    for order in &facts.orders {
        let mut at = 0;
        for (version, (status, _)) in (1..).zip(&order.history) {
            for reader in [1, 2] {
                at += 100;
                facts.reads.push(read(&order.id, reader, at, (version, *status)));
            }
        }
    }
}

fn read(order: &str, reader: usize, at: u64, (version, status): (i64, OrderStatus)) -> StatusRead {
    let seen = Seen::Version(version, status);
    StatusRead { order: order.to_owned(), reader, asked: at, answered: at + 10, seen }
}

fn burst(reference: &str, order: &str, others: &str) -> Burst {
    let taken = |order: &str| Posted {
        status: Some(202),
        body: format!(r#"{{"order_id":"{order}"}}"#),
        order: Some(order.to_owned()),
        code: None,
    };
    let refused = Posted {
        status: Some(422),
        body: r#"{"code":"idempotency_key_reused"}"#.to_owned(),
        order: None,
        code: Some("idempotency_key_reused".to_owned()),
    };
    Burst {
        reference: reference.to_owned(),
        equal: vec![taken(order); 4],
        other_reference: format!("{reference} other"),
        other_body: vec![refused],
        other_user: vec![taken(others)],
    }
}

/// A minute at 300 orders a second, one at 900, and one at 300.
fn overload() -> OverloadReport {
    let phases = vec![
        phase("peak", 0.0, 18_000, 18_000, 80.0, 230.0),
        phase("overload", 60.0, 54_000, 17_400, 90.0, 300.0),
        phase("after", 120.0, 18_000, 18_000, 80.0, 230.0),
    ];
    let memory = |name: &str, mib| Memory { name: name.to_owned(), rss_mib: vec![mib; 180] };
    OverloadReport { phases, memory: vec![memory("ingress", 60.0), memory("orders", 60.0)] }
}

fn phase(name: &'static str, from: f64, offered: u64, accepted: u64, p50_ms: f64, p99_ms: f64) -> PhaseReport {
    let summary = Summary { count: accepted, p50_ms, p95_ms: p99_ms, p99_ms, p999_ms: p99_ms, max_ms: p99_ms };
    PhaseReport {
        name,
        rate: offered as f64 / 60.0,
        from_seconds: from,
        to_seconds: from + 60.0,
        offered,
        accepted,
        refused: offered - accepted,
        refused_without_retry_after: 0,
        failed: 0,
        goodput: accepted as f64 / 60.0,
        post: summary,
        refusal: summary,
        place_to_confirmed: summary,
    }
}
