//! Putting a tree together from some of the units of a change.
//!
//! Everything happens in an index of its own; the tree's files and git's own index are only
//! touched by [`Workspace::check_out`].

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::PathBuf;

use super::unit::{Delta, FileState};
use super::{Change, Git, Unit, Workspace, WorkspaceError};

impl Workspace {
    /// A change from the id of its tree, as [`Change::tree`] gave it earlier.
    ///
    /// # Errors
    /// [`WorkspaceError::Git`] when the repository does not have that tree.
    pub fn change_from_tree(&self, tree: &str) -> Result<Change, WorkspaceError> {
        let tree = tree.trim();
        if tree.is_empty() || !tree.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(WorkspaceError::Git {
                what: "find the changed tree".to_owned(),
                message: "its id is not one".to_owned(),
            });
        }
        let object = format!("{tree}^{{tree}}");
        let arguments = ["rev-parse", "--verify", "--quiet", &object];
        let tree = self.git.text("find the changed tree", &arguments)?;
        let stat = self.stat(&self.tip, &tree)?;
        Ok(Change { tree, stat })
    }

    /// Makes the files those of a change, and removes everything else that git does not
    /// ignore. The commit the night stands on stays.
    ///
    /// # Errors
    /// [`WorkspaceError::Git`].
    pub fn check_out(&self, change: &Change) -> Result<(), WorkspaceError> {
        self.return_to_tip()?;
        let arguments = ["read-tree", "--reset", "-u", &change.tree];
        self.git.text("lay out the changed files", &arguments)?;
        self.remove_new_files()
    }

    /// An index of its own, holding the commit the night stands on.
    pub(super) fn scratch(&self) -> Result<(Git, tempfile::TempDir), WorkspaceError> {
        let folder = tempfile::tempdir().map_err(|source| WorkspaceError::File {
            what: "make",
            path: "a temporary folder".into(),
            source,
        })?;
        let index = folder.path().join("index");
        let git = self.git.clone().with_env("GIT_INDEX_FILE", index);
        git.text("read the base", &["read-tree", &self.tip])?;
        Ok((git, folder))
    }
}

/// Puts trees together on the commit the night stands on.
pub(crate) struct Composer<'w> {
    workspace: &'w Workspace,
    /// How each path is before the change.
    base: HashMap<Vec<u8>, Option<FileState>>,
    /// What three contents were merged to; `None` when they touch the same lines.
    merged: HashMap<[String; 3], Option<String>>,
}

