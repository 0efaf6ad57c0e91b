//! Process groups: who is in one, how much memory they held, and ending them.

use std::collections::BTreeSet;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};

use super::identity::Stat;

/// Every pid the kernel lists.
pub(super) fn pids() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// Peak resident memory in MiB of the largest living process of a group.
pub(super) fn peak_rss_mib(group: u32) -> Option<f64> {
    let group = i32::try_from(group).ok()?;
    let in_group = |pid: &u32| Stat::read(*pid).is_some_and(|stat| stat.group == group);
    pids()
        .filter(in_group)
        .filter_map(high_water_kib)
        .max()
        .map(|kib| kib as f64 / 1024.0)
}

/// `VmHWM` of `/proc/PID/status`.
pub(crate) fn high_water_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// Sends a signal to every process of a group; `false` when there is none.
pub(super) fn signal_group(group: u32, signal: Signal) -> bool {
    as_pid(group).is_some_and(|pid| kill_process_group(pid, signal).is_ok())
}

/// A pid that means neither our own group nor everything.
fn as_pid(group: u32) -> Option<Pid> {
    i32::try_from(group)
        .ok()
        .filter(|id| *id > 1)
        .and_then(Pid::from_raw)
}

/// Whether a group has a member that has not ended.
pub(super) fn is_group_alive(group: u32) -> bool {
    let Some(pid) = as_pid(group) else {
        return false;
    };
    if test_kill_process_group(pid).is_err() {
        return false;
    }
    // A member that has ended but was not yet reaped still counts for the kernel.
    let group = pid.as_raw_nonzero().get();
    pids().any(|pid| Stat::read(pid).is_some_and(|stat| stat.group == group && !stat.is_dead()))
}

/// Ends a group: SIGTERM, up to `grace`, SIGKILL.
pub(crate) fn end_group(group: u32, grace: Duration) {
    signal_group(group, Signal::TERM);
    let begun = Instant::now();
    while is_group_alive(group) && begun.elapsed() < grace {
        thread::sleep(Duration::from_millis(20));
    }
    signal_group(group, Signal::KILL);
    let killed = Instant::now();
    while is_group_alive(group) && killed.elapsed() < Duration::from_secs(5) {
        thread::sleep(Duration::from_millis(5));
    }
}

/// Ends processes one by one: SIGTERM, up to `grace`, SIGKILL. Their groups may have other
/// members.
pub(crate) fn end_processes(pids: &BTreeSet<u32>, grace: Duration) {
    let alive = || {
        pids.iter()
            .filter(|pid| Stat::read(**pid).is_some_and(|stat| !stat.is_dead()))
            .filter_map(|pid| as_pid(*pid))
            .collect::<Vec<Pid>>()
    };
    for (signal, limit) in [
        (Signal::TERM, grace),
        (Signal::KILL, Duration::from_secs(5)),
    ] {
        for pid in alive() {
            let _ = kill_process(pid, signal);
        }
        let begun = Instant::now();
        while !alive().is_empty() && begun.elapsed() < limit {
            thread::sleep(Duration::from_millis(10));
        }
    }
}
