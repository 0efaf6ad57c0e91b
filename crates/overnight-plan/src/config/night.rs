//! The typed values of `[run]`, `[secrets]` and `[notify]`: how a night is executed, what
//! must never be written down, and who is told.

use std::collections::BTreeMap;
use std::path::PathBuf;

use overnight_record::FailureClass;
use serde::{Deserialize, Serialize};

use super::CommandLine;
use super::amount::{Size, Span};

/// `[run]`: limits and policies of every step.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Run {
    /// Steps that may run at once; only those with `parallel = true` ever share the night.
    pub jobs: usize,
    /// Time limit of one try.
    pub timeout: Span,
    /// How long a step may neither write nor use the processor.
    pub idle_timeout: Span,
    /// Time limit of all tries of a step together.
    pub total_timeout: Option<Span>,
    /// How long a step may take to end itself after it was asked to.
    pub grace: Span,
    /// Memory a step's processes may hold together.
    pub memory: Option<Size>,
    /// What is kept of each stream of a step.
    pub log_limit: Size,
    /// Pause before the second try; doubled with each further one.
    pub retry_pause: Span,
    /// Longest such pause.
    pub retry_pause_max: Span,
    /// Tries beyond the first by class of failure.
    pub retries: BTreeMap<String, u32>,
    /// Time before the deadline that is kept for the reports.
    pub report_time: Span,
    /// Free disk space below which no step begins.
    pub disk_min_free: Size,
    /// Size of the file that is given up when the disk is full, so that ledger and reports
    /// can be written.
    pub disk_reserve: Size,
    /// How long a night waits for free space.
    pub disk_wait: Span,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            jobs: 1,
            timeout: Span::seconds(12 * 3600),
            idle_timeout: Span::seconds(30 * 60),
            total_timeout: None,
            grace: Span::seconds(10),
            memory: None,
            log_limit: Size::mib(64),
            retry_pause: Span::seconds(20),
            retry_pause_max: Span::seconds(10 * 60),
            retries: BTreeMap::new(),
            report_time: Span::seconds(5 * 60),
            disk_min_free: Size::mib(512),
            disk_reserve: Size::mib(64),
            disk_wait: Span::seconds(3600),
        }
    }
}

impl Run {
    /// How often a step that failed so is tried again.
    pub fn retries_of(&self, class: FailureClass) -> u32 {
        let configured = self.retries.get(class.name());
        configured
            .copied()
            .unwrap_or_else(|| class.default_retries())
    }
}

/// What becomes of the night when a step does not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// The night goes on; steps that need it are skipped.
    #[default]
    Continue,
    /// The other steps of its task are skipped.
    SkipTask,
    /// No further step begins.
    StopNight,
}

/// `[secrets]`: what must never reach a log, the ledger, a report or a notification.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Secrets {
    /// Environment variables whose values are secret.
    pub env: Vec<String>,
    /// Files whose content is secret, each as a whole and line by line.
    pub files: Vec<PathBuf>,
}

/// `[notify]`: who is told about a night.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Notify {
    /// A URL that is asked for again and again while the night lives (dead-man's switch).
    pub ping: Option<String>,
    /// How often.
    pub ping_every: Span,
    /// How long a night may stand still before somebody is told.
    pub stuck_after: Span,
    /// Where messages go, by name.
    pub channels: BTreeMap<String, Channel>,
}

impl Default for Notify {
    fn default() -> Self {
        Self {
            ping: None,
            ping_every: Span::seconds(5 * 60),
            stuck_after: Span::seconds(30 * 60),
            channels: BTreeMap::new(),
        }
    }
}

/// `[notify.channels.NAME]`: one place messages go to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "kebab-case")]
pub enum Channel {
    /// A JSON document is posted to a URL.
    Webhook(Hook),
    /// A message to an ntfy topic.
    Ntfy(Hook),
    /// A message to a Slack incoming webhook.
    Slack(Hook),
    /// A program is started with the message in its environment.
    Exec(Exec),
}

/// A channel over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hook {
    /// Where to.
    pub url: Option<String>,
    /// The environment variable that holds the URL, when the URL itself is a secret.
    pub url_env: Option<String>,
    /// The environment variable that holds a bearer token.
    pub token_env: Option<String>,
}

/// A channel that is a program.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Exec {
    /// The command. `OVERNIGHT_TITLE`, `OVERNIGHT_MESSAGE` and `OVERNIGHT_EVENT` are set.
    pub command: CommandLine,
}
