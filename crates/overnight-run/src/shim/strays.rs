//! Processes of a step that nobody could find again once its shim is gone: those that do
//! not carry the step's environment. The shim writes them down while it lives.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::order::write_unsynced;
use super::tree::Tree;
use crate::process::{ProcessIdentity, has_variable};

/// Name of the list in an attempt's folder; there only while there may be any.
const FILE: &str = "strays.json";
/// The variable every process of a step is started with.
const MARK: &str = "OVERNIGHT_STEP_DIR";

/// The list an attempt's folder holds.
#[derive(Debug, Default)]
pub(super) struct Strays {
    listed: BTreeSet<u32>,
}

impl Strays {
    /// Brings the list up to date with the tree.
    pub(super) fn look(&mut self, tree: &Tree, folder: &Path) {
        let is_stray = |pid: &u32| !has_variable(*pid, MARK, folder.as_os_str());
        let strays: BTreeSet<u32> = tree.pids().into_iter().filter(is_stray).collect();
        if strays == self.listed {
            return;
        }
        let processes: Vec<ProcessIdentity> = strays
            .iter()
            .filter_map(|pid| ProcessIdentity::of(*pid))
            .collect();
        // A list that cannot be written matters only when the shim is killed, too.
        let _ = write_unsynced(&folder.join(FILE), &processes);
        self.listed = strays;
    }

    /// Removes the list: the tree is gone.
    pub(super) fn forget(&self, folder: &Path) {
        if !self.listed.is_empty() || folder.join(FILE).exists() {
            let _ = fs::remove_file(folder.join(FILE));
        }
    }
}

/// The strays of an attempt that still run, with everything below them.
pub(super) fn living(folder: &Path) -> BTreeSet<u32> {
    let listed: Vec<ProcessIdentity> = fs::read(folder.join(FILE))
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let mut pids = BTreeSet::new();
    for process in listed.iter().filter(|process| process.is_alive()) {
        pids.insert(process.pid);
        pids.extend(Tree::below(process.pid).pids());
    }
    pids
}
