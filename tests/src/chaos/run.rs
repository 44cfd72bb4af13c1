//! One run: from nothing to the report.

use std::{fs, sync::Arc, time::Duration};

use futures::future::join_all;
use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    args::Arguments,
    faults::Kind,
    ground::Ground,
    parts::Parts,
    recovery::{Struck, confirmed_per_second, recoveries},
    report::Report,
    schedule::{Strike, schedule},
    world::{PAYMENT_WINDOW, World},
};
use crate::{
    life::{Life, Row, catalog, judge, live, summary},
    stack::Setup,
    webhook::unix_millis,
};

/// How long customers go on to order when the last fault is over, so that it is seen how the shop recovers.
const AFTERMATH: Duration = Duration::from_secs(15);

/// Runs the seed of these arguments.
///
/// # Panics
/// When the shop does not start, or does not come back once all faults are over.
pub async fn run(arguments: &Arguments) -> Report {
    let folder = arguments.folder_of(arguments.seed);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let parts = Parts::new(&arguments.xtask, &folder);
    parts.environment(&Arguments::binaries()).install();
    let mut ground = Ground { parts: &parts, setup: setup(arguments), held: Vec::new() };
    let (kinds, skipped) = prepare(&arguments.kinds(), &mut ground);
    let Ground { setup, held, .. } = ground;
    assert!(!kinds.is_empty(), "none of the faults is possible here");
    parts.start().await;
    let world = World::new(Arc::new(setup.start().await), parts);
    world.switch(&json!({})).await;
    let report = live_through(&world, &kinds, arguments).await;
    drop((world, held));
    Report { skipped, ..report }
}

/// The faults that are possible here, and a line for each that is not.
fn prepare(kinds: &[&'static Kind], ground: &mut Ground<'_>) -> (Vec<&'static Kind>, Vec<String>) {
    let (mut possible, mut skipped) = (Vec::new(), Vec::new());
    for kind in kinds {
        match (kind.prepare)(ground) {
            Ok(()) => possible.push(*kind),
            Err(reason) => {
                let line = format!("{} skipped ({}): {reason}", kind.id, kind.what);
                eprintln!("{line}");
                skipped.push(line);
            }
        }
    }
    (possible, skipped)
}

fn setup(arguments: &Arguments) -> Setup {
    let seed = arguments.seed.to_string();
    let orders = (arguments.time() + AFTERMATH).as_secs_f64() * arguments.rate;
    Setup::new("chaos")
        .in_folder(&arguments.folder_of(arguments.seed))
        .catalog(catalog(orders.ceil() as u32))
        .gateways(&["--auto-pay-ms", "300", "--seed", &seed])
        .carrier(&["--step-delay-ms", "1500", "--seed", &seed])
        .set("SPAREPARTS_ORDERS__PAYMENT_WINDOW_SECONDS", &PAYMENT_WINDOW.as_secs().to_string())
}

async fn live_through(world: &World, kinds: &[&'static Kind], arguments: &Arguments) -> Report {
    let Arguments { seed, rate, .. } = *arguments;
    let lanes = schedule(seed, kinds, arguments.time());
    let every = Duration::from_secs_f64(1.0 / rate);
    let life = Life { shop: Arc::clone(&world.shop), seed, orders: None, every };
    let mut ordered_for = Duration::ZERO;
    let lived = live(&life, async {
        let start = Instant::now();
        let struck = play(lanes, world, start).await;
        eprintln!("{:>7.1} s  no more faults: healing", start.elapsed().as_secs_f64());
        world.heal().await;
        eprintln!("{:>7.1} s  healed: orders for {AFTERMATH:?} more, then rest", start.elapsed().as_secs_f64());
        sleep(AFTERMATH).await;
        ordered_for = start.elapsed();
        struck
    })
    .await;
    let mut rows = judge(&world.shop, &lived).await;
    let watched = format!("{} processes and 3 stores", world.shop.names().len());
    rows.push(Row::new("up", "nothing ends unless it is killed", watched, world.surprises()));
    Report {
        seed,
        rate,
        ordered_for: ordered_for.as_secs_f64(),
        orders: lived.facts.orders.len(),
        summary: summary(&lived.facts),
        confirmed: confirmed_per_second(&lived.facts.orders),
        recoveries: recoveries(&lived.trouble, &lived.facts.orders, ordered_for),
        rows,
        skipped: Vec::new(),
    }
}

/// Plays all lanes side by side; tells what struck, in the order in which it began.
async fn play(lanes: [Vec<Strike>; 2], world: &World, start: Instant) -> Vec<Struck> {
    let mut struck = join_all(lanes.into_iter().map(|lane| play_lane(lane, world, start))).await.concat();
    struck.sort_by_key(|fault| fault.from);
    struck
}

async fn play_lane(strikes: Vec<Strike>, world: &World, start: Instant) -> Vec<Struck> {
    let mut struck = Vec::new();
    for Strike { at, kind, fault } in strikes {
        sleep_until(start + at).await;
        eprintln!("{:>7.1} s  {:<4} {fault}", start.elapsed().as_secs_f64(), kind.id);
        let from = unix_millis();
        fault.strike(world).await;
        struck.push(Struck { id: kind.id.to_owned(), what: fault.to_string(), from, until: unix_millis() });
    }
    struck
}
