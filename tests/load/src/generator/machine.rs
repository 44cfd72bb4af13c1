//! The machine: no figure means anything without it.

use std::fs;

use serde::Serialize;

/// What the figures were measured on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// The processor, as Linux names it.
    pub cpu: String,
    /// How many cores there are.
    pub cores: usize,
    /// Its memory, in MiB.
    pub memory_mib: u64,
    /// The kernel's release.
    pub kernel: String,
}

impl Machine {
    /// This one; what Linux does not tell is empty.
    #[must_use]
    pub fn this() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let (cpus, memory) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
        Self {
            cpu: field(&cpus, "model name").unwrap_or("unknown processor").to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mib: kib(field(&memory, "MemTotal")) / 1_024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        }
    }
}

/// The first value under a name, in a file of `name: value` lines.
pub fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let named = |line: &'a str| line.split_once(':').filter(|(found, _)| found.trim() == name);
    text.lines().find_map(named).map(|(_, value)| value.trim())
}

/// A number of kibibytes as Linux writes it: `123 kB`.
pub fn kib(value: Option<&str>) -> u64 {
    value.and_then(|text| text.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let text = "model\t\t: 1\nmodel name\t: AMD EPYC: 2\nMemTotal:   2048 kB\n";
        assert_eq!(field(text, "model name"), Some("AMD EPYC: 2"));
        assert_eq!(kib(field(text, "MemTotal")), 2_048);
        assert_eq!(kib(field(text, "SwapTotal")), 0);
    }
}
