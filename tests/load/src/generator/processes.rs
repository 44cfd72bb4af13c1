//! What the processes cost: processor time and memory, as Linux counts them.

use std::{fs, str::FromStr, time::Duration};

use serde::Serialize;

use super::machine::{field, kib};

/// `USER_HZ`, the unit of the times in `/proc` (proc(5)): part of the kernel's interface, 100 on every architecture that
/// this runs on.
const TICKS_PER_SECOND: u64 = 100;

/// A process to watch: `name=pid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// What people call it.
    pub name: String,
    /// Its id.
    pub pid: u32,
}

impl FromStr for Watched {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('=').and_then(|(name, pid)| Some((name.trim(), pid.trim().parse().ok()?)));
        match parsed {
            Some((name, pid)) if !name.is_empty() => Ok(Self { name: name.to_owned(), pid }),
            _ => Err("expected name=pid, e.g. orders=4711".to_owned()),
        }
    }
}

/// What a process has cost, so far or since an earlier look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Processor time in its own code and in the kernel, without its children's.
    pub cpu: Duration,
    /// The most memory it ever had, in KiB.
    pub peak_kib: u64,
}

/// What a process cost over the run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProcessReport {
    /// What people call it.
    pub name: String,
    /// Its id.
    pub pid: u32,
    /// Whether it was there from the beginning to the end.
    pub alive: bool,
    /// Processor time, in seconds.
    pub cpu_seconds: f64,
    /// Processor time per confirmed order, in milliseconds.
    pub cpu_ms_per_order: f64,
    /// The share of one core that it had on average, in percent.
    pub core_percent: f64,
    /// The most memory it ever had, in MiB.
    pub peak_rss_mib: f64,
}

/// A look at all watched processes.
#[derive(Debug)]
pub struct Look(Vec<(Watched, Option<Cost>)>);

impl Look {
    /// Looks now.
    #[must_use]
    pub fn at(watched: &[Watched]) -> Self {
        Self(watched.iter().map(|process| (process.clone(), cost_of(process.pid))).collect())
    }

    /// What each has cost since `earlier`, a look at the same processes `elapsed` ago.
    #[must_use]
    pub fn since(&self, earlier: &Self, elapsed: Duration, orders: u64) -> Vec<ProcessReport> {
        let pairs = self.0.iter().zip(&earlier.0);
        pairs.map(|((process, now), (_, before))| report(process, *before, *now, elapsed, orders)).collect()
    }
}

fn report(process: &Watched, before: Option<Cost>, now: Option<Cost>, elapsed: Duration, orders: u64) -> ProcessReport {
    let spent = match (before, now) {
        (Some(before), Some(now)) => now.cpu.saturating_sub(before.cpu).as_secs_f64(),
        _ => 0.0,
    };
    let latest = now.or(before).unwrap_or_default();
    ProcessReport {
        name: process.name.clone(),
        pid: process.pid,
        alive: before.is_some() && now.is_some(),
        cpu_seconds: spent,
        cpu_ms_per_order: spent * 1_000.0 / orders.max(1) as f64,
        core_percent: spent * 100.0 / elapsed.as_secs_f64().max(0.001),
        peak_rss_mib: latest.peak_kib as f64 / 1_024.0,
    }
}

fn cost_of(pid: u32) -> Option<Cost> {
    let cpu = cpu_time(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?;
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    Some(Cost { cpu, peak_kib: kib(field(&status, "VmHWM")) })
}

/// `utime` and `stime`, fields 14 and 15 of `/proc/<pid>/stat`. Field 2, the name, may hold spaces and brackets: counting
/// begins behind its last one.
fn cpu_time(stat: &str) -> Option<Duration> {
    let mut behind_name = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || behind_name.next()?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks()? + ticks()?) * 1_000 / TICKS_PER_SECOND))
}

/// The machine's busy and whole processor time since it was started, in ticks, over all cores (the first line of
/// `/proc/stat`; the fifth and sixth number are idle time, the ninth and tenth are contained in the first two).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    busy: u64,
    whole: u64,
}

impl Busy {
    /// Looks now.
    #[must_use]
    pub fn now() -> Option<Self> {
        Self::parse(&fs::read_to_string("/proc/stat").ok()?)
    }

    fn parse(stat: &str) -> Option<Self> {
        let numbers = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().take(8);
        let ticks: Vec<u64> = numbers.map_while(|number| number.parse().ok()).collect();
        let whole: u64 = ticks.iter().sum();
        Some(Self { busy: whole - ticks.get(3)? - ticks.get(4)?, whole })
    }

    /// How busy the machine was since then, in percent of all its cores.
    #[must_use]
    pub fn percent_since(self, earlier: Self) -> f64 {
        let whole = self.whole.saturating_sub(earlier.whole).max(1);
        self.busy.saturating_sub(earlier.busy) as f64 * 100.0 / whole as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_a_name_with_spaces_and_brackets() {
        let stat = "4711 (a (b) c) S 1 1 1 0 -1 4194560 100 0 0 0 250 50 7 7 20 0 9 0 100 0 0";
        assert_eq!(cpu_time(stat), Some(Duration::from_secs(3)));
        assert_eq!(cpu_time("nonsense"), None);
    }

    #[test]
    fn this_process_can_be_watched() {
        let cost = cost_of(std::process::id()).unwrap();
        assert!(cost.peak_kib > 0);
        assert_eq!(cost_of(0), None);
    }

    #[test]
    fn the_cost_is_told_per_order_and_a_process_that_went_is_told_as_gone() {
        let process = Watched { name: "orders".to_owned(), pid: 1 };
        let cost = |seconds| Some(Cost { cpu: Duration::from_secs(seconds), peak_kib: 2_048 });
        let told = report(&process, cost(10), cost(16), Duration::from_secs(12), 3_000);
        assert_eq!((told.cpu_ms_per_order, told.core_percent, told.peak_rss_mib, told.alive), (2.0, 50.0, 2.0, true));
        assert!(!report(&process, cost(10), None, Duration::from_secs(12), 3_000).alive);
    }

    #[test]
    fn waiting_for_a_disk_is_not_being_busy() {
        let earlier = Busy::parse("cpu  0 0 0 0 0 0 0 0 0 0\n").unwrap();
        let now = Busy::parse("cpu  30 0 20 40 10 0 0 0 0 0\ncpu0 1\n").unwrap();
        assert_eq!(now.percent_since(earlier), 50.0);
    }
}
