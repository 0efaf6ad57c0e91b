//! The output of a command on its way into a log: without secrets, and bounded.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;

use crate::secrets::{RedactedStream, Redactor};

/// How much is read at once, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;
/// What is kept of the end of an output that is too long, in bytes, at most.
const END_BYTES: u64 = 1 << 20;

/// One stream of a command.
#[derive(Debug)]
pub(super) struct Output {
    /// The reading end; `None` when the last writer has closed it.
    from: Option<OwnedFd>,
    log: File,
    redactor: Redactor,
    stream: RedactedStream,
    /// Bytes the beginning may have.
    beginning_bytes: u64,
    /// Bytes the end may have.
    end_bytes: usize,
    end: VecDeque<u8>,
    /// Bytes written by the command.
    pub(super) written: u64,
    /// Bytes of them that are not in the log.
    pub(super) left_out: u64,
    buffer: Vec<u8>,
}

impl Output {
    pub(super) fn new(
        from: OwnedFd,
        log: File,
        limit_bytes: u64,
        redactor: &Redactor,
    ) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&from, true)?;
        let end_bytes = END_BYTES.min(limit_bytes / 4);
        Ok(Self {
            from: Some(from),
            log,
            redactor: redactor.clone(),
            stream: RedactedStream::new(redactor.clone()),
            beginning_bytes: limit_bytes - end_bytes,
            end_bytes: usize::try_from(end_bytes).unwrap_or(usize::MAX),
            end: VecDeque::new(),
            written: 0,
            left_out: 0,
            buffer: vec![0; CHUNK_BYTES],
        })
    }

    /// What to wait on for more.
    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.from.as_ref().map(AsFd::as_fd)
    }

    /// Takes in what is there now, at most a few chunks; whether there was anything.
    pub(super) fn pump(&mut self) -> bool {
        let before = self.written;
        for _ in 0..16 {
            let Some(from) = &self.from else { break };
            match rustix::io::read(from, &mut self.buffer[..]) {
                Ok(0) => self.from = None,
                Ok(read) => {
                    let chunk = std::mem::take(&mut self.buffer);
                    self.take_in(&chunk[..read]);
                    self.buffer = chunk;
                    if read < CHUNK_BYTES {
                        break;
                    }
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(_) => self.from = None,
            }
        }
        self.written > before
    }

    fn take_in(&mut self, chunk: &[u8]) {
        let room = self.beginning_bytes.saturating_sub(self.written);
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(chunk.len());
        self.written += chunk.len() as u64;
        if room > 0 {
            let mut clean = Vec::with_capacity(room);
            self.stream.push(&chunk[..room], &mut clean);
            self.write(&clean);
        }
        self.end.extend(&chunk[room..]);
        let beyond = self.end.len().saturating_sub(self.end_bytes);
        self.end.drain(..beyond);
        self.left_out += beyond as u64;
    }

    /// Writes what was held back because it might have been the beginning of a secret, when
    /// the command pauses.
    pub(super) fn flush_idle(&mut self) {
        let mut clean = Vec::new();
        self.stream.flush_idle(&mut clean);
        self.write(&clean);
    }

    /// Writes the rest. The end of an output that was too long goes behind a line that says
    /// how much is missing.
    pub(super) fn finish(&mut self) {
        while self.pump() {}
        self.from = None;
        let mut clean = Vec::new();
        self.stream.finish(&mut clean);
        self.write(&clean);
        let mut end: Vec<u8> = std::mem::take(&mut self.end).into();
        if self.left_out > 0 {
            // The first line lost its beginning, and could be the rest of a secret.
            let cut = end
                .iter()
                .position(|byte| *byte == b'\n')
                .map_or(0, |n| n + 1);
            self.left_out += cut as u64;
            end.drain(..cut);
            let note = format!("\n[overnight: {} bytes left out here]\n", self.left_out);
            self.write(note.as_bytes());
        }
        let clean = self.redactor.redact_bytes(&end).into_owned();
        self.write(&clean);
    }

    fn write(&mut self, bytes: &[u8]) {
        // A full disk must not stop the command: what cannot be written is left out.
        if self.log.write_all(bytes).is_err() {
            self.left_out += bytes.len() as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Secret;
    use std::io::Read as _;

    fn log_of(chunks: &[&[u8]], limit: u64) -> (String, Output) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let (read, mut write) = std::io::pipe().unwrap();
        let (redactor, _) = Redactor::new([Secret {
            name: "KEY".to_owned(),
            value: "hunter2hunter2".to_owned(),
        }]);
        let mut output =
            Output::new(read.into(), File::create(&path).unwrap(), limit, &redactor).unwrap();
        for chunk in chunks {
            for part in chunk.chunks(4096) {
                write.write_all(part).unwrap();
                output.pump();
            }
        }
        drop(write);
        output.finish();
        let mut text = Vec::new();
        File::open(path).unwrap().read_to_end(&mut text).unwrap();
        (String::from_utf8_lossy(&text).into_owned(), output)
    }

    #[test]
    fn a_log_has_the_output_without_the_secrets() {
        let (log, output) = log_of(&[b"a hunter2h", b"unter2 b\n", b"\xff\xfe c"], 1 << 20);
        assert_eq!(log, "a [secret] b\n\u{fffd}\u{fffd} c");
        assert_eq!((output.written, output.left_out), (23, 0));
    }

    #[test]
    fn a_flood_keeps_its_beginning_and_its_end() {
        let lines: Vec<String> = (0..50_000).map(|n| format!("line {n}\n")).collect();
        let all = lines.concat();
        let (log, output) = log_of(&[all.as_bytes()], 8192);
        assert!(log.len() < 8300, "{}", log.len());
        assert!(log.starts_with("line 0\nline 1\n"));
        assert!(log.ends_with("line 49998\nline 49999\n"));
        let note = format!("[overnight: {} bytes left out here]", output.left_out);
        assert!(log.contains(&note));
        let marks = note.len() + 2;
        assert_eq!(output.written, (log.len() - marks) as u64 + output.left_out);
    }

    #[test]
    fn a_secret_in_the_end_of_a_flood_is_left_out_too() {
        let filler = "x\n".repeat(10_000);
        let end = "key hunter2hunter2\n";
        let (log, _) = log_of(&[filler.as_bytes(), end.as_bytes()], 4096);
        assert!(log.ends_with("key [secret]\n") && !log.contains("hunter2"));
    }
}
