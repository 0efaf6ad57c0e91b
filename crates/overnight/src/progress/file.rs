//! `progress.json`: how far this verb has come, for those who watch the night it is a step of.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use overnight_record::{STEP_PROGRESS_FILE, StepProgress};

/// The file is written no more often than this between the begin and the end of a loop.
const PAUSE: Duration = Duration::from_secs(1);

/// Writes the progress of one loop after the other into a step's folder.
///
/// A write that fails is let go: who watches sees an older state, and the work goes on.
#[derive(Debug)]
pub(super) struct ProgressFile {
    path: PathBuf,
    /// Beside the file, with this process's id: a step may run several verbs at once.
    draft: PathBuf,
    state: Option<StepProgress>,
    written: Option<Instant>,
}

impl ProgressFile {
    /// The file in the folder of a step's attempt.
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self {
            path: folder.join(STEP_PROGRESS_FILE),
            draft: folder.join(format!(".progress-{}", std::process::id())),
            state: None,
            written: None,
        }
    }

    /// A loop begins.
    pub(super) fn begin(&mut self, what: &str, total: u64) {
        let now = Timestamp::now();
        self.state = Some(StepProgress {
            what: what.to_owned(),
            done: 0,
            total,
            began: now,
            at: now,
        });
        self.write();
    }

    /// `n` further items are finished.
    pub(super) fn advance(&mut self, n: u64) {
        if let Some(state) = &mut self.state {
            state.done = state.done.saturating_add(n);
        }
        if self.written.is_none_or(|last| last.elapsed() >= PAUSE) {
            self.write();
        }
    }

    /// The loop is over.
    pub(super) fn end(&mut self) {
        self.write();
        self.state = None;
    }

    /// Replaces the file whole, so that no reader sees half of it. It is not synced: after a
    /// power cut nobody watches, and syncing every second would cost the measured work.
    fn write(&mut self) {
        self.written = Some(Instant::now());
        let Some(state) = &mut self.state else {
            return;
        };
        state.at = Timestamp::now();
        let Ok(text) = serde_json::to_vec(state) else {
            return;
        };
        let replaced =
            fs::write(&self.draft, text).and_then(|()| fs::rename(&self.draft, &self.path));
        if let Err(error) = replaced {
            tracing::debug!("failed to write {}: {error}", self.path.display());
            // A full disk may have left a piece of it.
            let _ = fs::remove_file(&self.draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(folder: &Path) -> StepProgress {
        serde_json::from_slice(&fs::read(folder.join(STEP_PROGRESS_FILE)).unwrap()).unwrap()
    }

    #[test]
    fn begin_and_end_are_written_and_between_them_once_a_second() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = ProgressFile::in_folder(folder.path());
        file.begin("reading", 4);
        assert_eq!(read(folder.path()).done, 0);
        file.advance(1);
        assert_eq!(
            read(folder.path()).done,
            0,
            "less than a second has gone by"
        );
        file.written = Instant::now().checked_sub(PAUSE);
        file.advance(1);
        let now = read(folder.path());
        assert_eq!((now.what.as_str(), now.done, now.total), ("reading", 2, 4));
        file.advance(2);
        file.end();
        assert_eq!(read(folder.path()).done, 4);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_gone_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = ProgressFile::in_folder(&folder.path().join("gone"));
        file.begin("reading", 4);
        file.advance(4);
        file.end();
    }
}
