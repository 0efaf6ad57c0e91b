//! Violations found in the user's project.

use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Should be mended.
    Warning,
    /// Breaks a rule of the project.
    Error,
}

/// Whether a fix may be made without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Applicability {
    /// The evidence leaves one answer; `--fix` applies it.
    Safe,
    /// A person should look first.
    Suggested,
}

/// The edit that would mend a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingFix {
    /// Whether it may be made without asking.
    pub applicability: Applicability,
    /// What the edit does, as a sentence fragment: "add `status: draft`".
    pub description: String,
    /// Whether this audit made the edit.
    pub applied: bool,
    /// Why it is believed to be right, when that needs saying.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<FixProof>,
}

/// What a fix rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixProof {
    /// The kind of evidence, in kebab-case: `rename`, `depth`, `unique-suffix`.
    pub kind: String,
    /// The evidence in words.
    pub text: String,
    /// What the fix leads to, relative to the project root.
    pub target: String,
    /// The commits that bear witness, in the order of the argument.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<ProofCommit>,
}

/// A commit as evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofCommit {
    /// Its abbreviated hash.
    pub hash: String,
    /// The day it was written, `YYYY-MM-DD`.
    pub date: String,
    /// The first line of its message.
    pub subject: String,
}

/// One violation: what rule, where, how bad, on what evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable rule id: kebab-case for our own rules (`front-matter-required`), the tool's
    /// own code otherwise (`F401`, `arg-type`).
    pub rule: String,
    /// The tool that found it: `overnight`, `ruff`, `mypy`.
    pub source: String,
    /// How bad it is.
    pub severity: Severity,
    /// Path relative to the project root, with forward slashes.
    pub path: String,
    /// Line from 1, when known.
    pub line: Option<u32>,
    /// Column in characters from 1, when known.
    pub column: Option<u32>,
    /// One sentence.
    pub message: String,
    /// What the rule saw, such as the offending line or the resolved target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// How it could be mended, when the rule knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<FindingFix>,
}

impl Finding {
    /// Whether the finding still stands, that is, no fix of it was applied.
    pub fn is_open(&self) -> bool {
        !self.fix.as_ref().is_some_and(|fix| fix.applied)
    }
}
