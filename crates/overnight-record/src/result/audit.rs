//! Body of `overnight.audit/1`.

use serde::{Deserialize, Serialize};

use super::ResultBody;
use crate::Finding;

/// How one rule or tool code fared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCount {
    /// Tool the rule belongs to.
    pub source: String,
    /// Rule id.
    pub rule: String,
    /// Findings before any fix.
    pub before: usize,
    /// Findings that remain.
    pub after: usize,
}

/// How one tool of the code audit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolStatus {
    /// It ran and its report was understood.
    Ran,
    /// It is not installed.
    Missing,
    /// It ran, but its report was not understood or it failed.
    Failed,
}

/// One run of one tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolRun {
    /// Its name: `ruff check`, `ruff format`, `mypy`.
    pub tool: String,
    /// Its version as it printed it.
    pub version: Option<String>,
    /// The command line.
    pub command: Vec<String>,
    /// Whether its findings are in the result.
    pub status: ToolStatus,
    /// Why not, or where it was found.
    pub message: Option<String>,
    /// Findings before any fix.
    pub before: usize,
    /// Findings that remain.
    pub after: usize,
}

/// What an audit saw and did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditResult {
    /// `docs`, `links` or `code`.
    pub audit: String,
    /// Files looked at.
    pub files: usize,
    /// Things judged in them: documents, links, or source files.
    pub items: usize,
    /// Every finding, those fixed included (see [`Finding::is_open`]).
    pub findings: Vec<Finding>,
    /// Counts per rule; `before` sums to all findings, `after` to the open ones.
    pub rules: Vec<RuleCount>,
    /// Tools that were run; empty for audits of our own.
    pub tools: Vec<ToolRun>,
    /// Files changed by fixes.
    pub changed_files: Vec<String>,
}

impl ResultBody for AuditResult {
    const SCHEMA: &'static str = "overnight.audit/1";
}
