//! What readers, probers and gateways wrote down during the sample.

use schemas::types::OrderStatus;

use super::{
    super::{
        Burst, Discrepancy, Facts, Forgery, GatewayEvent, Memory, Overload, Posted, Seen, Settlement, Shed, StatusRead,
        WebhookPost, Window,
    },
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

fn overload() -> Overload {
    let peak = Window {
        seconds: 10.0,
        offered: 3_000,
        accepted: 3_000,
        completed: 3_000,
        accepted_p50_ms: 80.0,
        accepted_p99_ms: 230.0,
        ..Window::default()
    };
    let shed = vec![Shed { status: 503, has_retry_after: true, count: 6_000 }];
    let above = Window { offered: 9_000, completed: 2_900, accepted_p99_ms: 300.0, shed, ..peak.clone() };
    let memory = vec![Memory { process: "ingress".to_owned(), peak: 60_000_000, above: 90_000_000 }];
    Overload { peak, above, memory }
}
