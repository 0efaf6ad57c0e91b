//! Untracked folders the worktree sees by link: data, models, virtual environments.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::WorkspaceError;

/// Links `entry` of `checkout` into `worktree` wherever the worktree has nothing of its
/// own, and returns the links made or found, relative to the worktree.
///
/// A folder git tracks in part exists in the worktree; then the entries it lacks are
/// linked one by one. What does not exist in the checkout is passed over.
pub(super) fn link_shared(
    checkout: &Path,
    worktree: &Path,
    entry: &Path,
) -> Result<Vec<PathBuf>, WorkspaceError> {
    let mut links = Vec::new();
    link(checkout, worktree, entry, &mut links)?;
    Ok(links)
}

fn link(
    checkout: &Path,
    worktree: &Path,
    entry: &Path,
    links: &mut Vec<PathBuf>,
) -> Result<(), WorkspaceError> {
    let (source, place) = (checkout.join(entry), worktree.join(entry));
    if !source.exists() || passes_through_link(worktree, entry) {
        return Ok(());
    }
    match place.symlink_metadata() {
        Ok(meta) if meta.is_symlink() => {
            if fs::read_link(&place).is_ok_and(|target| target == source) {
                links.push(entry.to_owned());
            }
            Ok(())
        }
        Ok(meta) if meta.is_dir() && source.is_dir() => {
            for child in children(&source)? {
                link(checkout, worktree, &entry.join(child), links)?;
            }
            Ok(())
        }
        Ok(_) => Ok(()),
        Err(_) => {
            let make = |path: &Path, result: io::Result<()>| {
                result.map_err(|source| WorkspaceError::File {
                    what: "link",
                    path: path.to_owned(),
                    source,
                })
            };
            if let Some(parent) = place.parent() {
                make(parent, fs::create_dir_all(parent))?;
            }
            make(&place, symlink(&source, &place))?;
            links.push(entry.to_owned());
            Ok(())
        }
    }
}

/// Whether a folder above `entry` is itself a link: then it is shared already, and writing
/// below it would write into the user's checkout.
fn passes_through_link(worktree: &Path, entry: &Path) -> bool {
    entry
        .ancestors()
        .skip(1)
        .filter(|above| !above.as_os_str().is_empty())
        .any(|above| worktree.join(above).is_symlink())
}

fn children(folder: &Path) -> Result<Vec<PathBuf>, WorkspaceError> {
    let failed = |source| WorkspaceError::File {
        what: "read",
        path: folder.to_owned(),
        source,
    };
    fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| Ok(PathBuf::from(entry.map_err(failed)?.file_name())))
        .collect()
}

/// A path as a line of an ignore file, anchored at the top.
pub(super) fn ignore_line(path: &Path) -> String {
    let mut line = "/".to_owned();
    for c in path.to_string_lossy().chars() {
        if matches!(c, '*' | '?' | '[' | '\\' | ' ') {
            line.push('\\');
        }
        line.push(c);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(root: &Path, file: &str) {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }

    #[test]
    fn what_the_worktree_lacks_is_linked_and_nothing_is_written_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (checkout, worktree) = (dir.path().join("c"), dir.path().join("w"));
        for file in ["data/README", "data/big/1.jpg", "models/m.onnx"] {
            touch(&checkout, file);
        }
        touch(&worktree, "data/README");
        let share = |entry: &str| link_shared(&checkout, &worktree, Path::new(entry)).unwrap();
        assert_eq!(share("data"), [PathBuf::from("data/big")]);
        assert_eq!(share("models"), [PathBuf::from("models")]);
        assert_eq!(share("models"), [PathBuf::from("models")], "a second time");
        assert!(share("models/m.onnx").is_empty());
        assert!(share("missing").is_empty());
        assert!(worktree.join("data/big/1.jpg").exists());
        assert!(!worktree.join("data/README").is_symlink());
    }

    #[test]
    fn odd_names_are_escaped() {
        assert_eq!(ignore_line(Path::new("a b/[c]*")), "/a\\ b/\\[c]\\*");
    }
}
