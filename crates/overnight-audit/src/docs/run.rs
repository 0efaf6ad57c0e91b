//! The loop over documents.

use std::path::Path;

use overnight_record::result::AuditResult;
use overnight_record::{Progress, StopFlag, store};

use super::DocsSpec;
use super::mend::{check, mend};
use crate::rules::{doc_rules, unreadable_file};
use crate::source_file;
use crate::summary::summarise;
use crate::{AuditOutcome, Violation};

/// One audit of documents.
pub struct DocsAudit<'a> {
    /// Absolute path of the project.
    pub project: &'a Path,
    /// The documents, relative to the project.
    pub files: &'a [String],
    /// The project's rules.
    pub spec: DocsSpec<'a>,
    /// Whether safe fixes are written.
    pub fix: bool,
    /// Where progress goes.
    pub progress: &'a dyn Progress,
    /// Asks the loop to stop after the document it is on.
    pub stop: &'a StopFlag,
}

/// Checks every document; with `fix`, mends what can be mended without asking.
///
/// A document that cannot be read is a finding; one that cannot be written keeps its
/// findings and is named in [`AuditOutcome::failures`].
pub fn audit_docs(audit: &DocsAudit<'_>) -> AuditOutcome {
    let rules = doc_rules();
    let mut findings = Vec::new();
    let mut changed_files = Vec::new();
    let mut failures = Vec::new();
    let mut judged = 0;
    audit
        .progress
        .begin("checking documents", audit.files.len() as u64);
    for path in audit.files {
        if audit.stop.is_requested() {
            break;
        }
        judged += 1;
        audit.progress.advance(1);
        let document = match source_file::read(audit.project, path) {
            Ok(document) => document,
            Err(error) => {
                findings.push(unreadable_file(path, &error).finding);
                continue;
            }
        };
        let open = |violations: Vec<Violation>| violations.into_iter().map(|v| v.finding);
        if !audit.fix {
            findings.extend(open(check(&document, &rules, &audit.spec)));
            continue;
        }
        let mended = mend(&document, &rules, &audit.spec);
        match &mended.bytes {
            Some(bytes) => match store::write_atomically(&audit.project.join(path), bytes) {
                Ok(()) => {
                    changed_files.push(path.clone());
                    findings.extend(mended.findings);
                }
                Err(error) => {
                    failures.push(source_file::explain(&error));
                    findings.extend(open(check(&document, &rules, &audit.spec)));
                }
            },
            None => findings.extend(mended.findings),
        }
    }
    audit.progress.end();
    AuditOutcome {
        was_stopped: judged < audit.files.len(),
        failures,
        diffs: Vec::new(),
        result: AuditResult {
            audit: "docs".to_owned(),
            files: judged,
            items: judged,
            rules: summarise(&findings),
            findings,
            tools: Vec::new(),
            changed_files,
        },
    }
}
