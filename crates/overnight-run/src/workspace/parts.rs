//! The parts of a change, as a step may write them down: `parts/NN-<label>.patch`, each
//! against the state the one before it left.

use std::fs;
use std::path::{Path, PathBuf};

use super::unit::label_of;
use super::{Change, Unit, Workspace, WorkspaceError};

/// More parts than this are not tried one by one.
const MOST_PARTS: usize = 100;

/// One part of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What made it, such as `ruff-format`.
    pub label: String,
    /// What it did, by path.
    pub units: Vec<Unit>,
}

/// What a step wrote down about the parts of its change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parts {
    /// Nothing.
    None,
    /// Patches that do not add up to the change, and why.
    Unusable(String),
    /// Parts that lead, in this order, from the base to exactly the change.
    Whole(Vec<Part>),
}

impl Workspace {
    /// Reads the parts of a change from a folder that need not exist.
    ///
    /// # Errors
    /// [`WorkspaceError::Git`].
    pub fn parts(&self, folder: &Path, change: &Change) -> Result<Parts, WorkspaceError> {
        let patches = patches_in(folder);
        if patches.is_empty() {
            return Ok(Parts::None);
        }
        if patches.len() > MOST_PARTS {
            let why = format!("there are {} parts, more than {MOST_PARTS}", patches.len());
            return Ok(Parts::Unusable(why));
        }
        let (git, _folder) = self.scratch()?;
        let mut tree = git.text("read the base", &["write-tree"])?;
        let mut parts = Vec::new();
        for patch in patches {
            let label = label_of(&patch);
            let path = patch.to_string_lossy();
            // A user's settings must not mend white space on the way.
            let arguments = [
                "apply",
                "--cached",
                "--whitespace=nowarn",
                "--no-ignore-whitespace",
                "--",
                &path,
            ];
            if !git.holds(&arguments)? {
                return Ok(Parts::Unusable(format!("the part {label} does not apply")));
            }
            let after = git.text("take down a part", &["write-tree"])?;
            let units = self.units_between(&tree, &after)?;
            if !units.is_empty() {
                parts.push(Part { label, units });
            }
            tree = after;
        }
        Ok(if tree == change.tree {
            Parts::Whole(parts)
        } else {
            Parts::Unusable("the parts do not add up to the change".to_owned())
        })
    }
}

/// The patches of a folder in the order of their names.
fn patches_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut patches: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "patch"))
        // Git refuses an empty patch; it would be no part of the change.
        .filter(|path| fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() > 0))
        .collect();
    patches.sort();
    patches
}
