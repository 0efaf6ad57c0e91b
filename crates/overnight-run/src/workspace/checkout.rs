//! The user's checkout before and after a night, to say what became of it meanwhile.
//!
//! A night in a worktree of its own changes nothing there. If something did change, a person
//! or another program did it, and should hear of it before accepting the night.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::git::STATUS_FORM;
use super::{Repository, WorkspaceError};

/// Paths named in one line.
const NAMES_SHOWN: usize = 5;

/// What a checkout looked like: its commit and branch, the files that differ from them, its
/// stash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutMark {
    head: String,
    branch: Option<String>,
    /// What git says about each path that is not as committed, and its size and time of
    /// change: a file that was edited before may be edited again.
    entries: BTreeMap<PathBuf, String>,
    stash: Vec<String>,
}

impl CheckoutMark {
    /// Looks at the user's checkout, without writing so much as its index.
    ///
    /// # Errors
    /// [`WorkspaceError::Git`].
    pub fn take(repository: &Repository) -> Result<Self, WorkspaceError> {
        let git = repository.git();
        let (code, status) = git.bytes(&STATUS_FORM, &[])?;
        if code != Some(0) {
            return Err(WorkspaceError::Git {
                what: "look at the checkout".to_owned(),
                message: "git status failed".to_owned(),
            });
        }
        let stash = git.text("look at the stash", &["stash", "list", "--format=%H"])?;
        let mut mark = Self {
            head: String::new(),
            branch: None,
            entries: BTreeMap::new(),
            stash: stash.lines().map(ToOwned::to_owned).collect(),
        };
        for line in status.split(|byte| *byte == 0).filter(|l| !l.is_empty()) {
            mark.read(line, &repository.top);
        }
        Ok(mark)
    }

    /// The same without one file, relative to the top: a plan that is ticked where it lies.
    #[must_use]
    pub fn without(mut self, path: &Path) -> Self {
        self.entries.remove(path);
        self
    }

    /// Takes in one line of `git status --porcelain=v2 --branch -z`.
    fn read(&mut self, line: &[u8], top: &Path) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if let Some(id) = line.strip_prefix(b"# branch.oid ") {
            self.head = text(id);
        } else if let Some(name) = line.strip_prefix(b"# branch.head ") {
            self.branch = Some(text(name)).filter(|name| name != "(detached)");
        } else {
            // Fields before the path: `? p`; `1` has eight of them, `u` (unmerged) ten.
            let fields = match line.first() {
                Some(b'1') => 8,
                Some(b'u') => 10,
                Some(b'?') => 1,
                _ => return,
            };
            let mut parts = line.splitn(fields + 1, |byte| *byte == b' ');
            let Some(path) = parts.nth(fields) else {
                return;
            };
            let said = text(&line[..line.len() - path.len()]);
            let path = PathBuf::from(OsStr::from_bytes(path));
            let seen = match top.join(&path).symlink_metadata() {
                // An untracked folder may be one the night shares with its steps.
                Ok(meta) if meta.is_dir() => "folder".to_owned(),
                Ok(meta) => format!("{} {}.{}", meta.size(), meta.mtime(), meta.mtime_nsec()),
                Err(_) => "gone".to_owned(),
            };
            self.entries.insert(path, format!("{said}{seen}"));
        }
    }
}

