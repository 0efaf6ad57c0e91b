//! When files entered the project's history and when they were last changed, from one log.

use std::collections::HashMap;

use jiff::Timestamp;

/// The `--format` whose output [`CommitDates::read`] understands.
pub const DATES_FORMAT: &str = "%x01%at";

/// Dates by path relative to the project root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitDates {
    dates: HashMap<String, Span>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    first: Timestamp,
    last: Timestamp,
}

impl CommitDates {
    /// Reads the answer of `git log -z --name-status -M --reverse --format=`[`DATES_FORMAT`],
    /// oldest commit first. A log that is cut short tells as far as it reaches. A renamed file
    /// keeps the date of its first name.
    ///
    /// ```
    /// use overnight_audit::{CommitDates, DATES_FORMAT};
    /// let log = "\u{1}10\0\nA\0a.md\0\u{1}20\0\nR100\0a.md\0b.md\0";
    /// let dates = CommitDates::read(log);
    /// assert_eq!(dates.first("b.md").unwrap().as_second(), 10);
    /// assert_eq!(dates.last("b.md").unwrap().as_second(), 20);
    /// ```
    pub fn read(log: &str) -> Self {
        let mut dates: HashMap<String, Span> = HashMap::new();
        let mut now = None;
        let mut words = log.split('\0');
        while let Some(word) = words.next() {
            let word = word.trim_start_matches('\n');
            if let Some(seconds) = word.strip_prefix('\u{1}') {
                now = seconds
                    .trim()
                    .parse()
                    .ok()
                    .and_then(|s| Timestamp::from_second(s).ok());
                continue;
            }
            let is_pair = word.starts_with(['R', 'C']);
            let (Some(path), Some(now)) = (words.next(), now) else {
                continue;
            };
            let (path, came_from) = if is_pair {
                let Some(new) = words.next() else { break };
                let old = if word.starts_with('R') {
                    dates.remove(path)
                } else {
                    None
                };
                (new, old)
            } else {
                (path, None)
            };
            let first = came_from.map_or(now, |old| old.first.min(now));
            let span = dates
                .entry(path.to_owned())
                .or_insert(Span { first, last: now });
            span.first = span.first.min(first);
            span.last = span.last.max(now);
        }
        Self { dates }
    }

    /// When the first commit that holds the file, under this or an earlier name, was written.
    pub fn first(&self, path: &str) -> Option<Timestamp> {
        self.dates.get(path).map(|span| span.first)
    }

    /// When the last commit that changed the file was written.
    pub fn last(&self, path: &str) -> Option<Timestamp> {
        self.dates.get(path).map(|span| span.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_followed_and_a_log_may_end_anywhere() {
        let log = "\u{1}10\0\nA\0a b.md\0A\0x.md\0\u{1}15\0\u{1}20\0\nR090\0a b.md\0한글.md\0M\0x.md\0\u{1}30\0\nD\0x.md\0A\0a b.md\0";
        for end in 0..=log.len() {
            if log.is_char_boundary(end) {
                let _ = CommitDates::read(&log[..end]);
            }
        }
        let dates = CommitDates::read(log);
        let seconds = |path: &str| {
            let first = dates.first(path)?.as_second();
            Some((first, dates.last(path)?.as_second()))
        };
        assert_eq!(seconds("한글.md"), Some((10, 20)));
        assert_eq!(seconds("x.md"), Some((10, 30)));
        assert_eq!(seconds("a b.md"), Some((30, 30)));
        assert_eq!(seconds("gone.md"), None);
    }
}
