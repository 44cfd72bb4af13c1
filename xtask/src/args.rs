//! The command line, parsed into something already valid.

use std::path::PathBuf;

use crate::daemons;
use crate::failure::{Failure, Outcome};
use crate::parts::{self, Proxied, Site};

/// What `cargo xtask help` prints.
pub const USAGE: &str = "\
cargo xtask <command>

  demo [--once]         build, start everything, place orders and print their journeys;
                        stays up until Ctrl-C, with --once it ends after the orders (exit 0 or 1)
      --release                a release build, for what is to be measured
  test [filter..]       format, lints, licences, build and every test on the real parts;
                        with a filter only the tests it names (passed on to `cargo test`)
  load [options..]      release build, everything on free ports, orders at a fixed rate
      --deliver                parcels move every 0.4 s, so that their tracking is part of the load
      --workers POOL=N         start N processes of a pool, e.g. --workers orders=2
      --rate R --orders N      orders per second (300) and in all (two minutes' worth)
      --mix stripe=45,cod=10   how customers pay, as shares
      --overload               three phases: the rate (what the shop can do), three times that, and as before;
                               fails unless the shop sheds the rest and goes on doing what it can
      --at-least R             fail below so many confirmed orders per second
      --status-rate S          status reads per second beside the orders (50); so with --product-rate,
                               --list-rate and --cart-rate
      --quiet SECONDS          reads after the orders and not beside them, for so long
      --json FILE ..           the report as JSON; all others: tests/load/src/generator/args.rs
  chaos [options..]     release build, everything with parts of its own, orders while things are killed,
                        frozen and cut off by seed; then the books are checked (exit 0 or 1)
      --faults F1,F5           which faults (all); --list lists them
      --minutes M, --seconds S how long they go on (2 minutes)
      --seed S --runs N        N runs with the seeds S, S+1, .. and a table of them all
      --rate R                 orders per second (200; with --debug 15)
      --debug                  a debug build
  fuzz [options..]      release build, mutated bytes for every parser of outside bytes
      --minutes M              how long over all targets (1)
      --target T --seed S      one target (order-form, stripe, token, ..), the same mutations again
  up                    Kafka, MongoDB, Redis and the daemons, until Ctrl-C
  parts                 only Kafka, MongoDB and Redis, until Ctrl-C; prints their URLs to export
  part NAME --data DIR --port P [--controller C] [--proxied P --proxy Q]
                        becomes one native part, for programs that kill it and start it again
  doctor                says what is present and what is missing, changes nothing
  help                  this text

  --native              (any of them) do not use Docker Compose even where an engine answers

A part whose URL is in the environment is used as it is and never started:
  SPAREPARTS_KAFKA__BROKERS=host:port[,..]  SPAREPARTS_MONGO__URI=mongodb://..  SPAREPARTS_REDIS__URL=redis://..
Downloads are kept in ${XDG_CACHE_HOME:-~/.cache}/spareparts, logs of the demo in .demo/logs.";

/// One parsed command.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Prints [`USAGE`].
    Help,
    /// Reports the state of the machine.
    Doctor,
    /// The three stores, held until Ctrl-C.
    Parts { native: bool },
    /// This process becomes one native part.
    Part { name: String, site: Site },
    /// The stores and the daemons, held until Ctrl-C.
    Up { native: bool },
    /// The whole system and the demo orders.
    Demo { native: bool, once: bool, release: bool },
    /// Every check of the project, or the tests a filter names.
    Test { native: bool, filter: Vec<String> },
    /// The load generator on a release build.
    Load { native: bool, deliver: bool, workers: Vec<(String, usize)>, rest: Vec<String> },
    /// Mutated bytes for the parsers of outside bytes.
    Fuzz { native: bool, rest: Vec<String> },
    /// Runs with faults.
    Chaos { debug: bool, rest: Vec<String> },
}

/// Parses the arguments after `cargo xtask`.
///
/// # Errors
/// An unknown command or option, with the usage text.
pub fn parse(arguments: impl Iterator<Item = String>) -> Outcome<Command> {
    let mut rest: Vec<String> = arguments.collect();
    let name = if rest.is_empty() { "help".to_owned() } else { rest.remove(0) };
    if rest.iter().any(|argument| argument == "--help" || argument == "-h") {
        return Ok(Command::Help);
    }
    let native = take_flag(&mut rest, "--native");
    match name.as_str() {
        "help" | "--help" | "-h" => Ok(Command::Help),
        "doctor" => nothing_left(&name, rest, Command::Doctor),
        "parts" => nothing_left(&name, rest, Command::Parts { native }),
        "up" => nothing_left(&name, rest, Command::Up { native }),
        "demo" => {
            let once = take_flag(&mut rest, "--once");
            let release = take_flag(&mut rest, "--release");
            nothing_left(&name, rest, Command::Demo { native, once, release })
        }
        "test" => Ok(Command::Test { native, filter: rest }),
        "load" => {
            let workers = take_workers(&mut rest)?;
            let deliver = take_flag(&mut rest, "--deliver");
            Ok(Command::Load { native, deliver, workers, rest })
        }
        "fuzz" => Ok(Command::Fuzz { native, rest }),
        "chaos" => {
            let debug = take_flag(&mut rest, "--debug");
            Ok(Command::Chaos { debug, rest })
        }
        "part" => take_part(rest),
        unknown => Err(misuse(&format!("there is no command `{unknown}`"))),
    }
}

