//! `overnight audit docs`.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use overnight_audit::links::Move;
use overnight_audit::{
    AuditOutcome, CommitDates, DocsAudit, DocsOutcome, Files, FixLevel, audit_docs, is_markdown,
    summarise,
};
use overnight_record::{ExitCode, Finding};

use super::docs_rules::{Asked, DocsRules};
use super::{Selection, moves, repository, scope};
use crate::context::Context;
use crate::failure::Failure;

/// Rules about places, whose findings are mended when a document moves.
const PLACE_RULES: [&str; 2] = ["directory", "file-name"];

/// Moving a document may uncover something else, but not without end.
const ROUNDS: usize = 4;

/// Audits once; with `--fix=all`, moves what lies elsewhere than it should and audits again,
/// so that nothing is left for a second run.
pub(super) fn run(selection: &Selection, context: &Context) -> Result<AuditOutcome, Failure> {
    let mut files = files(selection, context)?;
    let judged = files.len();
    let mut outcome = once(&files, selection, context)?;
    if selection.level() != FixLevel::All {
        return Ok(outcome.audit);
    }
    if selection.diff {
        let shown = outcome.moves.iter().map(moves::shown);
        outcome.audit.diffs.extend(shown);
        return Ok(outcome.audit);
    }
    let mut mended: Vec<Finding> = Vec::new();
    let mut failures = Vec::new();
    let mut changed: BTreeSet<String> = BTreeSet::new();
    for _ in 0..ROUNDS {
        if outcome.moves.is_empty() || outcome.audit.was_stopped {
            break;
        }
        let moved = moves::make(&outcome.moves, context);
        failures.extend(moved.failures);
        if moved.made.is_empty() {
            break;
        }
        changed.append(&mut outcome.audit.result.changed_files.into_iter().collect());
        changed.extend(moved.relinked);
        changed.extend(moved.made.iter().map(|there| there.to.clone()));
        failures.append(&mut outcome.audit.failures);
        mended.extend(settled(outcome.audit.result.findings, &moved.made));
        files = after(files, &moved.made, selection, context)?;
        outcome = once(&files, selection, context)?;
    }
    let mut audit = outcome.audit;
    changed.append(&mut audit.result.changed_files.into_iter().collect());
    audit.result.changed_files = changed
        .into_iter()
        .filter(|path| context.project.join(path).exists())
        .collect();
    // An index that was written twice was found once.
    let again: BTreeSet<(&str, &str)> = audit.result.findings.iter().map(key).collect();
    mended.retain(|finding| !again.contains(&key(finding)));
    mended.append(&mut audit.result.findings);
    audit.result.rules = summarise(&mended);
    audit.result.findings = mended;
    audit.result.files = judged;
    audit.result.items = judged;
    audit.failures.extend(failures);
    Ok(audit)
}

/// The documents to judge.
fn files(selection: &Selection, context: &Context) -> Result<Vec<String>, Failure> {
    let rules = DocsRules::read(context)?;
    let root = rules.scope.root.clone().into();
    let paths = scope::paths(selection, &[root], &rules.root_key, context)?;
    let listing = repository::listing(context);
    let files = Files {
        project: &context.project,
        listing: listing.as_deref(),
    }
    .collect(&paths, is_markdown)?;
    let files: Vec<String> = files
        .into_iter()
        .filter(|file| rules.scope.holds(file))
        .collect();
    if files.is_empty() && !selection.paths.is_empty() {
        return Err(Failure::with_hint(
            ExitCode::Usage,
            format!(
                "no document below {} is among the paths given",
                rules.scope.root
            ),
            format!("documents are the Markdown files below {}", rules.root_key),
        ));
    }
    Ok(files)
}

/// The documents to judge when some have moved.
fn after(
    before: Vec<String>,
    made: &[Move],
    selection: &Selection,
    context: &Context,
) -> Result<Vec<String>, Failure> {
    if selection.paths.is_empty() {
        return files(selection, context);
    }
    let place = |path: String| {
        let there = made.iter().find(|there| there.from == path);
        there.map_or(path, |there| there.to.clone())
    };
    let mut files: Vec<String> = before.into_iter().map(place).collect();
    files.sort();
    Ok(files)
}

fn once(
    files: &[String],
    selection: &Selection,
    context: &Context,
) -> Result<DocsOutcome, Failure> {
    let log = OnceCell::new();
    let dates = || -> &CommitDates { log.get_or_init(|| repository::commit_dates(context)) };
    let asked = Asked::new(&context.project, &dates);
    Ok(audit_docs(&DocsAudit {
        project: &context.project,
        files,
        is_whole: selection.paths.is_empty(),
        spec: DocsRules::read(context)?.spec(context.started, &asked),
        level: selection.level(),
        preview: selection.diff,
        progress: &context.progress(),
        stop: &context.stop,
    }))
}

/// The findings that are settled by now: what was mended, and what was about the places of
/// documents that moved. The next audit tells of all others again.
fn settled(findings: Vec<Finding>, made: &[Move]) -> Vec<Finding> {
    let judge = |mut finding: Finding| {
        let has_moved = made.iter().any(|there| there.from == finding.path);
        if has_moved
            && PLACE_RULES.contains(&finding.rule.as_str())
            && let Some(fix) = &mut finding.fix
        {
            fix.applied = true;
        }
        (!finding.is_open()).then_some(finding)
    };
    findings.into_iter().filter_map(judge).collect()
}

fn key(finding: &Finding) -> (&str, &str) {
    (&finding.path, &finding.rule)
}
