//! What kind of failure it was: decides whether another try may help, and what a person
//! is told.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Diagnose, ExitCode};

/// Why a step did not succeed, judged from evidence: exit records, memory counters, the
/// end of its output. An exit code alone never makes a class (137 may be anything).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// The machine's memory, or the step's own limit, was used up.
    HostMemory,
    /// A graphics card's memory was used up.
    GpuMemory,
    /// It ran past its time limit.
    Timeout,
    /// It neither wrote anything nor used the processor for too long.
    Hang,
    /// The disk, or the user's share of it, is full.
    DiskFull,
    /// A server could not be reached or broke the connection off.
    Network,
    /// A server refused because it was asked too often (HTTP 429).
    RateLimit,
    /// A server or a repository refused for want of valid credentials.
    Auth,
    /// It asked a question and nobody was there to answer.
    Prompt,
    /// A signal of its own making ended it (such as SIGSEGV or SIGABRT).
    Crash,
    /// The machine was started anew while it ran.
    Reboot,
    /// A signal ended it that was neither its own nor ours, for no reason that could be found.
    Killed,
    /// The night ended it: deadline or interruption.
    Stopped,
    /// It says that another try may help (exit code 75).
    Temporary,
    /// It failed by its own account (another exit code than 0).
    Error,
}

impl FailureClass {
    /// Every class.
    pub const ALL: [Self; 15] = [
        Self::HostMemory,
        Self::GpuMemory,
        Self::Timeout,
        Self::Hang,
        Self::DiskFull,
        Self::Network,
        Self::RateLimit,
        Self::Auth,
        Self::Prompt,
        Self::Crash,
        Self::Reboot,
        Self::Killed,
        Self::Stopped,
        Self::Temporary,
        Self::Error,
    ];

    /// The stored name, as in JSON and in `[run.retries]`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HostMemory => "host_memory",
            Self::GpuMemory => "gpu_memory",
            Self::Timeout => "timeout",
            Self::Hang => "hang",
            Self::DiskFull => "disk_full",
            Self::Network => "network",
            Self::RateLimit => "rate_limit",
            Self::Auth => "auth",
            Self::Prompt => "prompt",
            Self::Crash => "crash",
            Self::Reboot => "reboot",
            Self::Killed => "killed",
            Self::Stopped => "stopped",
            Self::Temporary => "temporary",
            Self::Error => "error",
        }
    }

    /// What a person is told about the class, as a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::HostMemory => {
                "It ran out of memory; give it less to do at a time, or raise its limit."
            }
            Self::GpuMemory => {
                "The graphics card ran out of memory; use a smaller batch, or free the card."
            }
            Self::Timeout => "It ran past its time limit; raise the limit or give it less to do.",
            Self::Hang => {
                "It hung: no output and no processor time; its last lines say what it waited for."
            }
            Self::DiskFull => "The disk was full; free some space and try again.",
            Self::Network => "A server could not be reached; check that it runs, then try again.",
            Self::RateLimit => "A server was asked too often; try later or more slowly.",
            Self::Auth => "Its credentials were refused; renew them, then try again.",
            Self::Prompt => {
                "It asked a question; give it the option that answers without a person."
            }
            Self::Crash => "It crashed; its log holds what it said last.",
            Self::Reboot => "The machine was started anew while it ran; resume the night.",
            Self::Killed => "Something outside the night ended it; try again.",
            Self::Stopped => "The night ended while it ran; resume the night.",
            Self::Temporary => "It failed for a reason it calls temporary; try again.",
            Self::Error => "It failed; its log holds the reason.",
        }
    }

    /// How often a step that failed so is tried again in one session of a night, unless the
    /// configuration says otherwise. 0 where another try can only fail again or would harm.
    pub const fn default_retries(self) -> u32 {
        match self {
            Self::Network => 3,
            Self::RateLimit => 4,
            Self::GpuMemory
            | Self::Hang
            | Self::DiskFull
            | Self::Crash
            | Self::Killed
            | Self::Temporary => 1,
            Self::HostMemory
            | Self::Timeout
            | Self::Auth
            | Self::Prompt
            | Self::Reboot
            | Self::Stopped
            | Self::Error => 0,
        }
    }
}

impl fmt::Display for FailureClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Text that names no class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a class of failure")]
pub struct FailureClassError(String);

impl Diagnose for FailureClassError {
    fn exit_code(&self) -> ExitCode {
        ExitCode::Usage
    }

    fn hint(&self) -> Option<String> {
        let names: Vec<&str> = FailureClass::ALL.iter().map(|class| class.name()).collect();
        Some(format!("the classes are {}", names.join(", ")))
    }
}

impl FromStr for FailureClass {
    type Err = FailureClassError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|class| class.name() == text);
        found
            .copied()
            .ok_or_else(|| FailureClassError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_json_form_and_is_read_back() {
        for class in FailureClass::ALL {
            assert_eq!(serde_json::to_value(class).unwrap(), class.name());
            assert_eq!(class.name().parse(), Ok(class));
            assert!(class.sentence().ends_with('.'));
        }
        assert!("oom".parse::<FailureClass>().is_err());
    }
}
