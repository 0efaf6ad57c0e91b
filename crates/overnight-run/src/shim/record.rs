//! `exit.json`: how a command ended, written by its shim.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Name of the record in an attempt's folder.
const FILE: &str = "exit.json";
/// Where the record's disk space waits until it is needed.
const RESERVED: &str = "exit.reserved";
/// Bytes kept for it; a record is shorter.
const RESERVED_BYTES: usize = 4096;

/// Why a command is no longer running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum End {
    /// It ended by itself or by a signal that was not ours; see `code` and `signal`.
    ItsOwn,
    /// It ran past its time limit and was ended.
    TimedOut,
    /// It neither wrote nor used the processor for too long and was ended.
    Hung,
    /// The runner asked for its end.
    Stopped,
    /// The night's deadline came.
    Deadline,
    /// Its processes held more memory than they may, or the machine had none left, and the
    /// watchdog ended it.
    Memory {
        /// What was seen, for reading.
        seen: String,
    },
    /// It could not be started.
    NotStarted {
        /// Whether there is no such program.
        is_missing: bool,
        /// What the system said.
        message: String,
    },
}

/// Everything a shim saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExitRecord {
    /// Why it is no longer running.
    pub end: End,
    /// Exit code of the command itself, when it exited.
    pub code: Option<i32>,
    /// Signal that ended the command itself.
    pub signal: Option<i32>,
    /// When it was started.
    pub started: Timestamp,
    /// When the last process of its tree was gone.
    pub finished: Timestamp,
    /// Seconds between the two by the monotonic clock.
    pub duration_s: f64,
    /// Processor seconds of the command and of the children it waited for.
    pub cpu_s: f64,
    /// Peak resident memory of its largest process in MiB, when one was seen alive.
    pub peak_rss_mib: Option<f64>,
    /// Largest resident memory of all its processes together in MiB, when seen.
    pub peak_tree_mib: Option<f64>,
    /// Processes the kernel ended for want of memory while it ran: those of its own control
    /// group if it had one, else of the whole machine.
    pub oom_kills: u64,
    /// Whether `oom_kills` counts its own processes only.
    pub oom_kills_are_its_own: bool,
    /// What kept its memory limit: `cgroup`, `systemd-run` or `watchdog`.
    pub memory_guard: String,
    /// Processes it left behind that were ended.
    pub left_behind: u32,
    /// Bytes it wrote to stdout and stderr.
    pub written_bytes: [u64; 2],
    /// Bytes of them that were left out of the logs.
    pub left_out_bytes: [u64; 2],
}

impl ExitRecord {
    /// Reads the record of an attempt; `None` when there is none, or a power cut left half
    /// of one.
    pub fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()
    }

    /// A record of nothing, to be filled in by tests.
    #[cfg(test)]
    pub(crate) fn blank(end: End) -> Self {
        Self {
            end,
            code: None,
            signal: None,
            started: Timestamp::UNIX_EPOCH,
            finished: Timestamp::UNIX_EPOCH,
            duration_s: 0.0,
            cpu_s: 0.0,
            peak_rss_mib: None,
            peak_tree_mib: None,
            oom_kills: 0,
            oom_kills_are_its_own: false,
            memory_guard: "watchdog".to_owned(),
            left_behind: 0,
            written_bytes: [0, 0],
            left_out_bytes: [0, 0],
        }
    }
}

/// Disk space for a record, taken before the command can fill the disk.
#[derive(Debug)]
pub(super) struct Reservation {
    folder: PathBuf,
    file: File,
}

impl Reservation {
    pub(super) fn take(folder: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .open(folder.join(RESERVED))?;
        file.write_all(&[b' '; RESERVED_BYTES])?;
        Ok(Self {
            folder: folder.to_owned(),
            file,
        })
    }

    /// Writes the record over the space and gives it its name: at no moment is there half a
    /// record under that name.
    pub(super) fn redeem(mut self, record: &ExitRecord) -> io::Result<()> {
        use std::io::Seek as _;
        let mut bytes = serde_json::to_vec(record)?;
        // White space behind a JSON document belongs to it.
        bytes.resize(bytes.len().max(RESERVED_BYTES), b' ');
        self.file.rewind()?;
        self.file.write_all(&bytes)?;
        let place = self.folder.join(FILE);
        fs::rename(self.folder.join(RESERVED), &place).or_else(|_| {
            // The command removed the folder: how it ended is known all the same.
            fs::create_dir_all(&self.folder)?;
            let beside = self.folder.join(RESERVED);
            fs::write(&beside, &bytes)?;
            fs::rename(&beside, &place)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_takes_the_space_that_was_kept_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let reserved = Reservation::take(dir.path()).unwrap();
        assert_eq!(ExitRecord::read(dir.path()), None);
        let end = End::NotStarted {
            is_missing: true,
            message: "프로그램".to_owned(),
        };
        reserved.redeem(&ExitRecord::blank(end.clone())).unwrap();
        assert_eq!(ExitRecord::read(dir.path()), Some(ExitRecord::blank(end)));
        let files: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(files.len(), 1);
        let length = fs::metadata(dir.path().join(FILE)).unwrap().len();
        assert_eq!(length, RESERVED_BYTES as u64);
    }

    #[test]
    fn half_a_record_is_none() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), "{\"end\": {\"why\"").unwrap();
        assert_eq!(ExitRecord::read(dir.path()), None);
    }
}
