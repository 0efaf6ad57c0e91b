//! What an audit hands back.

use overnight_record::result::AuditResult;

/// An audit's result and what it could not do.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditOutcome {
    /// What it saw and did.
    pub result: AuditResult,
    /// What it could not write or run, one line each; the findings concerned stay open.
    pub failures: Vec<String>,
    /// Unified diffs of the fixes it was asked to show instead of making them.
    pub diffs: Vec<String>,
    /// Whether it was asked to stop before it had seen everything.
    pub was_stopped: bool,
}

impl AuditOutcome {
    /// Findings that remain.
    pub fn open(&self) -> usize {
        self.result
            .findings
            .iter()
            .filter(|finding| finding.is_open())
            .count()
    }
}
