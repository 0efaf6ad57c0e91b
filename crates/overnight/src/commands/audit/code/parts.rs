//! Which tool changed what, written down for the runner of a night: when a gate refuses the
//! whole, it can keep what one tool or one rule did. See `docs/changes.md`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use overnight_run::run_captured;

use overnight_run::workspace::PATCH_FORM;

use crate::commands::audit::repository;
use crate::context::Context;

const TIME_LIMIT: Duration = Duration::from_secs(120);
/// A command line holds only so many bytes.
const FILES_PER_COMMAND: usize = 400;

/// Takes down the files a tool may change, each time one has.
pub(super) struct Parts<'a> {
    context: &'a Context,
    folder: PathBuf,
    files: Vec<String>,
    /// The tree that was taken down last; `None` once git failed, and nothing is written then.
    tree: Option<String>,
    written: usize,
}

impl<'a> Parts<'a> {
    /// Begins with `files` as they are. `None` by hand, without git, and when another tool of
    /// the same step has written parts already.
    pub(super) fn begin(context: &'a Context, files: &BTreeSet<String>) -> Option<Self> {
        let folder = context.step.step_dir.as_ref()?.join("parts");
        if folder.exists() {
            return None;
        }
        // What git ignores is no part of a change.
        let known: BTreeSet<String> = repository::listing(context)?.into_iter().collect();
        fs::create_dir_all(&folder).ok()?;
        let mut parts = Self {
            context,
            folder,
            files: files.intersection(&known).cloned().collect(),
            tree: None,
            written: 0,
        };
        parts.git(&["read-tree", "HEAD"])?;
        parts.tree = parts.take_down();
        Some(parts)
    }

    /// Writes down what changed since the last time, under a label such as `ruff-format`.
    pub(super) fn record(&mut self, label: &str) {
        let Some(before) = self.tree.take() else {
            return;
        };
        self.tree = self.take_down();
        let Some(after) = self.tree.as_ref().filter(|after| **after != before) else {
            return;
        };
        let number = self.written + 1;
        let patch = self.folder.join(format!("{number:02}-{label}.patch"));
        let output = format!("--output={}", patch.display());
        let mut words = PATCH_FORM.to_vec();
        words.extend([output.as_str(), before.as_str(), after.as_str()]);
        match self.git(&words) {
            Some(_) => self.written = number,
            // The runner sees that the parts do not add up, and goes by files.
            None => self.tree = None,
        }
    }

    fn take_down(&self) -> Option<String> {
        for files in self.files.chunks(FILES_PER_COMMAND) {
            let mut words = vec!["add", "--all", "--"];
            words.extend(files.iter().map(String::as_str));
            self.git(&words)?;
        }
        self.git(&["write-tree"])
    }

    /// Git with an index of its own; what it printed, when it succeeded.
    fn git(&self, words: &[&str]) -> Option<String> {
        let mut argv = vec!["git".to_owned(), "--no-pager".to_owned()];
        argv.extend(words.iter().map(|word| (*word).to_owned()));
        let env: Vec<(String, OsString)> = vec![
            ("GIT_INDEX_FILE".to_owned(), self.index().into()),
            ("GIT_TERMINAL_PROMPT".to_owned(), "0".into()),
            ("GIT_LITERAL_PATHSPECS".to_owned(), "1".into()),
        ];
        let project = &self.context.project;
        let answer = run_captured(&argv, project, &env, TIME_LIMIT, &self.context.stop).ok()?;
        if answer.code != Some(0) {
            tracing::debug!("git {words:?}: {}", answer.stderr);
            return None;
        }
        Some(answer.stdout.trim().to_owned())
    }

    fn index(&self) -> PathBuf {
        self.folder.join("index")
    }
}

impl Drop for Parts<'_> {
    fn drop(&mut self) {
        // Left behind, it would only be in the way of a reader.
        let _ = fs::remove_file(self.index());
        if self.written == 0 {
            let _ = fs::remove_dir(&self.folder);
        }
    }
}
