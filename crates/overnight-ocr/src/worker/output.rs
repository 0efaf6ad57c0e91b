//! What a child writes: its stdout in lines of bounded length, the tail of its stderr.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::hello::tidy;

/// Longest line of stdout that is read as a whole, in bytes. The answer for a page of 20,000
/// words is some 3 MB.
pub(super) const MOST_LINE: usize = 8 << 20;
/// How much of a longer line is kept, to see whose answer it was.
const KEPT_OF_LONG: usize = 4096;
/// Lines read ahead; a child that writes faster than it is heard has to wait.
const AHEAD: usize = 16;
/// How much of stderr is kept, in bytes.
const TAIL: usize = 16 << 10;
/// How many of its last lines make a reason.
const LAST_WORDS: usize = 3;

/// One event on stdout.
#[derive(Debug)]
pub(super) enum Output {
    /// A line without its end.
    Line(Vec<u8>),
    /// The beginning of a line longer than [`MOST_LINE`]; the rest was dropped.
    TooLong(Vec<u8>),
}

/// Reads stdout in a thread of its own. The channel closes with the stream.
pub(super) fn listen(stdout: impl Read + Send + 'static) -> Receiver<Output> {
    let (sender, receiver) = mpsc::sync_channel(AHEAD);
    thread::spawn(move || read_lines(stdout, &sender));
    receiver
}

fn read_lines(stdout: impl Read, sender: &SyncSender<Output>) {
    let mut stdout = BufReader::with_capacity(64 << 10, stdout);
    let mut line: Vec<u8> = Vec::new();
    let mut is_long = false;
    loop {
        let chunk = match stdout.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        if chunk.is_empty() {
            // The last line may lack its end; half an answer is told as such.
            if !line.is_empty() {
                let _ = sender.send(event(line, is_long));
            }
            return;
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let part = &chunk[..end.unwrap_or(chunk.len())];
        if !is_long {
            line.extend_from_slice(part);
            if line.len() > MOST_LINE {
                is_long = true;
                line.truncate(KEPT_OF_LONG);
                line.shrink_to_fit();
            }
        }
        let used = end.map_or(chunk.len(), |end| end + 1);
        stdout.consume(used);
        if end.is_some() {
            // Nobody listens any more.
            if sender
                .send(event(std::mem::take(&mut line), is_long))
                .is_err()
            {
                return;
            }
            is_long = false;
        }
    }
}

fn event(line: Vec<u8>, is_long: bool) -> Output {
    match is_long {
        true => Output::TooLong(line),
        false => Output::Line(line),
    }
}

/// The last that a child wrote on stderr.
#[derive(Debug)]
pub(super) struct Tail {
    kept: Arc<Mutex<VecDeque<u8>>>,
    closed: Receiver<()>,
}

impl Tail {
    /// Reads stderr in a thread of its own.
    pub(super) fn of(mut stderr: impl Read + Send + 'static) -> Self {
        let kept = Arc::new(Mutex::new(VecDeque::new()));
        let (sender, closed) = mpsc::sync_channel(1);
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            let mut buffer = [0; 8 << 10];
            loop {
                match stderr.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(n) => keep(&shared, &buffer[..n]),
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(_) => break,
                }
            }
            let _ = sender.send(());
        });
        Self { kept, closed }
    }

    /// Forgets what was written so far.
    pub(super) fn clear(&self) {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// What was written last, once the stream has closed or `limit` is over: somebody else
    /// may hold it open.
    pub(super) fn text(&self, limit: Duration) -> String {
        let _ = self.closed.recv_timeout(limit);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = kept.iter().copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn keep(kept: &Mutex<VecDeque<u8>>, bytes: &[u8]) {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.extend(bytes);
    let surplus = kept.len().saturating_sub(TAIL);
    kept.drain(..surplus);
}

/// The last lines of a text in one.
pub(super) fn last_words(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(tidy).filter(|l| !l.is_empty()).collect();
    lines[lines.len().saturating_sub(LAST_WORDS)..].join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_where_they_end_and_where_they_are_too_long() {
        let mut bytes = b"one\n\n".to_vec();
        bytes.extend(vec![b'x'; MOST_LINE + 70_000]);
        bytes.extend(b"\nhalf");
        let heard: Vec<Output> = listen(std::io::Cursor::new(bytes)).iter().collect();
        assert_eq!(heard.len(), 4);
        assert!(matches!(&heard[0], Output::Line(line) if line == b"one"));
        assert!(matches!(&heard[1], Output::Line(line) if line.is_empty()));
        assert!(matches!(&heard[2], Output::TooLong(line) if line.len() == KEPT_OF_LONG));
        assert!(matches!(&heard[3], Output::Line(line) if line == b"half"));
    }

    #[test]
    fn of_much_stderr_the_end_is_kept() {
        let mut bytes = vec![b'\n'; 1 << 20];
        bytes.extend(b"\x1b[31mone\ntwo\n\nthree\nfour\n");
        let tail = Tail::of(std::io::Cursor::new(bytes));
        let text = tail.text(Duration::from_secs(20));
        assert!(text.len() <= TAIL);
        assert_eq!(last_words(&text), "two; three; four");
    }
}
