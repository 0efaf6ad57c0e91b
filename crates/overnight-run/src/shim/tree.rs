//! The processes of a step: everything that descends from its shim.
//!
//! The shim is a subreaper, so a process whose parent has ended becomes its child: nobody
//! leaves the tree by forking twice, by a session of its own or by clearing its
//! environment.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rustix::process::{Pid, Signal, kill_process};

use crate::process::Stat;

/// Bytes of a page of memory.
fn page_bytes() -> u64 {
    rustix::param::page_size() as u64
}

/// The living descendants of a process at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    members: BTreeMap<u32, Stat>,
}

/// What a tree uses.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Usage {
    /// Resident memory of all its processes in bytes; pages they share count in each.
    pub(super) resident_bytes: u64,
    /// Largest peak of one process in bytes.
    pub(super) largest_peak_bytes: u64,
    /// Processor seconds of its living processes and the children they waited for.
    pub(super) cpu_s: f64,
}

impl Tree {
    /// The descendants of `root` that have not ended, without itself.
    pub(super) fn below(root: u32) -> Self {
        let mut all: BTreeMap<u32, Stat> = BTreeMap::new();
        let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let entries = fs::read_dir("/proc").into_iter().flatten();
        for pid in entries.filter_map(|e| e.ok()?.file_name().to_str()?.parse::<u32>().ok()) {
            if let Some(stat) = Stat::read(pid) {
                children.entry(stat.parent).or_default().push(pid);
                all.insert(pid, stat);
            }
        }
        let mut members = BTreeMap::new();
        let mut waiting = children.remove(&root).unwrap_or_default();
        while let Some(pid) = waiting.pop() {
            waiting.extend(children.remove(&pid).unwrap_or_default());
            if let Some(stat) = all.remove(&pid).filter(|stat| !stat.is_dead()) {
                members.insert(pid, stat);
            }
        }
        Self { members }
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn pids(&self) -> BTreeSet<u32> {
        self.members.keys().copied().collect()
    }

    pub(super) fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for (pid, stat) in &self.members {
            usage.cpu_s += stat.cpu_s();
            usage.resident_bytes += resident_bytes(*pid);
            let peak = crate::process::high_water_kib(*pid).unwrap_or(0) * 1024;
            usage.largest_peak_bytes = usage.largest_peak_bytes.max(peak);
        }
        usage
    }

    /// Resident memory in bytes with shared pages divided among those who share them
    /// (`Pss`); slow, so asked for only when the sum of all looks too large.
    pub(super) fn proportional_bytes(&self) -> u64 {
        let of = |pid: &u32| {
            let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
            let line = rollup.lines().find_map(|l| l.strip_prefix("Pss:"))?;
            let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
            Some(kib * 1024)
        };
        let pids = self.members.keys();
        pids.map(|pid| of(pid).unwrap_or_else(|| resident_bytes(*pid)))
            .sum()
    }

    pub(super) fn signal(&self, signal: Signal) {
        for pid in self.members.keys() {
            send(*pid, signal);
        }
    }
}

fn resident_bytes(pid: u32) -> u64 {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    let pages: u64 = statm
        .split_ascii_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .unwrap_or(0);
    pages * page_bytes()
}

fn send(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().filter(|pid| *pid > 1);
    if let Some(pid) = pid.and_then(Pid::from_raw) {
        // One that ended meanwhile is what we want.
        let _ = kill_process(pid, signal);
    }
}

/// Ends every descendant of `root` at once. They are stopped first, so that one that forks
/// in a loop cannot outrun us.
pub(super) fn kill_all(root: u32) {
    let mut stopped = BTreeSet::new();
    for _ in 0..100 {
        let tree = Tree::below(root);
        let fresh: Vec<u32> = tree.pids().difference(&stopped).copied().collect();
        if fresh.is_empty() {
            break;
        }
        for pid in fresh {
            send(pid, Signal::STOP);
            stopped.insert(pid);
        }
    }
    Tree::below(root).signal(Signal::KILL);
}
