//! A message to people.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::secrets::Redactor;

/// Most lines of a message's text.
const LINES: usize = 20;
/// Most characters of a line.
const LINE_CHARS: usize = 300;
/// Most characters of a title.
const TITLE_CHARS: usize = 150;

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageEvent {
    /// The night came to its end.
    Ended,
    /// The night does not get on.
    Stuck,
    /// The night could not begin.
    FailedToStart,
    /// Somebody wants to know whether messages arrive.
    Test,
}

impl MessageEvent {
    /// The stored name, as in JSON and in `OVERNIGHT_EVENT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Stuck => "stuck",
            Self::FailedToStart => "failed_to_start",
            Self::Test => "test",
        }
    }
}

/// How loudly it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// To be read in the morning.
    Normal,
    /// Something was not done.
    High,
    /// Somebody should look now.
    Urgent,
}

/// A message to people, in plain text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// What it is about.
    pub event: MessageEvent,
    /// Tells this message from others of the same run: the same key is the same message.
    pub key: String,
    /// The run; `None` when there is none.
    pub run: Option<String>,
    /// One line.
    pub title: String,
    /// The text, line by line.
    pub lines: Vec<String>,
    /// How loudly it is told.
    pub priority: Priority,
    /// When it was written.
    pub at: Timestamp,
}

impl Message {
    /// A night that does not get on, for `reason`.
    pub fn stuck(run: &str, reason: &str, at: Timestamp) -> Self {
        Self {
            event: MessageEvent::Stuck,
            key: format!("stuck-{}-{}", at.as_millisecond(), digest(reason)),
            run: Some(run.to_owned()),
            title: format!("Night stuck: {run}"),
            lines: vec![reason.to_owned(), format!("Look: overnight status {run}")],
            priority: Priority::Urgent,
            at,
        }
    }

    /// A night of `plan` that could not begin, for `reason`.
    pub fn failed_to_start(plan: &str, reason: &str, at: Timestamp) -> Self {
        Self {
            event: MessageEvent::FailedToStart,
            key: format!("failed_to_start-{}", at.as_millisecond()),
            run: None,
            title: format!("Night failed to start: {plan}"),
            lines: reason.lines().map(ToOwned::to_owned).collect(),
            priority: Priority::Urgent,
            at,
        }
    }

    /// A message that says where it comes from and nothing else.
    pub fn test(project: &str, at: Timestamp) -> Self {
        Self {
            event: MessageEvent::Test,
            key: format!("test-{}", at.as_millisecond()),
            run: None,
            title: format!("Test message of {project}"),
            lines: vec!["Messages about nights of this project arrive here.".to_owned()],
            priority: Priority::Normal,
            at,
        }
    }

    /// The text as one string.
    pub fn text(&self) -> String {
        self.lines.join("\n")
    }

    /// What a receiver can tell a repeated delivery by: run, key, channel.
    pub fn key_for(&self, channel: &str) -> String {
        let run = self.run.as_deref().unwrap_or("-");
        format!("{run}/{}/{channel}", self.key)
    }

    /// The message as it may leave the machine: without secrets, and no longer than a
    /// telephone shows.
    #[must_use]
    pub fn cleared(&self, redactor: &Redactor) -> Self {
        let clear = |text: &str, limit| shorten(&redactor.redact(text), limit);
        // Redacted as a whole, since a secret of several lines is known by all of them.
        let text = redactor.redact(&self.text()).into_owned();
        Self {
            title: clear(&self.title, TITLE_CHARS),
            lines: text
                .lines()
                .take(LINES)
                .map(|line| shorten(line, LINE_CHARS))
                .collect(),
            run: self
                .run
                .as_deref()
                .map(|run| redactor.redact(run).into_owned()),
            ..self.clone()
        }
    }
}

/// A few characters that tell one text from another.
pub(super) fn digest(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest[..6].iter().map(|b| format!("{b:02x}")).collect()
}

/// One line of at most `limit` characters.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if line.chars().count() <= limit {
        return line;
    }
    let mut short: String = line.chars().take(limit - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_the_machine_is_redacted_and_short() {
        let (redactor, _) = Redactor::new([crate::secrets::Secret {
            name: "KEY".to_owned(),
            value: "hunter2-hunter2".to_owned(),
        }]);
        let at = Timestamp::UNIX_EPOCH;
        let reason = format!(
            "key hunter2-hunter2 refused\n{}\n{}",
            "x".repeat(400),
            "y\n".repeat(30)
        );
        let message = Message::failed_to_start("PLAN.md", &reason, at).cleared(&redactor);
        assert_eq!(message.lines[0], "key [secret] refused");
        assert_eq!(message.lines[1].chars().count(), LINE_CHARS);
        assert_eq!(message.lines.len(), LINES);
        assert_eq!(message.key_for("phone"), "-/failed_to_start-0/phone");
    }

    #[test]
    fn a_title_is_one_line() {
        assert_eq!(shorten("a\nb\x1b[1m", 50), "a b [1m");
        assert_eq!(shorten("영수증 합계", 4), "영수증…");
    }
}
