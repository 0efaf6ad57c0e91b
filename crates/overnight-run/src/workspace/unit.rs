//! The units a change is made of: files that are kept or undone together.

use std::collections::HashMap;
use std::path::Path;

use super::{Change, Workspace, WorkspaceError};

/// A file as git stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileState {
    /// Octal, such as `100644`.
    pub(super) mode: String,
    /// Full id of its content.
    pub(super) object: String,
}

/// What happened to one path; `None` is a path without a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Delta {
    /// Relative to the top of the tree; need not be text.
    pub(super) path: Vec<u8>,
    pub(super) before: Option<FileState>,
    pub(super) after: Option<FileState>,
}

/// What can only be kept or undone as one: mostly one file; both names of a renamed file; a
/// file and what lies in the folder that takes its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub(super) deltas: Vec<Delta>,
}

impl Unit {
    /// Its paths, for reading.
    pub fn name(&self) -> String {
        let shown = |delta: &Delta| {
            let path = String::from_utf8_lossy(&delta.path).into_owned();
            path.replace(char::is_control, "?")
        };
        match &self.deltas[..] {
            [from, to] if from.after.is_none() && to.before.is_none() => {
                format!("{} => {}", shown(from), shown(to))
            }
            deltas => deltas.iter().map(shown).collect::<Vec<_>>().join(", "),
        }
    }
}

#[cfg(test)]
impl Unit {
    /// A unit of one new file, for tests of what is said about units.
    pub(crate) fn named(path: &str) -> Self {
        Self {
            deltas: vec![Delta {
                path: path.as_bytes().to_vec(),
                before: None,
                after: None,
            }],
        }
    }
}

impl Workspace {
    /// The units of a change, by path.
    ///
    /// # Errors
    /// [`WorkspaceError::Git`].
    pub fn units(&self, change: &Change) -> Result<Vec<Unit>, WorkspaceError> {
        self.units_between(&self.tip, &change.tree)
    }

    pub(super) fn units_between(&self, from: &str, to: &str) -> Result<Vec<Unit>, WorkspaceError> {
        let arguments = [
            "diff-tree",
            "-r",
            "-z",
            "--raw",
            "--no-abbrev",
            "-M",
            from,
            to,
        ];
        let (code, listing) = self.git.bytes(&arguments, &[])?;
        let units = (code == Some(0)).then(|| parse_raw(&listing)).flatten();
        units.ok_or_else(|| WorkspaceError::Git {
            what: "list the changed files".to_owned(),
            message: format!("git did not compare {from} with {to}"),
        })
    }
}

/// Reads `git diff-tree --raw -z -M`; `None` when it is anything else.
fn parse_raw(listing: &[u8]) -> Option<Vec<Unit>> {
    let mut units = Vec::new();
    let mut fields = listing.split(|byte| *byte == 0);
    while let Some(head) = fields.next().filter(|head| !head.is_empty()) {
        let head = std::str::from_utf8(head.strip_prefix(b":")?).ok()?;
        let words: Vec<&str> = head.split(' ').collect();
        let [mode_before, mode_after, before, after, status] = words[..] else {
            return None;
        };
        let (before, after) = (state(mode_before, before), state(mode_after, after));
        let path = fields.next()?.to_vec();
        let deltas = if status.starts_with('R') {
            vec![
                Delta {
                    path,
                    before,
                    after: None,
                },
                Delta {
                    path: fields.next()?.to_vec(),
                    before: None,
                    after,
                },
            ]
        } else {
            vec![Delta {
                path,
                before,
                after,
            }]
        };
        units.push(Unit { deltas });
    }
    Some(joined(units))
}

fn state(mode: &str, object: &str) -> Option<FileState> {
    (mode != "000000").then(|| FileState {
        mode: mode.to_owned(),
        object: object.to_owned(),
    })
}

/// Joins units of which one has a path that is a folder of another's: a file cannot be there
/// together with a folder of its name.
fn joined(units: Vec<Unit>) -> Vec<Unit> {
    let mut owner: HashMap<Vec<u8>, usize> = HashMap::new();
    for (index, unit) in units.iter().enumerate() {
        for delta in &unit.deltas {
            owner.insert(delta.path.clone(), index);
        }
    }
    // Each unit's group is the lowest unit it is joined with.
    let mut group: Vec<usize> = (0..units.len()).collect();
    for (index, unit) in units.iter().enumerate() {
        for delta in &unit.deltas {
            for folder in folders_of(&delta.path) {
                if let Some(other) = owner.get(folder) {
                    let (a, b) = (group[index], group[*other]);
                    for member in &mut group {
                        if *member == a || *member == b {
                            *member = a.min(b);
                        }
                    }
                }
            }
        }
    }
    let mut whole: Vec<Unit> = Vec::new();
    let mut place: HashMap<usize, usize> = HashMap::new();
    for (unit, group) in units.into_iter().zip(group) {
        match place.get(&group) {
            Some(at) => whole[*at].deltas.extend(unit.deltas),
            None => {
                place.insert(group, whole.len());
                whole.push(unit);
            }
        }
    }
    whole
}

fn folders_of(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    ends.map(|(end, _)| &path[..end])
}

/// The name of a part from its file: `02-ruff-format.patch` is `ruff-format`.
pub(super) fn label_of(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let name = stem.trim_start_matches(|c: char| c.is_ascii_digit());
    let name = name.trim_start_matches('-');
    let plain = name.chars().take(60).map(|c| match c {
        c if c.is_alphanumeric() || matches!(c, '.' | '_' | '-') => c,
        _ => '_',
    });
    let plain: String = plain.collect();
    if plain.is_empty() {
        stem.into_owned()
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(listing: &[u8]) -> Vec<String> {
        let units = parse_raw(listing).unwrap();
        units.iter().map(Unit::name).collect()
    }

    #[test]
    fn names_of_any_kind_are_read_and_a_rename_is_one_unit() {
        let listing = b":100644 100644 aa bb M\0with space\xff\n.py\0\
                        :100644 100755 aa aa R100\0old\0new\0:000000 100644 00 cc A\0x\0";
        assert_eq!(
            names(listing),
            ["with space\u{fffd}?.py", "old => new", "x"]
        );
        assert_eq!(parse_raw(b"fatal: nonsense"), None);
        assert_eq!(names(b""), [""; 0]);
    }

    #[test]
    fn a_file_and_the_folder_that_takes_its_name_are_one_unit() {
        let listing = b":100644 000000 aa 00 D\0a\0:000000 100644 00 bb A\0a/x\0\
                        :000000 100644 00 bb A\0a/y/z\0:000000 100644 00 bb A\0ab\0";
        let units = parse_raw(listing).unwrap();
        let sizes: Vec<usize> = units.iter().map(|unit| unit.deltas.len()).collect();
        assert_eq!(sizes, [3, 1]);
    }

    #[test]
    fn a_part_is_named_by_its_file() {
        let label = |name: &str| label_of(Path::new(name));
        assert_eq!(label("parts/01-ruff-check-F401.patch"), "ruff-check-F401");
        assert_eq!(label("3-a b\n.patch"), "a_b_");
        assert_eq!(label("07.patch"), "07");
    }
}
