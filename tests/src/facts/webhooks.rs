//! The senders' books of webhooks beside what came into the inboxes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{topics::Reported, typed};
use crate::{
    checker::{Forgery, GatewayEvent, WebhookPost},
    stack::Stack,
};

type Reports = BTreeMap<(&'static str, String), Reported>;

/// One line of a sender's book.
#[derive(Deserialize)]
struct Line {
    event_id: String,
    kind: String,
    #[serde(flatten)]
    post: WebhookPost,
}

/// Every event that was posted, with all its posts and what came of it.
pub fn events(shop: &Stack, books: Vec<(&'static str, Vec<Value>)>, reports: &Reports) -> Vec<GatewayEvent> {
    let mut events: BTreeMap<(&'static str, String), GatewayEvent> = BTreeMap::new();
    for (source, lines) in books {
        for Line { event_id, kind, mut post } in typed::<Line>(lines) {
            post.answered_at_ms = shop.machine_time(post.answered_at_ms);
            let name = (source, event_id);
            let new = event(shop, source, &name.1, kind, reports.get(&name));
            events.entry(name).or_insert(new).posts.push(post);
        }
    }
    events.into_values().collect()
}

fn event(shop: &Stack, source: &str, id: &str, kind: String, reported: Option<&Reported>) -> GatewayEvent {
    let recorded = |reported: &Reported| reported.at_ms.iter().map(|at| shop.machine_time(*at)).collect();
    GatewayEvent {
        source: source.to_owned(),
        id: id.to_owned(),
        kind,
        posts: Vec::new(),
        recorded: reported.map(recorded).unwrap_or_default(),
        effects: reported.map_or(0, |reported| reported.effects),
    }
}

/// The forgeries, with whether they came through.
pub fn found_in_topics(mut forgeries: Vec<Forgery>, reports: &Reports) -> Vec<Forgery> {
    for forgery in &mut forgeries {
        let found = reports.iter().filter(|((_, event), _)| *event == forgery.id);
        forgery.recorded = found.map(|(_, reported)| reported.at_ms.len()).sum();
    }
    forgeries
}
