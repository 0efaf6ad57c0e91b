//! ruff check and ruff format, with safe fixes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use overnight_audit::code::{
    RUFF_FORMAT_JSON, before_and_after, parse_ruff_check, parse_ruff_format,
};
use overnight_audit::{is_linked, is_markdown};
use overnight_record::{Applicability, Finding, store};

use super::parts::Parts;
use super::{Job, Reading, Report, complaint};
use crate::commands::audit::tool::Tool;

/// A command line holds only so many bytes.
const FILES_PER_COMMAND: usize = 400;

const CHECK: [&str; 5] = ["check", "--no-fix", "--no-cache", "--output-format", "json"];
// A project may allow unsafe fixes in its settings; a night makes safe ones only.
const CHECK_FIX: [&str; 5] = [
    "check",
    "--fix",
    "--no-unsafe-fixes",
    "--no-cache",
    "--quiet",
];
/// In a night, the fixes of so many rules are written down each by itself.
const MOST_RULES: usize = 12;

const FORMAT_CHECK: [&str; 3] = ["format", "--check", "--no-cache"];
const FORMAT: [&str; 3] = ["format", "--no-cache", "--quiet"];

/// Checks `paths`; with `fix`, applies the safe fixes, formats, and checks again.
pub(super) fn run(tool: &Tool, job: &Job<'_>, paths: &[String], report: &mut Report) {
    let check = check(tool, job, paths);
    let format = format_check(tool, job, paths);
    let (check, format, notes) = if job.fix {
        fixed(tool, job, paths, check, format, report)
    } else {
        (check, format, Notes::default())
    };
    report.add(
        "ruff check",
        tool,
        tool.command(&CHECK, paths),
        check,
        notes.check,
    );
    let command = tool.command(&FORMAT_CHECK, paths);
    report.add("ruff format", tool, command, format, notes.format);
}

/// What went wrong while fixing, by tool.
#[derive(Default)]
struct Notes {
    check: Option<String>,
    format: Option<String>,
}

fn fixed(
    tool: &Tool,
    job: &Job<'_>,
    paths: &[String],
    check_before: Reading,
    format_before: Reading,
    report: &mut Report,
) -> (Reading, Reading, Notes) {
    let mut notes = Notes::default();
    let mendable = |reading: &Reading| mendable(job, reading);
    let mut touched = mendable(&check_before);
    touched.extend(mendable(&format_before));
    let before = hashes(job, &touched);
    let lint = mendable(&check_before);
    let mut parts = Parts::begin(job.context, &touched);
    if let Some(parts) = &mut parts {
        apply_by_rule(tool, job, &check_before, parts);
    }
    notes.check = apply(tool, job, &CHECK_FIX, &lint);
    if let Some(parts) = &mut parts {
        parts.record("ruff-check");
    }
    // Removing code may leave a file unformatted that was not before. A project that did not
    // ask for formatting gets none where nothing was found.
    let unformatted = mendable(&format_check(tool, job, paths));
    let unformatted = unformatted.intersection(&touched).cloned().collect();
    notes.format = apply(tool, job, &FORMAT, &unformatted);
    if let Some(parts) = &mut parts {
        parts.record("ruff-format");
    }
    let after = hashes(job, &touched);
    report.changed_files.extend(
        touched
            .into_iter()
            .filter(|path| before.get(path) != after.get(path)),
    );
    let merge = |before: Reading, after: Reading, command: &str| {
        Ok(before_and_after(&before?, after?, command))
    };
    (
        merge(
            check_before,
            check(tool, job, paths),
            "ruff check --fix and ruff format",
        ),
        merge(format_before, format_check(tool, job, paths), "ruff format"),
        notes,
    )
}

fn check(tool: &Tool, job: &Job<'_>, paths: &[String]) -> Reading {
    let answer = job.capture(&tool.command(&CHECK, paths))?;
    match answer.code {
        Some(0 | 1) => parse_ruff_check(&answer.stdout, &job.context.project)
            .map_err(|error| error.to_string()),
        _ => Err(complaint(&answer)),
    }
}