fn take_flag(rest: &mut Vec<String>, flag: &str) -> bool {
    let before = rest.len();
    rest.retain(|argument| argument != flag);
    rest.len() != before
}

fn nothing_left(name: &str, rest: Vec<String>, command: Command) -> Outcome<Command> {
    match rest.first() {
        None => Ok(command),
        Some(extra) => Err(misuse(&format!("`{name}` does not take `{extra}`"))),
    }
}

fn take_workers(rest: &mut Vec<String>) -> Outcome<Vec<(String, usize)>> {
    let mut workers = Vec::new();
    while let Some(pool) = take_value(rest, "--workers")? {
        workers.push(parse_pool(&pool)?);
    }
    Ok(workers)
}

fn take_part(mut rest: Vec<String>) -> Outcome<Command> {
    let data = take_value(&mut rest, "--data")?.map(PathBuf::from).ok_or_else(|| misuse("`part` needs --data DIR"))?;
    let port = take_port(&mut rest, "--port")?.ok_or_else(|| misuse("`part` needs --port P"))?;
    let controller = take_port(&mut rest, "--controller")?.unwrap_or_default();
    let proxied = match (take_port(&mut rest, "--proxied")?, take_port(&mut rest, "--proxy")?) {
        (None, None) => None,
        (Some(port), Some(proxy)) => Some(Proxied { port, proxy }),
        _ => return Err(misuse("`--proxied` and `--proxy` go together")),
    };
    match rest.as_slice() {
        [name] if parts::is_part(name) => {
            Ok(Command::Part { name: name.clone(), site: Site { data, port, controller, proxied } })
        }
        _ => Err(misuse("`part` takes kafka, mongod or redis")),
    }
}

fn take_value(rest: &mut Vec<String>, option: &str) -> Outcome<Option<String>> {
    let Some(at) = rest.iter().position(|argument| argument == option) else { return Ok(None) };
    if at + 1 == rest.len() {
        return Err(misuse(&format!("`{option}` takes a value")));
    }
    rest.remove(at);
    Ok(Some(rest.remove(at)))
}

fn take_port(rest: &mut Vec<String>, option: &str) -> Outcome<Option<u16>> {
    let value = take_value(rest, option)?;
    let parsed = value.map(|value| value.parse().map_err(|_| misuse(&format!("`{option} {value}`: expected a port"))));
    parsed.transpose()
}

fn parse_pool(text: &str) -> Outcome<(String, usize)> {
    let parsed = text
        .split_once('=')
        .and_then(|(pool, size)| Some((pool, size.parse::<usize>().ok()?)))
        .filter(|(pool, size)| daemons::is_pool(pool) && (1..=64).contains(size));
    match parsed {
        Some((pool, size)) => Ok((pool.to_owned(), size)),
        None => Err(misuse(&format!(
            "`--workers {text}`: expected one of {} and a number from 1 to 64, e.g. orders=2",
            daemons::POOLS.join(", ")
        ))),
    }
}

fn misuse(message: &str) -> Failure {
    Failure::Message(format!("{message}\n\n{USAGE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Outcome<Command> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn load_keeps_its_own_options_and_passes_the_rest_on() {
        let command = parsed("load --rate 300 --workers orders=2 --orders 9 --deliver --native").unwrap();
        assert_eq!(
            command,
            Command::Load {
                native: true,
                deliver: true,
                workers: vec![("orders".to_owned(), 2)],
                rest: ["--rate", "300", "--orders", "9"].map(str::to_owned).to_vec(),
            }
        );
    }

    #[test]
    fn a_pool_that_does_not_exist_is_refused() {
        assert!(parsed("load --workers ingres=2").is_err());
        assert!(parsed("load --workers orders=0").is_err());
        assert!(parsed("load --workers").is_err());
    }

    #[test]
    fn a_part_is_told_where_it_lives() {
        let site = Site { data: "d".into(), port: 9, controller: 0, proxied: None };
        let command = parsed("part redis --port 9 --data d").unwrap();
        assert_eq!(command, Command::Part { name: "redis".to_owned(), site });
        let site = Site { data: "d".into(), port: 9, controller: 8, proxied: Some(Proxied { port: 7, proxy: 6 }) };
        let command = parsed("part kafka --port 9 --data d --controller 8 --proxied 7 --proxy 6").unwrap();
        assert_eq!(command, Command::Part { name: "kafka".to_owned(), site });
        assert!(parsed("part kafka --port 9 --data d --proxied 7").is_err());
        assert!(parsed("part redis --data d").is_err());
        assert!(parsed("part oracle --port 9 --data d").is_err());
        assert!(parsed("part kafka --data d --port many").is_err());
    }

    #[test]
    fn a_mistyped_option_is_refused_and_not_ignored() {
        assert!(parsed("demo --onec").is_err());
        assert!(parsed("dmeo").is_err());
    }

    #[test]
    fn no_command_means_help() {
        assert_eq!(parsed("").unwrap(), Command::Help);
        // Asking what a command does must not start it.
        assert_eq!(parsed("load --rate 9 --help").unwrap(), Command::Help);
    }
}