/// What differs between two looks at a checkout, each in one line; empty when nothing does.
pub fn differences(before: &CheckoutMark, after: &CheckoutMark) -> Vec<String> {
    let mut lines = Vec::new();
    let name = |mark: &CheckoutMark| {
        mark.branch
            .clone()
            .unwrap_or_else(|| "no branch".to_owned())
    };
    if before.branch != after.branch {
        lines.push(format!(
            "HEAD is on another branch: on {} before, on {} after the night; not by the night",
            name(before),
            name(after)
        ));
    } else if before.head != after.head {
        let what = before.branch.as_deref().unwrap_or("HEAD");
        lines.push(format!(
            "{what} moved from {} to {} while the night ran; not by the night",
            short(&before.head),
            short(&after.head)
        ));
    }
    let all = before.entries.keys().chain(after.entries.keys());
    let mut changed: Vec<&PathBuf> = all
        .filter(|path| before.entries.get(*path) != after.entries.get(*path))
        .collect();
    changed.sort();
    changed.dedup();
    if !changed.is_empty() {
        let shown = changed.iter().take(NAMES_SHOWN);
        let shown: Vec<String> = shown
            .map(|path| path.to_string_lossy().replace(char::is_control, "?"))
            .collect();
        let more = match changed.len().saturating_sub(NAMES_SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let shown = shown.join(", ");
        lines.push(format!("files changed while the night ran: {shown}{more}"));
    }
    if before.stash != after.stash {
        lines.push(format!(
            "the stash changed while the night ran: {} before, {} after",
            before.stash.len(),
            after.stash.len()
        ));
    }
    lines
}

fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use overnight_testkit::TestProject;

    use super::*;

    fn mark(project: &TestProject) -> CheckoutMark {
        CheckoutMark::take(&Repository::discover(project.path()).unwrap()).unwrap()
    }

    /// What is said after `meanwhile` happened in a dirty checkout.
    fn said(meanwhile: impl FnOnce(&TestProject)) -> Vec<String> {
        let project = TestProject::new();
        project
            .file("a.txt", "one\n")
            .file("with space/한글\n.txt", "x\n")
            .file(".gitignore", "*.log\n")
            .commit_all();
        project.file("a.txt", "edited\n").file("loose", "x");
        let before = mark(&project);
        assert_eq!(differences(&before, &mark(&project)), [""; 0]);
        meanwhile(&project);
        differences(&before, &mark(&project))
    }

    #[test]
    fn what_git_does_not_see_is_no_difference() {
        assert_eq!(
            said(|project| {
                project.file("x.log", "x");
            }),
            [""; 0]
        );
        let project = TestProject::new();
        project.file("a.txt", "one\n").commit_all();
        project.file("data/in.bin", "x");
        let before = mark(&project);
        project.file("data/out.bin", "by a step, in a shared folder");
        assert_eq!(differences(&before, &mark(&project)), [""; 0]);
    }

    #[test]
    fn a_branch_that_moved_and_one_that_was_left_are_named() {
        let lines = said(|project| {
            project.git(&["commit", "-q", "--allow-empty", "-m", "mine"]);
        });
        assert_eq!(lines.len(), 1);
        assert!(lines[0].starts_with("main moved from "), "{lines:?}");
        assert!(lines[0].ends_with("while the night ran; not by the night"));
        let lines = said(|project| {
            project.git(&["switch", "-q", "-c", "mine"]);
        });
        assert_eq!(
            lines,
            [
                "HEAD is on another branch: on main before, on mine after the night; not by the night"
            ]
        );
        let lines = said(|project| {
            project.git(&["switch", "-q", "--detach"]);
        });
        assert!(lines[0].contains("on no branch after"), "{lines:?}");
    }

    #[test]
    fn files_are_named_also_when_they_were_edited_before() {
        let changed = |lines: Vec<String>| {
            assert_eq!(lines.len(), 1, "{lines:?}");
            let names = lines[0].strip_prefix("files changed while the night ran: ");
            names.unwrap().to_owned()
        };
        assert_eq!(
            changed(said(|p| {
                p.file("a.txt", "again\n");
            })),
            "a.txt"
        );
        let staged = said(|project| {
            project.git(&["add", "loose"]);
        });
        assert_eq!(changed(staged), "loose");
        let odd = said(|project| {
            project.file("with space/한글\n.txt", "y\n");
        });
        assert_eq!(changed(odd), "with space/한글?.txt");
        let gone = said(|project| fs::remove_file(project.path().join("loose")).unwrap());
        assert_eq!(changed(gone), "loose");
        let many = said(|project| {
            for n in 0..7 {
                project.file(&format!("n{n}"), "x");
            }
        });
        assert_eq!(changed(many), "n0, n1, n2, n3, n4 and 2 more");
    }

    #[test]
    fn a_stash_and_a_plan_that_is_ticked_where_it_lies() {
        let lines = said(|project| {
            project.git(&["stash", "-q"]);
        });
        assert_eq!(
            lines,
            [
                "files changed while the night ran: a.txt",
                "the stash changed while the night ran: 0 before, 1 after"
            ]
        );
        let project = TestProject::new();
        project.file("PLAN.md", "- [ ] x\n").commit_all();
        let plan = Path::new("PLAN.md");
        let before = mark(&project).without(plan);
        project.file("PLAN.md", "- [x] x\n");
        assert_eq!(differences(&before, &mark(&project).without(plan)), [""; 0]);
        assert_eq!(differences(&before, &mark(&project)).len(), 1);
    }
}
