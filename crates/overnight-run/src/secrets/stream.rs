//! Replaces secrets in a stream that comes in chunks.

use super::forms::is_line_end;
use super::pem::{Key, LONGEST_LINE};
use super::redactor::{Redactor, replace};
use super::shapes::CONTEXT;

/// Bytes of a line without an end after which its beginning is passed on.
const LONG_LINE: usize = 64 << 10;

/// Redacts one stream. Complete lines are passed on at once; of a line under way nothing is,
/// until it ends, becomes very long, or [`RedactedStream::flush_idle`] is called.
///
/// What comes out, taken together, is what [`Redactor::redact_bytes`] makes of the whole,
/// however the stream was cut.
#[derive(Debug)]
pub struct RedactedStream {
    redactor: Redactor,
    /// Up to [`CONTEXT`] bytes that were passed on, then those that were not.
    buffer: Vec<u8>,
    /// Where the latter begin.
    start: usize,
    /// Length of the buffer from which on a line without an end is looked at.
    patience: usize,
    key: Key,
    ends_marked: bool,
}

impl RedactedStream {
    /// A stream that has not begun.
    pub fn new(redactor: Redactor) -> Self {
        Self {
            redactor,
            buffer: Vec::new(),
            start: 0,
            patience: LONG_LINE,
            key: Key::default(),
            ends_marked: false,
        }
    }

    /// Takes a chunk in and appends to `out` what is decided.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        let lines = chunk.iter().rposition(|b| is_line_end(*b)).map(|at| at + 1);
        let Some(lines) = lines else {
            self.buffer.extend_from_slice(chunk);
            if self.buffer.len() - self.start > self.patience {
                self.pass_on(out);
                self.patience = self.held() + LONG_LINE;
            }
            return;
        };
        self.buffer.extend_from_slice(&chunk[..lines]);
        self.close(out);
        self.buffer.extend_from_slice(&chunk[lines..]);
        self.patience = LONG_LINE;
    }

    /// Appends everything to `out` that cannot be the beginning of a secret: for a stream
    /// that has been silent for a moment, such as one that asks a question.
    pub fn flush_idle(&mut self, out: &mut Vec<u8>) {
        if self.held() > 0 {
            self.pass_on(out);
            self.patience = self.held() + LONG_LINE;
        }
    }

    /// Appends the rest to `out`: the stream has ended. It may begin anew.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.close(out);
        *self = Self::new(self.redactor.clone());
    }

    /// Bytes taken in and not passed on.
    pub fn held(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// Passes on all of the buffer, which ends with a line or with the stream.
    fn close(&mut self, out: &mut Vec<u8>) {
        let mut found = self
            .redactor
            .scanner()
            .scan(&self.buffer, self.start, false);
        self.key = self
            .key
            .walk(&self.buffer, self.start, &found.markers, &mut found.spans);
        let all = self.start..self.buffer.len();
        self.ends_marked = replace(&self.buffer, all, &mut found.spans, self.ends_marked, out);
        self.buffer.clear();
        self.start = 0;
    }

    /// Passes on the decided beginning of a line that has no end yet.
    fn pass_on(&mut self, out: &mut Vec<u8>) {
        if self.key == Key::Inside {
            if self.held() <= LONGEST_LINE {
                return;
            }
            self.key = Key::Outside;
        }
        let mut found = self.redactor.scanner().scan(&self.buffer, self.start, true);
        let mut cut = found.undecided.unwrap_or(self.buffer.len());
        // Nothing that was found is cut in two; a cut that moves may meet others.
        loop {
            let spans = found.spans.iter().map(|span| (span.anchor, span.to));
            let markers = found.markers.iter().map(|marker| (marker.from, marker.to));
            let crossed = spans
                .chain(markers)
                .filter(|(from, to)| *from < cut && cut < *to);
            match crossed.map(|(from, _)| from).min() {
                Some(from) => cut = from,
                None => break,
            }
        }
        found.spans.retain(|span| span.anchor < cut);
        found.markers.retain(|marker| marker.from < cut);
        if let Some(last) = found.markers.last() {
            self.key = if last.begins {
                Key::Opened
            } else {
                Key::Outside
            };
        }
        let decided = self.start..cut;
        self.ends_marked = replace(
            &self.buffer,
            decided,
            &mut found.spans,
            self.ends_marked,
            out,
        );
        self.buffer.drain(..cut.saturating_sub(CONTEXT));
        self.start = cut.min(CONTEXT);
    }
}
