//! The project as the night will see it: what git tracks, what is shared, what is not committed.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use overnight_plan::Config;
use overnight_plan::config::WorkspaceMode;
use overnight_run::run_captured;

use super::{Findings, Note, Scene};
use crate::context::Context;

const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Files that are named one by one.
const SHOWN: usize = 5;

/// What git says about the project.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Files git tracks, relative to the project; `None` where the night works in the checkout
    /// itself or git could not be asked.
    tracked: Option<BTreeSet<String>>,
    /// Files and folders the worktree sees by link.
    shared: Vec<PathBuf>,
    /// Those of them that the night makes.
    made: Vec<PathBuf>,
    /// Files with changes that are not committed; new files do not count.
    changed: Vec<String>,
    mode: Option<WorkspaceMode>,
    /// Whether the project is the whole repository, not a folder of it.
    is_whole: bool,
}

impl Tree {
    pub(super) fn read(mode: WorkspaceMode, context: &Context, config: &Config) -> Self {
        let git = |args: &[&str]| {
            let argv: Vec<String> = ["git"]
                .iter()
                .chain(args)
                .map(|w| (*w).to_owned())
                .collect();
            let answer =
                run_captured(&argv, &context.project, &[], TIME_LIMIT, &context.stop).ok()?;
            (answer.code == Some(0)).then_some(answer.stdout)
        };
        let tracked = match mode {
            WorkspaceMode::Worktree => git(&["ls-files", "-z"]).map(|listed| {
                let names = listed.split('\0').filter(|name| !name.is_empty());
                names.map(str::to_owned).collect()
            }),
            WorkspaceMode::InPlace => None,
        };
        let changed = git(&[
            "status",
            "--porcelain",
            "-z",
            "--untracked-files=no",
            "--",
            ".",
        ])
        .map(|listed| changed_files(&listed))
        .unwrap_or_default();
        let prefix = git(&["rev-parse", "--show-prefix"]).unwrap_or_default();
        let own = [&config.project.logs, &config.project.large_artifacts];
        let made: Vec<PathBuf> = own
            .into_iter()
            .chain(&config.workspace.outputs)
            .cloned()
            .collect();
        Self {
            tracked,
            shared: config
                .workspace
                .share
                .iter()
                .chain(&made)
                .cloned()
                .collect(),
            made,
            changed,
            mode: Some(mode),
            is_whole: prefix.trim().is_empty(),
        }
    }

    pub(super) fn mode(&self) -> Option<WorkspaceMode> {
        self.mode
    }

    /// Whether what the night's commands write to a path of the project is a part of the
    /// night's change, and does not reach the checkout by a link. `exists` tells what the
    /// checkout has.
    pub(super) fn is_in_worktree(&self, path: &str, exists: &dyn Fn(&Path) -> bool) -> bool {
        let Some(path) = inside(Path::new(path)).filter(|_| self.tracked.is_some()) else {
            return false;
        };
        let is_linked = |place: &Path| {
            let is_there = self.made.iter().any(|made| made == place) || exists(place);
            let is_shared = self.shared.iter().any(|shared| place.starts_with(shared));
            // A folder that git has a part of is made anew, and only its other parts linked.
            is_there && is_shared && self.tracked_below(&place.to_string_lossy()).is_none()
        };
        !path.ancestors().any(is_linked)
    }

    /// The first tracked file of a folder, or the file itself.
    pub(super) fn tracked_below(&self, path: &str) -> Option<&str> {
        let tracked = self.tracked.as_ref()?;
        if let Some(file) = tracked.get(path) {
            return Some(file);
        }
        let below = format!("{path}/");
        let next = tracked.range(below.clone()..).next()?;
        next.starts_with(&below).then_some(next.as_str())
    }

    /// Whether a file or folder of the project that exists now will exist for the night's
    /// commands. What lies outside the project does, unless its path goes up from where the
    /// worktree is not.
    pub(super) fn will_have(&self, path: &str) -> bool {
        if self.tracked.is_none() {
            return true;
        }
        let Some(path) = inside(Path::new(path)) else {
            return Path::new(path).is_absolute() || !self.is_whole;
        };
        let name = path.to_string_lossy().into_owned();
        name.is_empty()
            || self
                .shared
                .iter()
                .any(|shared| path.starts_with(shared) || shared.starts_with(&path))
            || self.tracked_below(&name).is_some()
    }
}

