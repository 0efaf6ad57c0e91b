//! The loop over documents.

use std::collections::BTreeMap;
use std::path::Path;

use overnight_record::result::AuditResult;
use overnight_record::{Finding, Progress, StopFlag, store};

use super::entry::Entry;
use super::index::INDEX;
use super::mend::{check, mend};
use super::moves::place_of;
use super::{DocRule, DocsSpec};
use crate::links::Move;
use crate::rules::{doc_rules, duplicate_document, index_file, stale_document, unreadable_file};
use crate::summary::summarise;
use crate::{AuditOutcome, Document, FixLevel, Violation, apply, source_file, unified};

/// One audit of documents.
pub struct DocsAudit<'a> {
    /// Absolute path of the project.
    pub project: &'a Path,
    /// The documents, relative to the project.
    pub files: &'a [String],
    /// Whether these are all documents there are; an index is judged only then.
    pub is_whole: bool,
    /// The project's rules.
    pub spec: DocsSpec<'a>,
    /// Which fixes are made.
    pub level: FixLevel,
    /// Whether the fixes are shown and nothing is written.
    pub preview: bool,
    /// Where progress goes.
    pub progress: &'a dyn Progress,
    /// Asks the loop to stop after the document it is on.
    pub stop: &'a StopFlag,
}

/// What an audit of documents hands back.
#[derive(Debug, Clone, PartialEq)]
pub struct DocsOutcome {
    /// Findings, changed files, diffs.
    pub audit: AuditOutcome,
    /// Where documents should lie, at most one to a place. Nothing is moved here: that takes
    /// git, and links would break.
    pub moves: Vec<Move>,
}

/// Checks every document; mends what the level allows.
///
/// A document that cannot be read is a finding; one that cannot be written keeps its
/// findings and is named in [`AuditOutcome::failures`].
pub fn audit_docs(audit: &DocsAudit<'_>) -> DocsOutcome {
    let mut job = Job {
        audit,
        rules: doc_rules(),
        findings: Vec::new(),
        changed_files: Vec::new(),
        failures: Vec::new(),
        diffs: Vec::new(),
        moves: Vec::new(),
        entries: Vec::new(),
        indexes: BTreeMap::new(),
    };
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
        job.document(path);
    }
    let was_stopped = judged < audit.files.len();
    let mut takers: BTreeMap<String, usize> = BTreeMap::new();
    for there in &job.moves {
        *takers.entry(there.to.clone()).or_default() += 1;
    }
    job.moves.retain(|there| takers[&there.to] == 1);
    if !was_stopped {
        job.together();
    }
    audit.progress.end();
    DocsOutcome {
        audit: AuditOutcome {
            was_stopped,
            failures: job.failures,
            diffs: job.diffs,
            result: AuditResult {
                audit: "docs".to_owned(),
                files: judged,
                items: judged,
                rules: summarise(&job.findings),
                findings: job.findings,
                tools: Vec::new(),
                changed_files: job.changed_files,
            },
        },
        moves: job.moves,
    }
}

struct Job<'a> {
    audit: &'a DocsAudit<'a>,
    rules: Vec<Box<dyn DocRule>>,
    findings: Vec<Finding>,
    changed_files: Vec<String>,
    failures: Vec<String>,
    diffs: Vec<String>,
    moves: Vec<Move>,
    entries: Vec<Entry>,
    indexes: BTreeMap<String, Vec<u8>>,
}

impl Job<'_> {
    fn document(&mut self, path: &str) {
        let document = match source_file::read(self.audit.project, path) {
            Ok(document) => document,
            Err(error) => {
                self.findings.push(unreadable_file(path, &error).finding);
                return;
            }
        };
        if document.name() == INDEX {
            let folder = document.folder().to_owned();
            self.indexes.insert(folder, document.bytes);
            return;
        }
        let after = self.judge(document);
        self.moves.extend(place_of(&after, &self.audit.spec));
        self.entries.push(Entry::of(&after));
    }

    /// Judges and mends one document; gives back how it is now, or would be.
    fn judge(&mut self, document: Document) -> Document {
        let spec = &self.audit.spec;
        let check_all = |document: &Document, rules: &[Box<dyn DocRule>]| {
            let found = check(document, rules, spec).into_iter();
            found.map(|violation| violation.finding).collect::<Vec<_>>()
        };
        if self.audit.level == FixLevel::None {
            self.findings.extend(check_all(&document, &self.rules));
            return document;
        }
        let mended = mend(&document, &self.rules, spec, self.audit.level);
        let Some(bytes) = mended.bytes else {
            self.findings.extend(mended.findings);
            return document;
        };
        if self.write(&document.path, Some(&document.bytes), &bytes) {
            self.findings.extend(mended.findings);
        } else {
            self.findings.extend(check_all(&document, &self.rules));
            if !self.audit.preview {
                return document;
            }
        }
        Document::new(document.path, bytes, document.modified)
    }

    /// Writes a file, or shows what would change; whether it was written.
    fn write(&mut self, path: &str, before: Option<&[u8]>, after: &[u8]) -> bool {
        if self.audit.preview {
            self.diffs.push(unified(path, before, after));
            return false;
        }
        match store::write_atomically(&self.audit.project.join(path), after) {
            Ok(()) => {
                self.changed_files.push(path.to_owned());
                true
            }
            Err(error) => {
                self.failures.push(source_file::explain(&error));
                false
            }
        }
    }

    /// The rules about several documents.
    fn together(&mut self) {
        let spec = &self.audit.spec;
        let mut found = duplicate_document(&self.entries);
        found.extend(stale_document(&self.entries, spec));
        self.findings.extend(found.into_iter().map(|v| v.finding));
        if spec.index && self.audit.is_whole {
            for violation in index_file(&self.entries, &self.indexes, spec) {
                self.index(violation);
            }
        }
    }

    fn index(&mut self, violation: Violation) {
        let path = violation.finding.path.clone();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let before = self.indexes.get(folder).cloned();
        let is_wanted = violation.is_fixable(self.audit.level);
        let after = match apply(before.as_deref().unwrap_or_default(), &violation.edits) {
            Ok(after) if is_wanted => after,
            _ => {
                self.findings.push(violation.finding);
                return;
            }
        };
        let mut finding = violation.finding;
        let is_written = self.write(&path, before.as_deref(), &after);
        if let Some(fix) = &mut finding.fix {
            fix.applied = is_written;
        }
        self.findings.push(finding);
    }
}
