//! The last lines a step wrote.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// Bytes that are read from the end of a log.
const TAIL_BYTES: u64 = 32 * 1024;
/// Lines that are kept of them.
const TAIL_LINES: usize = 200;

/// The end of the log a step wrote to last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LogTail {
    /// `stdout.log` or `stderr.log`; empty when nothing was written.
    pub(crate) name: &'static str,
    /// Its last lines, fit to be shown: no control characters.
    pub(crate) lines: Vec<String>,
}

impl LogTail {
    /// The log in an attempt's folder that was written to last.
    pub(crate) fn read(folder: &Path) -> Self {
        let written = |name: &&'static str| {
            let meta = folder.join(name).metadata().ok()?;
            (meta.len() > 0).then(|| meta.modified().ok())?
        };
        let newest = ["stdout.log", "stderr.log"]
            .into_iter()
            .filter(|name| written(name).is_some())
            .max_by_key(written);
        let Some(name) = newest else {
            return Self::default();
        };
        let bytes = tail(&folder.join(name)).unwrap_or_default();
        let text = overnight_report::text::plain(&String::from_utf8_lossy(&bytes));
        let lines: Vec<String> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| line.replace('\t', "    "))
            .collect();
        Self {
            name,
            lines: lines[lines.len().saturating_sub(TAIL_LINES)..].to_vec(),
        }
    }
}

fn tail(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let start = file.metadata()?.len().saturating_sub(TAIL_BYTES);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    if start > 0 {
        // The first line is most likely a piece of one.
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0);
        bytes.drain(..end);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_written_to_last_is_shown_without_control_characters() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(LogTail::read(folder.path()), LogTail::default());
        std::fs::write(folder.path().join("stdout.log"), "early\n").unwrap();
        let log = File::options()
            .create(true)
            .append(true)
            .open(folder.path().join("stderr.log"))
            .unwrap();
        std::io::Write::write_all(&mut &log, b"10 %\r20 %\n\x1b[31mred\x1b[0m\tx\x07\n\n").unwrap();
        let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
        log.set_modified(later).unwrap();
        let tail = LogTail::read(folder.path());
        assert_eq!(tail.name, "stderr.log");
        assert_eq!(tail.lines, ["10 %", "20 %", "red    x\u{2407}"]);
    }

    #[test]
    fn only_the_end_of_a_long_log_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let long: String = (0..20_000).map(|n| format!("line {n}\n")).collect();
        std::fs::write(folder.path().join("stdout.log"), long).unwrap();
        let tail = LogTail::read(folder.path());
        assert_eq!(tail.lines.len(), TAIL_LINES);
        assert_eq!(tail.lines.last().map(String::as_str), Some("line 19999"));
    }
}
