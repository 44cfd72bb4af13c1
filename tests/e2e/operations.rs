//! What operators rely on: health, numbers, orderly ends, one clear line when something is wrong.

use std::{collections::BTreeMap, process::Output, time::Duration};

use e2e::{
    Basket, Setup, Stack,
    catalog::{OIL_FILTER, PADS},
    eventually,
    gateways::Bank,
    kafka, run, shop,
    stack::{DAEMONS, POOLS, plain_command},
    store::blocking,
};
use schemas::types::OrderStatus as S;

use crate::environments::refusals::assert_refused;

async fn text(shop: &Stack, url: &str) -> (u16, String) {
    let answer = shop.http().get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[test]
fn every_daemon_says_that_it_lives_and_can_work_and_shows_its_numbers() {
    run(async {
        let shop = shop().await;
        let order = shop.customer().await.place(&Basket::of(&shop.catalog, &[(PADS, 1)])).await;
        shop.gateways().pay(&order.payment_prompt().await, Bank::Approves).await;
        order.reaches(S::Packed).await;
        for daemon in DAEMONS {
            let ops = shop.url(daemon);
            assert_eq!(text(&shop, &format!("{ops}/healthz")).await.0, 200, "{daemon}");
            assert_eq!(text(&shop, &format!("{ops}/readyz")).await.0, 200, "{daemon}");
            let (status, numbers) = text(&shop, &format!("{ops}/metrics")).await;
            assert_eq!(status, 200, "{daemon}");
            let expected = if daemon == "ingress" { "http_requests_total{" } else { "engine_records_total{" };
            assert!(numbers.lines().any(|line| line.starts_with(expected)), "{daemon}:\n{numbers}");
        }
        let (status, _) = text(&shop, &format!("{}/metrics", shop.api())).await;
        assert_eq!(status, 404, "numbers are not for the public");
    });
}

#[test]
fn a_daemon_that_is_told_to_stop_leaves_its_group_and_ends_well_and_quickly() {
    run(async {
        // With a session this long, only a member that takes its leave is gone at once.
        let shop = Setup::new("shutdown").set("SPAREPARTS_KAFKA__SESSION_TIMEOUT_MS", "60000").start().await;
        let customer = shop.customer().await;
        let basket = Basket::of(&shop.catalog, &[(PADS, 1), (OIL_FILTER, 1)]).paid_by("cod");
        for pool in POOLS {
            assert_eq!(members(&shop, pool).await, 1, "{pool}");
        }
        let mut orders = Vec::new();
        for _ in 0..20 {
            orders.push(customer.place(&basket).await);
        }
        for daemon in DAEMONS {
            shop.terminate(daemon);
        }
        for daemon in DAEMONS {
            let ended = shop.ended_within(daemon, Duration::from_secs(30)).await;
            let ended = ended.unwrap_or_else(|| panic!("{daemon} does not end"));
            assert!(ended.status.success(), "{daemon}: {}", ended.status);
            assert!(ended.after < Duration::from_secs(10), "{daemon} took {:?}", ended.after);
        }
        for pool in POOLS {
            eventually(&format!("the group of {pool} is empty"), async || match members(&shop, pool).await {
                0 => Ok(()),
                left => Err(format!("{left} members")),
            })
            .await;
        }
        for daemon in DAEMONS {
            shop.start_again(daemon);
        }
        for daemon in DAEMONS {
            shop.ready(daemon).await;
        }
        for order in &orders {
            order.reaches(S::Packed).await;
        }
    });
}

async fn members(shop: &Stack, pool: &'static str) -> usize {
    let prefix = shop.prefix.clone();
    blocking(move || kafka::members(&prefix, pool)).await
}

#[test]
fn a_second_worker_takes_its_share_in_the_middle_of_the_work_and_nothing_is_lost() {
    run(async {
        let shop = Setup::new("pool").carrier(&["--step-delay-ms", "100"]).start().await;
        let customer = shop.customer().await;
        let basket = Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod");
        let mut orders = Vec::new();
        for number in 0..120 {
            orders.push(customer.place(&basket).await);
            if number == 20 {
                shop.add_worker("orders", "orders-2");
            }
            if number == 60 {
                shop.ready("orders-2").await;
            }
        }
        // The second worker may have become ready at the last moment: it is given work until it has done some.
        let shared = eventually("both workers work", async || {
            orders.push(customer.place(&basket).await);
            let done = (records_done(&shop, "orders").await, records_done(&shop, "orders-2").await);
            if done.0 > 0 && done.1 > 0 { Ok(done) } else { Err(format!("{done:?}")) }
        })
        .await;
        for order in &orders {
            order.reaches(S::Delivered).await;
        }
        assert_eq!(members(&shop, "orders").await, 2, "{shared:?}");
        shop.terminate("orders");
        shop.ended_within("orders", Duration::from_secs(30)).await.expect("the first worker ends");
        let last = customer.place(&basket).await;
        last.reaches(S::Delivered).await;
    });
}

/// How many records a worker has done, by its own numbers.
async fn records_done(shop: &Stack, instance: &str) -> u64 {
    let (_, numbers) = text(shop, &format!("{}/metrics", shop.url(instance))).await;
    let done = numbers.lines().filter(|line| line.starts_with("engine_records_total{") && line.contains("\"done\""));
    done.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

fn output(program: &str, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = plain_command(program);
    command.args(arguments).envs(settings.iter().copied()).env("SPAREPARTS_OPS__LISTEN", "127.0.0.1:0");
    command.output().unwrap_or_else(|error| panic!("{program}: {error}"))
}

#[test]
fn a_daemon_shows_its_configuration_with_every_secret_masked() {
    run(async {
        let secrets = [
            "sk_test_demo",
            "rzp_demo_secret",
            "whsec_demo",
            "rzp_whsec_demo",
            "carrier_demo_token",
            "carrier_whsec_demo",
            "messages_demo_token",
            "a development secret",
            "hunter2hunter2",
        ];
        let uri = ("SPAREPARTS_MONGO__URI", "mongodb://shop:hunter2hunter2@127.0.0.1:27017/?replicaSet=rs0");
        for daemon in DAEMONS {
            let shown = output(daemon, &["--print-config"], &[uri]);
            assert!(shown.status.success(), "{daemon}");
            let text = String::from_utf8_lossy(&shown.stdout).into_owned();
            assert!(text.contains("kafka.brokers = "), "{daemon}:\n{text}");
            for secret in secrets {
                assert!(!text.contains(secret), "{daemon} shows {secret}:\n{text}");
            }
            let masked = text.lines().filter(|line| line.ends_with("= ****")).count();
            let own: BTreeMap<&str, usize> = [("ingress", 5), ("payments", 2), ("shipping", 1)].into();
            assert_eq!(masked, own.get(daemon).copied().unwrap_or_default(), "{daemon}:\n{text}");
        }
    });
}

#[test]
fn an_unknown_key_or_section_or_a_value_of_the_wrong_type_refuses_to_start_with_one_line() {
    run(async {
        for daemon in DAEMONS {
            let unknown = format!("SPAREPARTS_{}__NO_SUCH_KEY", daemon.to_uppercase());
            for ((variable, value), culprit) in [
                ((unknown.as_str(), "1"), "no_such_key"),
                (("SPAREPARTS_KAFKA__BROKER", "x"), "broker"),
                (("SPAREPARTS_NOWHERE__KEY", "x"), "nowhere"),
                (("SPAREPARTS_KAFKA__PARTITIONS", "many"), "partitions"),
                (("SPAREPARTS_ENV", "holiday"), "SPAREPARTS_ENV"),
            ] {
                assert_refused(daemon, &[(variable, value)], culprit).await;
            }
        }
        let soon = [("SPAREPARTS_ORDERS__PAYMENT_WINDOW_SECONDS", "soon")];
        assert_refused("orders", &soon, "payment_window_seconds").await;
    });
}