/// Whether a relative path leads out of the project.
pub(super) fn leads_out(path: &str) -> bool {
    !Path::new(path).is_absolute() && inside(Path::new(path)).is_none()
}

/// A relative path without `.` and `..`; `None` when it leads out of the project.
fn inside(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => plain.push(part),
            Component::CurDir => {}
            Component::ParentDir if plain.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(plain)
}

/// The files of `git status --porcelain -z`; a renamed one has its old name as a further entry.
fn changed_files(listed: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut entries = listed.split('\0').filter(|entry| !entry.is_empty());
    while let Some(entry) = entries.next() {
        if entry.starts_with('R') || entry.starts_with('C') {
            entries.next();
        }
        files.extend(entry.get(3..).map(str::to_owned));
    }
    files
}

pub(super) fn look(scene: &Scene<'_>, findings: &mut Findings) {
    let is_in_place = scene.tree.mode == Some(WorkspaceMode::InPlace);
    // The night reads plan and configuration as they lie in the checkout.
    let config_path = scene.context.config_path();
    let own = [scene.plan_path, &config_path].map(|path| path.canonicalize().ok());
    let is_seen = |name: &String| {
        let path = scene.context.project.join(name).canonicalize().ok();
        path.is_some() && own.contains(&path)
    };
    let changed: Vec<String> = scene
        .tree
        .changed
        .iter()
        .filter(|name| is_in_place || !is_seen(name))
        .cloned()
        .collect();
    if changed.is_empty() {
        return;
    }
    let mut names = changed[..changed.len().min(SHOWN)].join(", ");
    if changed.len() > SHOWN {
        names.push_str(&format!(" and {} more", changed.len() - SHOWN));
    }
    if is_in_place {
        let message = format!("changes are not committed, and the night works in place: {names}");
        findings.problem("dirty_tree", None, message, Some("commit or stash them"));
    } else {
        findings.note(Note {
            kind: "dirty_tree",
            message: format!("changes that are not committed are not seen by the night: {names}"),
            ..Note::default()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_has_what_is_tracked_or_shared() {
        let tree = Tree {
            tracked: Some(["a/b.py", "c.sh", "part/README"].map(str::to_owned).into()),
            shared: ["data/x", "part", "made"].map(PathBuf::from).to_vec(),
            made: vec![PathBuf::from("made")],
            ..Tree::default()
        };
        for path in [
            "a",
            "a/b.py",
            "./a/../c.sh",
            "data/x/y",
            "data",
            "../out",
            "/abs",
            ".",
        ] {
            assert!(tree.will_have(path), "{path}");
        }
        for path in ["a/b", "a/new.py", "c", "data2", "d.sh"] {
            assert!(!tree.will_have(path), "{path}");
        }
        assert!(Tree::default().will_have("anything"));
        assert_eq!(tree.tracked_below("a"), Some("a/b.py"));
        let exists =
            |path: &Path| ["data/x", "part", "part/big"].contains(&&*path.to_string_lossy());
        for (path, is_in_worktree) in [
            ("data/x/y", false),
            ("data/z", true),
            ("part/big/y", false),
            ("part/new/y", true),
            ("made/y/", false),
            ("out/", true),
            ("/tmp/out", false),
        ] {
            assert_eq!(tree.is_in_worktree(path, &exists), is_in_worktree, "{path}");
        }
        let whole = Tree {
            is_whole: true,
            ..tree
        };
        assert!(!whole.will_have("../out") && whole.will_have("/abs"));
    }

    #[test]
    fn renamed_files_have_two_names() {
        assert_eq!(
            changed_files(" M a\0R  new\0old\0A  b c\0"),
            ["a", "new", "b c"]
        );
        assert_eq!(changed_files(""), [""; 0]);
    }
}