fn format_check(tool: &Tool, job: &Job<'_>, paths: &[String]) -> Reading {
    let mut words = FORMAT_CHECK.to_vec();
    words.push(RUFF_FORMAT_JSON);
    let mut answer = job.capture(&tool.command(&words, paths))?;
    if answer.code == Some(2) && answer.stderr.contains("unexpected argument") {
        answer = job.capture(&tool.command(&FORMAT_CHECK, paths))?;
    }
    // Code 2 also means that a file could not be parsed, which `ruff check` reports.
    let is_whole = match answer.code {
        Some(0 | 1) => true,
        Some(2) => {
            answer.stdout.contains("invalid-syntax")
                || answer.stderr.contains("Failed to parse ")
                    && !answer.stderr.contains("ruff failed")
        }
        _ => false,
    };
    if !is_whole {
        return Err(complaint(&answer));
    }
    parse_ruff_format(&answer.stdout, &job.context.project).map_err(|error| error.to_string())
}

/// Runs a command that changes files on exactly these files.
fn apply(tool: &Tool, job: &Job<'_>, words: &[&str], files: &BTreeSet<String>) -> Option<String> {
    let files: Vec<String> = files.iter().cloned().collect();
    files.chunks(FILES_PER_COMMAND).find_map(|files| {
        match job.capture(&tool.command(words, files)) {
            Ok(answer) if matches!(answer.code, Some(0 | 1)) => None,
            Ok(answer) => Some(format!("fixing {}", complaint(&answer))),
            Err(problem) => Some(format!("fixing: {problem}")),
        }
    })
}

/// Applies the fixes of one rule after the other. What this leaves, one pass over all rules
/// mends; that also makes good for a rule ruff does not know by its code.
fn apply_by_rule(tool: &Tool, job: &Job<'_>, found: &Reading, parts: &mut Parts<'_>) {
    let mut rules: BTreeMap<&str, Vec<Finding>> = BTreeMap::new();
    for finding in found.iter().flatten() {
        let of_rule = rules.entry(&finding.rule).or_default();
        of_rule.push(finding.clone());
    }
    let mut files: Vec<(&str, BTreeSet<String>)> = rules
        .into_iter()
        .map(|(rule, found)| (rule, mendable(job, &Ok(found))))
        .collect();
    files.retain(|(_, files)| !files.is_empty());
    for (rule, files) in files.iter().take(MOST_RULES) {
        let mut words = CHECK_FIX.to_vec();
        words.extend(["--fixable", *rule]);
        if let Some(problem) = apply(tool, job, &words, files) {
            tracing::debug!("{rule}: {problem}");
        }
        parts.record(&format!("ruff-check-{rule}"));
    }
}

/// The files of the project with a safe fix. Markdown is left alone, and so is everything
/// behind a link: in a night, that is the user's own folder.
fn mendable(job: &Job<'_>, reading: &Reading) -> BTreeSet<String> {
    reading
        .iter()
        .flatten()
        .filter(|finding| is_safe(finding) && !is_markdown(&finding.path))
        .filter(|finding| !finding.path.starts_with('/'))
        .filter(|finding| !is_linked(&job.context.project, &finding.path))
        .map(|finding| finding.path.clone())
        .collect()
}

fn is_safe(finding: &Finding) -> bool {
    finding
        .fix
        .as_ref()
        .is_some_and(|fix| fix.applicability == Applicability::Safe)
}

fn hashes(job: &Job<'_>, files: &BTreeSet<String>) -> BTreeMap<String, String> {
    files
        .iter()
        .filter_map(|path| {
            let bytes = fs::read(job.context.project.join(path)).ok()?;
            Some((path.clone(), store::sha256_hex(&bytes)))
        })
        .collect()
}
