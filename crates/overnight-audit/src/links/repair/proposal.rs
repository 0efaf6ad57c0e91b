//! Another destination for a broken link, and what speaks for it.

use overnight_record::{Applicability, FixProof, ProofCommit};

/// Where a broken link should lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proposal {
    pub(crate) applicability: Applicability,
    pub(crate) proof: FixProof,
    /// The line numbers that were written behind the path.
    pub(crate) fragment: Option<String>,
}

impl Proposal {
    pub(super) fn safe(kind: &str, target: &str, text: String) -> Self {
        Self {
            applicability: Applicability::Safe,
            proof: FixProof {
                kind: kind.to_owned(),
                text,
                target: target.to_owned(),
                commits: Vec::new(),
            },
            fragment: None,
        }
    }

    pub(super) fn suggested(kind: &str, target: &str, text: String) -> Self {
        Self::safe(kind, target, text).only_suggested_if(true)
    }

    pub(super) fn only_suggested_if(mut self, doubtful: bool) -> Self {
        if doubtful {
            self.applicability = Applicability::Suggested;
        }
        self
    }

    pub(super) fn witnessed(mut self, commits: impl IntoIterator<Item = ProofCommit>) -> Self {
        self.proof.commits.extend(commits);
        self
    }
}

/// A commit as people name it.
pub(super) fn named(commit: &ProofCommit) -> String {
    format!("{} ({}, {})", commit.hash, commit.date, commit.subject)
}