impl<'w> Composer<'w> {
    /// For subsets of `units`, which in this order lead from the base to the whole change.
    pub(crate) fn new<'u>(
        workspace: &'w Workspace,
        units: impl IntoIterator<Item = &'u Unit>,
    ) -> Self {
        let mut base = HashMap::new();
        for delta in units.into_iter().flat_map(|unit| &unit.deltas) {
            let first = || delta.before.clone();
            base.entry(delta.path.clone()).or_insert_with(first);
        }
        Self {
            workspace,
            base,
            merged: HashMap::new(),
        }
    }

    /// The tree with the changes of `chosen`, in the order of [`Self::new`]; `None` when one
    /// of them builds on another that is not chosen.
    pub(crate) fn compose(&mut self, chosen: &[&Unit]) -> Result<Option<String>, WorkspaceError> {
        let mut now: BTreeMap<&[u8], Option<FileState>> = BTreeMap::new();
        for delta in chosen.iter().flat_map(|unit| &unit.deltas) {
            let current = match now.get(&delta.path[..]) {
                Some(state) => state.clone(),
                None => self.base.get(&delta.path).cloned().flatten(),
            };
            let next = if current == delta.before {
                delta.after.clone()
            } else if current == delta.after {
                current
            } else {
                match self.merge(current.as_ref(), delta)? {
                    Some(merged) => Some(merged),
                    None => return Ok(None),
                }
            };
            now.insert(&delta.path, next);
        }
        self.write(&now).map(Some)
    }

    /// Writes a tree: the base with these paths as given.
    fn write(&self, paths: &BTreeMap<&[u8], Option<FileState>>) -> Result<String, WorkspaceError> {
        let nothing = "0".repeat(self.workspace.tip.len());
        let mut lines = Vec::new();
        // Removals first: a folder may take the name of a file.
        for removes in [true, false] {
            for (path, state) in paths.iter().filter(|(_, s)| s.is_none() == removes) {
                let (mode, object) = match state {
                    Some(state) => (state.mode.as_str(), state.object.as_str()),
                    None => ("0", nothing.as_str()),
                };
                lines.extend_from_slice(format!("{mode} {object}\t").as_bytes());
                lines.extend_from_slice(path);
                lines.push(0);
            }
        }
        let (git, _folder) = self.workspace.scratch()?;
        let (code, _) = git.bytes(&["update-index", "-z", "--index-info"], &lines)?;
        if code != Some(0) {
            return Err(WorkspaceError::Git {
                what: "put a part of the change together".to_owned(),
                message: "git update-index refused".to_owned(),
            });
        }
        git.text("put a part of the change together", &["write-tree"])
    }

    /// A file as it is once `delta` is applied to `current`, which is not what it was made
    /// for; `None` when that is not to be had without a conflict.
    fn merge(
        &mut self,
        current: Option<&FileState>,
        delta: &Delta,
    ) -> Result<Option<FileState>, WorkspaceError> {
        let (Some(ours), Some(base), Some(theirs)) =
            (current, delta.before.as_ref(), delta.after.as_ref())
        else {
            return Ok(None);
        };
        let are_files = [ours, base, theirs]
            .iter()
            .all(|s| s.mode.starts_with("100"));
        let mode = match () {
            () if base.mode == theirs.mode => &ours.mode,
            () if base.mode == ours.mode => &theirs.mode,
            () => return Ok(None),
        };
        if !are_files {
            return Ok(None);
        }
        let contents = [ours, base, theirs].map(|state| state.object.clone());
        let object = match self.merged.get(&contents) {
            Some(known) => known.clone(),
            None => {
                let merged = self.merge_contents(&contents)?;
                self.merged.insert(contents, merged.clone());
                merged
            }
        };
        Ok(object.map(|object| FileState {
            mode: mode.clone(),
            object,
        }))
    }

    fn merge_contents(&self, contents: &[String; 3]) -> Result<Option<String>, WorkspaceError> {
        let (git, folder) = self.workspace.scratch()?;
        let mut files: Vec<PathBuf> = Vec::new();
        let write = |path: &PathBuf, bytes: &[u8]| {
            fs::write(path, bytes).map_err(|source| WorkspaceError::File {
                what: "write",
                path: path.clone(),
                source,
            })
        };
        for (name, object) in ["ours", "base", "theirs"].iter().zip(contents) {
            let (code, bytes) = git.bytes(&["cat-file", "blob", object], &[])?;
            if code != Some(0) {
                return Ok(None);
            }
            let path = folder.path().join(name);
            write(&path, &bytes)?;
            files.push(path);
        }
        let names: Vec<_> = files.iter().map(|path| path.to_string_lossy()).collect();
        let mut arguments = vec!["merge-file", "-p", "--quiet"];
        arguments.extend(names.iter().map(AsRef::as_ref));
        // Its exit code counts conflicts; above 127 the contents are not text.
        let (code, merged) = git.bytes(&arguments, &[])?;
        if code != Some(0) {
            return Ok(None);
        }
        let arguments = ["hash-object", "-w", "--stdin"];
        let (code, object) = git.bytes(&arguments, &merged)?;
        let object = String::from_utf8_lossy(&object).trim().to_owned();
        Ok((code == Some(0) && !object.is_empty()).then_some(object))
    }
}
