//! The exit codes scripts rely on.

use serde::{Deserialize, Serialize};

/// How a command ended. The numbers are a contract and never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitCode {
    /// 0: done and clean.
    Done,
    /// 1: done, but findings, failed samples, criteria or steps remain.
    Findings,
    /// 2: the command line or the configuration is wrong.
    Usage,
    /// 3: nothing was done because a precondition is missing (model, server, dataset, program).
    Precondition,
    /// 75: a temporary failure worth a retry (`EX_TEMPFAIL` of sysexits.h).
    Temporary,
    /// 130: interrupted by the user (128 + SIGINT).
    Interrupted,
}

impl ExitCode {
    /// The number the process exits with.
    pub const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Precondition => 3,
            Self::Temporary => 75,
            Self::Interrupted => 130,
        }
    }
}
