//! How often each image was sent, on disk, so that a killed program does not begin anew.
//!
//! One file a fingerprint, only appended to: `SECONDS sent HASH` before a request (`unsent`
//! after it when there was no connection), `died` when the server died of it, `clear` for every
//! image when the work came to its orderly end. What a program left without that counts for a
//! day.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a count is remembered.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// Counts requests by the hash of the image.
#[derive(Debug)]
pub(super) struct Journal {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    file: Option<File>,
    counts: HashMap<String, Counts>,
}

/// What is known of an image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// How often it was sent.
    pub(super) sent: u32,
    /// How often the server died while it read this image.
    pub(super) deaths: u32,
}

impl Journal {
    /// Opens the journal of a backend in `folder`; in memory alone without one, or when it
    /// cannot be written.
    pub(super) fn open(folder: Option<&Path>, fingerprint: &str) -> Self {
        let mut state = State::default();
        if let Some(folder) = folder {
            let path = folder.join(format!("{fingerprint}.attempts"));
            if let Ok(file) = File::open(&path) {
                state.counts = read(&file, seconds_now());
            }
            let open = || {
                fs::create_dir_all(folder)?;
                OpenOptions::new().create(true).append(true).open(&path)
            };
            match open() {
                Ok(file) => state.file = Some(file),
                Err(error) => tracing::warn!(
                    path = %path.display(),
                    "requests are counted in memory only: {error}"
                ),
            }
        }
        Self {
            state: Mutex::new(state),
        }
    }

    pub(super) fn counts(&self, sha256: &str) -> Counts {
        self.state().counts.get(sha256).copied().unwrap_or_default()
    }

    /// An image is about to be sent.
    pub(super) fn sent(&self, sha256: &str) {
        let mut state = self.state();
        state.counts.entry(sha256.to_owned()).or_default().sent += 1;
        state.write("sent", sha256);
    }

    /// An image was not sent after all: there was no connection.
    pub(super) fn unsent(&self, sha256: &str) {
        let mut state = self.state();
        let counts = state.counts.entry(sha256.to_owned()).or_default();
        counts.sent = counts.sent.saturating_sub(1);
        state.write("unsent", sha256);
    }

    /// The server died while it read an image.
    pub(super) fn died(&self, sha256: &str) {
        let mut state = self.state();
        state.counts.entry(sha256.to_owned()).or_default().deaths += 1;
        state.write("died", sha256);
    }

    /// The work came to an orderly end: who asks again wants to try again.
    pub(super) fn clear(&self) {
        let mut state = self.state();
        let counts = std::mem::take(&mut state.counts);
        for sha256 in counts.keys() {
            state.write("clear", sha256);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// In one piece: another process may add to the same file.
    fn write(&mut self, what: &str, sha256: &str) {
        let line = format!("{} {what} {sha256}\n", seconds_now());
        if let Some(file) = &mut self.file
            && let Err(error) = file.write_all(line.as_bytes())
        {
            tracing::warn!("failed to count a request: {error}");
        }
    }
}

fn seconds_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// The counts of a file; lines that cannot be read are passed over.
fn read(file: &File, now: u64) -> HashMap<String, Counts> {
    let mut counts: HashMap<String, Counts> = HashMap::new();
    for line in BufReader::new(file).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        let words: Vec<&str> = line.split(' ').collect();
        let [seconds, what, sha256] = words[..] else {
            continue;
        };
        let is_old = seconds
            .parse::<u64>()
            .map_or(true, |then| now.saturating_sub(then) > KEPT.as_secs());
        if is_old {
            continue;
        }
        match what {
            "sent" => counts.entry(sha256.to_owned()).or_default().sent += 1,
            "unsent" => {
                let counts = counts.entry(sha256.to_owned()).or_default();
                counts.sent = counts.sent.saturating_sub(1);
            }
            "died" => counts.entry(sha256.to_owned()).or_default().deaths += 1,
            "clear" => {
                counts.remove(sha256);
            }
            _ => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_outlive_a_kill_and_not_an_end() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Journal::open(Some(dir.path()), "f");
        let journal = open();
        journal.sent("a");
        journal.sent("a");
        journal.died("a");
        journal.sent("b");
        // As a kill leaves it.
        drop(journal);
        let again = open();
        assert_eq!(again.counts("a"), Counts { sent: 2, deaths: 1 });
        assert_eq!(again.counts("b").sent, 1);
        again.clear();
        assert_eq!(open().counts("a"), Counts::default());
        assert_eq!(Journal::open(None, "f").counts("b").sent, 0);
    }

    #[test]
    fn old_and_torn_lines_do_not_count() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f.attempts");
        let now = seconds_now();
        fs::write(&path, format!("1 sent a\n{now} sent b\nxx\n{now} sent c")).unwrap();
        let journal = Journal::open(Some(dir.path()), "f");
        let sent = ["a", "b", "c"].map(|sha| journal.counts(sha).sent);
        assert_eq!(sent, [0, 1, 1]);
    }
}
