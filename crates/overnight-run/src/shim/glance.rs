//! A look at a running attempt from outside, for those who watch.

use std::path::Path;

use serde::Serialize;

use super::Birth;
use super::tree::Tree;

/// What the processes of a step hold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TreeMemory {
    /// Resident memory of all of them together now, in MiB; shared pages count for each.
    pub rss_mib: f64,
    /// The most the largest living one of them held, in MiB.
    pub peak_mib: f64,
}

/// The shim of an attempt, and what is below it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glance {
    /// Process id of the shim.
    pub pid: u32,
    /// Whether it lives, with the step below it, runner or not.
    pub is_alive: bool,
    /// What the step's processes hold; `None` when there are none.
    pub memory: Option<TreeMemory>,
}

impl Glance {
    /// Looks at the attempt in `folder`; `None` before its shim has said who it is.
    pub fn at(folder: &Path) -> Option<Self> {
        let shim = Birth::read(folder)?.shim;
        let is_alive = shim.is_alive();
        let tree = is_alive.then(|| Tree::below(shim.pid));
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let memory = tree.filter(|tree| tree.len() > 0).map(|tree| {
            let usage = tree.usage();
            TreeMemory {
                rss_mib: mib(usage.resident_bytes),
                peak_mib: mib(usage.largest_peak_bytes),
            }
        });
        Some(Self {
            pid: shim.pid,
            is_alive,
            memory,
        })
    }
}
