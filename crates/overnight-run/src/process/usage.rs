//! What a step's processes hold now, for those who watch.

use std::fs;

use serde::Serialize;

use super::group::pids;
use super::identity::Stat;

/// Memory of the processes of a group.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GroupMemory {
    /// Resident memory of all of them together now, in MiB; shared pages count for each.
    pub rss_mib: f64,
    /// The most the largest living one of them held, in MiB.
    pub peak_mib: f64,
}

/// The memory of the group that the process `leader` leads; `None` when nobody is in it or
/// the kernel does not tell.
pub fn memory_of_group(leader: u32) -> Option<GroupMemory> {
    let group = i32::try_from(leader).ok()?;
    let mut memory: Option<GroupMemory> = None;
    for pid in pids().filter(|pid| Stat::read(*pid).is_some_and(|stat| stat.group == group)) {
        let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else {
            continue;
        };
        let (Some(rss), Some(peak)) = (mib(&status, "VmRSS:"), mib(&status, "VmHWM:")) else {
            // A process that has ended holds nothing.
            continue;
        };
        let sum = memory.get_or_insert(GroupMemory {
            rss_mib: 0.0,
            peak_mib: 0.0,
        });
        sum.rss_mib += rss;
        sum.peak_mib = sum.peak_mib.max(peak);
    }
    memory
}

/// A size of `/proc/PID/status`.
fn mib(status: &str, field: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib as f64 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_holds_what_its_processes_hold() {
        let own = Stat::read(std::process::id()).unwrap();
        let memory = memory_of_group(own.group.unsigned_abs()).unwrap();
        assert!(memory.rss_mib > 0.5 && memory.peak_mib > 0.5, "{memory:?}");
        assert_eq!(memory_of_group(u32::MAX), None);
        assert_eq!(mib("VmRSS:\t    2048 kB\nVmHWM: x", "VmRSS:"), Some(2.0));
        assert_eq!(mib("VmRSS:\t    2048 kB\nVmHWM: x", "VmHWM:"), None);
    }
}
