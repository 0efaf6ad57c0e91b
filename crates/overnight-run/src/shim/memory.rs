//! Memory: what a step's processes may hold, and who sees to it.

use std::fs;

use super::tree::{Tree, Usage};

/// A machine with less memory left than this share of it, in percent, is about to stall.
const HOST_FLOOR_PERCENT: u64 = 3;
/// Share of the machine's memory, in percent, above which a step is the one to end then.
const CULPRIT_PERCENT: u64 = 25;

/// Watches a tree when the kernel does not keep its limit.
#[derive(Debug)]
pub(super) struct Watchdog {
    limit_bytes: Option<u64>,
    total_bytes: u64,
}

impl Watchdog {
    /// `limit_bytes` is the step's own limit, when the kernel does not keep it.
    pub(super) fn new(limit_bytes: Option<u64>) -> Self {
        Self {
            limit_bytes,
            total_bytes: meminfo("MemTotal:").unwrap_or(u64::MAX),
        }
    }

    /// Why the tree has to be ended now, in words; `None` while all is well.
    pub(super) fn verdict(&self, tree: &Tree, usage: Usage) -> Option<String> {
        if let Some(limit) = self.limit_bytes
            && usage.resident_bytes > limit
        {
            // Shared pages were counted in each process; look closer before ending it.
            let held = tree.proportional_bytes();
            if held > limit {
                return Some(format!(
                    "its processes held {} MiB, {} MiB are allowed",
                    held >> 20,
                    limit >> 20
                ));
            }
        }
        let left = meminfo("MemAvailable:")?;
        let is_scarce = left < self.total_bytes / 100 * HOST_FLOOR_PERCENT;
        if !is_scarce || usage.resident_bytes < self.total_bytes / 100 * CULPRIT_PERCENT {
            return None;
        }
        let held = tree.proportional_bytes();
        (held > self.total_bytes / 100 * CULPRIT_PERCENT).then(|| {
            format!(
                "the machine had {} MiB of memory left and its processes held {} MiB",
                left >> 20,
                held >> 20
            )
        })
    }
}

/// A value of `/proc/meminfo` in bytes.
fn meminfo(name: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// Processes the kernel has ended for want of memory since the machine was started
/// (`oom_kill` of `/proc/vmstat`).
pub(super) fn machine_oom_kills() -> u64 {
    let text = fs::read_to_string("/proc/vmstat").unwrap_or_default();
    counter(&text, "oom_kill")
}

/// The value of `name` in lines of `name value`; 0 when it is not there.
pub(super) fn counter(text: &str, name: &str) -> u64 {
    let value = text.lines().find_map(|line| {
        let (key, value) = line.split_once(' ')?;
        (key == name).then(|| value.trim().parse().ok()).flatten()
    });
    value.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_found_by_their_whole_name() {
        let text = "low 0\noom 3\noom_kill 2\noom_group_kill 1\n";
        assert_eq!(counter(text, "oom_kill"), 2);
        assert_eq!(counter(text, "oom_kil"), 0);
        assert!(meminfo("MemTotal:").is_some_and(|bytes| bytes > 1 << 20));
    }
}
