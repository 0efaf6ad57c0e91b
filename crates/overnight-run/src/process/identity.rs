//! Which process it was: a pid alone is reused.

use std::fs;

use serde::{Deserialize, Serialize};

/// A process, told apart from a later one with the same pid and from one before a reboot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessIdentity {
    /// Process id.
    pub pid: u32,
    /// When it was started, in clock ticks since boot (field 22 of `/proc/PID/stat`).
    pub start_ticks: u64,
    /// The kernel's id of the boot it was started in.
    pub boot_id: String,
}

impl ProcessIdentity {
    /// The identity of a running process; `None` when there is no such process or the
    /// kernel does not tell.
    pub fn of(pid: u32) -> Option<Self> {
        let stat = Stat::read(pid)?;
        Some(Self {
            pid,
            start_ticks: stat.start_ticks,
            boot_id: boot_id()?,
        })
    }

    /// The identity of this very process.
    pub fn current() -> Option<Self> {
        Self::of(std::process::id())
    }

    /// Whether this process, and not another with its pid, still runs.
    pub fn is_alive(&self) -> bool {
        let Some(stat) = Stat::read(self.pid) else {
            return false;
        };
        !stat.is_dead()
            && stat.start_ticks == self.start_ticks
            && boot_id().as_deref() == Some(self.boot_id.as_str())
    }
}

/// The fields of `/proc/PID/stat` we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    state: u8,
    /// Process id of its parent.
    pub(crate) parent: u32,
    /// Process group.
    pub(super) group: i32,
    start_ticks: u64,
    /// Processor time of its own and of the children it waited for, in clock ticks.
    cpu_ticks: u64,
}

impl Stat {
    pub(crate) fn read(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The program's name, in parentheses, may itself contain spaces and parentheses, so
    /// fields are counted from the last closing one.
    fn parse(text: &str) -> Option<Self> {
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        Some(Self {
            state: *fields.first()?.as_bytes().first()?,
            parent: fields.get(1)?.parse().ok()?,
            group: fields.get(2)?.parse().ok()?,
            start_ticks: fields.get(19)?.parse().ok()?,
            cpu_ticks: fields
                .get(11..15)?
                .iter()
                .filter_map(|ticks| ticks.parse::<u64>().ok())
                .sum(),
        })
    }

    /// Whether it has ended and only waits to be noticed by its parent.
    pub(crate) fn is_dead(self) -> bool {
        matches!(self.state, b'Z' | b'X')
    }

    /// Processor seconds of its own and of the children it waited for.
    pub(crate) fn cpu_s(self) -> f64 {
        self.cpu_ticks as f64 / rustix::param::clock_ticks_per_second() as f64
    }
}

fn boot_id() -> Option<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let line = "7 (a) S b) R 1 7 7 0 -1 4194560 1 0 0 0 3 1 0 0 20 0 1 0 12345 1 1";
        let stat = Stat::parse(line).unwrap();
        assert_eq!((stat.state, stat.group, stat.start_ticks), (b'R', 7, 12345));
        assert_eq!((stat.parent, stat.cpu_ticks), (1, 4));
        assert_eq!(Stat::parse("7 (sh"), None);
    }

    #[test]
    fn another_process_with_the_same_pid_is_another_process() {
        let own = ProcessIdentity::current().unwrap();
        assert!(own.is_alive());
        let earlier = ProcessIdentity {
            start_ticks: own.start_ticks + 1,
            ..own.clone()
        };
        let before_reboot = ProcessIdentity {
            boot_id: "other".to_owned(),
            ..own
        };
        assert!(!earlier.is_alive() && !before_reboot.is_alive());
    }
}
