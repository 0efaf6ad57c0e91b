//! A finding together with the edits that would mend it.

use overnight_record::{Applicability, Finding, FindingFix, FixProof, Severity};

use crate::{Edit, FixLevel};

/// One violation of one of our own rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What is recorded.
    pub finding: Finding,
    /// The edits of its fix, all in the finding's own file; empty when there is none.
    pub edits: Vec<Edit>,
}

impl Violation {
    /// A violation of `rule` in the file `path`.
    pub(crate) fn new(
        rule: &str,
        severity: Severity,
        path: &str,
        line: Option<u32>,
        message: String,
    ) -> Self {
        Self {
            finding: Finding {
                rule: rule.to_owned(),
                source: "overnight".to_owned(),
                severity,
                path: path.to_owned(),
                line,
                column: None,
                message,
                evidence: None,
                fix: None,
            },
            edits: Vec::new(),
        }
    }

    pub(crate) fn at_column(mut self, column: u32) -> Self {
        self.finding.column = Some(column);
        self
    }

    pub(crate) fn with_evidence(mut self, evidence: impl Into<String>) -> Self {
        self.finding.evidence = Some(evidence.into());
        self
    }

    /// Adds a fix that `--fix` applies.
    pub(crate) fn with_safe_fix(self, description: String, edits: Vec<Edit>) -> Self {
        self.with_fix(Applicability::Safe, description, edits, None)
    }

    /// Adds a fix and what it rests on.
    pub(crate) fn with_fix(
        mut self,
        applicability: Applicability,
        description: String,
        edits: Vec<Edit>,
        proof: Option<FixProof>,
    ) -> Self {
        self.finding.fix = Some(FindingFix {
            applicability,
            description,
            applied: false,
            proof,
        });
        self.edits = edits;
        self
    }

    /// Adds a fix that only `--fix=all` applies: a person should look first.
    pub(crate) fn with_suggested_fix(self, description: String, edits: Vec<Edit>) -> Self {
        self.with_fix(Applicability::Suggested, description, edits, None)
    }

    /// Adds advice that a person should look at.
    pub(crate) fn with_suggestion(self, description: String) -> Self {
        self.with_fix(Applicability::Suggested, description, Vec::new(), None)
    }

    /// Whether `--fix` applies its edits.
    pub fn is_safely_fixable(&self) -> bool {
        self.is_fixable(FixLevel::Safe)
    }

    /// Whether fixing at this level applies its edits.
    pub fn is_fixable(&self, level: FixLevel) -> bool {
        !self.edits.is_empty()
            && self
                .finding
                .fix
                .as_ref()
                .is_some_and(|fix| level.applies(fix.applicability))
    }
}
