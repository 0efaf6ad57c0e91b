//! `QUALITY_REPORT.md`: what the auditor found, repaired and left, and why.

use overnight_record::result::{AuditResult, ToolStatus};
use overnight_record::{Applicability, Finding, Severity};

use super::document::{Align, Document, Table, code, plain};
use super::{
    boxes, explain_missing, front_matter::front_matter, provenance, record_notes, run_line,
};
use crate::facts::{Kind, Night, StepResult, end_sentence};
use crate::number::{count, counted, dash};
use crate::text;
use crate::verdict::open_findings;

/// Open findings listed; all of them are in the steps' `result.json`.
const MAX_OPEN: usize = 30;

pub(super) fn render(night: &Night) -> String {
    let missing = night.missing_or_unplanned(Kind::Audit);
    let audits = &night.results.audits;
    let mut document = Document::default();
    document.heading(
        1,
        &format!("Quality report: {}", plain(&night.record.project)),
    );
    let lead = if audits.is_empty() {
        "Not audited."
    } else {
        "Not all was audited."
    };
    explain_missing(&mut document, lead, &missing);
    if !audits.is_empty() {
        let total: usize = audits.iter().map(|r| r.body().findings.len()).sum();
        let open = open_findings(night);
        document.paragraph(&format!(
            "**{}: {} repaired, {} left.**",
            counted(total, "finding"),
            count(total - open),
            count(open)
        ));
    }
    run_line(&mut document, night);
    if !audits.is_empty() {
        document.table(&overview(audits));
        document.heading(2, "By rule");
        document.table(&by_rule(audits));
        tools(&mut document, audits);
    }
    changes(&mut document, night);
    gates(&mut document, night);
    boxes::section(&mut document, night);
    open_list(&mut document, audits);
    if !audits.is_empty() {
        let commands = audits
            .iter()
            .map(|result| provenance::command_of(night, result));
        provenance::reproduce(&mut document, night, commands);
    }
    record_notes(&mut document, night);
    front_matter(night, "Quality report", missing.is_empty()) + &document.finish()
}

fn overview(audits: &[StepResult<AuditResult>]) -> Table {
    let mut table = Table::new(&[
        ("Step", Align::Left),
        ("Audit", Align::Left),
        ("Files", Align::Right),
        ("Judged", Align::Right),
        ("Found", Align::Right),
        ("Repaired", Align::Right),
        ("Left", Align::Right),
        ("Files changed", Align::Right),
    ]);
    for result in audits {
        let audit = result.body();
        let open = audit.findings.iter().filter(|f| f.is_open()).count();
        table.row([
            result.step.to_string(),
            plain(&audit.audit),
            count(audit.files),
            count(audit.items),
            count(audit.findings.len()),
            count(audit.findings.len() - open),
            count(open),
            count(audit.changed_files.len()),
        ]);
    }
    table
}

fn by_rule(audits: &[StepResult<AuditResult>]) -> Table {
    let mut table = Table::new(&[
        ("Step", Align::Left),
        ("Tool", Align::Left),
        ("Rule", Align::Left),
        ("Found", Align::Right),
        ("Repaired", Align::Right),
        ("Left", Align::Right),
        ("Why left", Align::Left),
    ]);
    for result in audits {
        for rule in &result.body().rules {
            table.row([
                result.step.to_string(),
                plain(&rule.source),
                code(&rule.rule),
                count(rule.before),
                count(rule.before.saturating_sub(rule.after)),
                count(rule.after),
                plain(&why_left(result.body(), &rule.source, &rule.rule)),
            ]);
        }
    }
    table
}

/// Why findings of a rule still stand, counted by reason.
pub(crate) fn why_left(audit: &AuditResult, source: &str, rule: &str) -> String {
    let open = audit
        .findings
        .iter()
        .filter(|f| f.is_open() && f.source == source && f.rule == rule);
    let (mut unfixable, mut suggested, mut safe) = (0, 0, 0);
    for finding in open {
        match finding.fix.as_ref().map(|fix| fix.applicability) {
            None => unfixable += 1,
            Some(Applicability::Suggested) => suggested += 1,
            Some(Applicability::Safe) => safe += 1,
        }
    }
    let reasons = [
        (unfixable, "no automatic fix"),
        (suggested, "a suggested fix needs a person's look"),
        (safe, "a safe fix was not applied (run with --fix)"),
    ];
    let given: Vec<_> = reasons.into_iter().filter(|(n, _)| *n > 0).collect();
    if let [(_, only)] = given[..] {
        return only.to_owned();
    }
    let parts: Vec<String> = given
        .into_iter()
        .map(|(n, why)| format!("{n}: {why}"))
        .collect();
    parts.join("; ")
}

fn tools(document: &mut Document, audits: &[StepResult<AuditResult>]) {
    let mut table = Table::new(&[
        ("Tool", Align::Left),
        ("Version", Align::Left),
        ("State", Align::Left),
        ("Found", Align::Right),
        ("Left", Align::Right),
        ("Note", Align::Left),
    ]);
    for tool in audits.iter().flat_map(|result| &result.body().tools) {
        let ran = tool.status == ToolStatus::Ran;
        let number = |n: usize| if ran { count(n) } else { dash() };
        table.row([
            code(&tool.tool),
            tool.version.as_deref().map_or_else(dash, plain),
            match tool.status {
                ToolStatus::Ran => "ran".to_owned(),
                ToolStatus::Missing => "**missing**".to_owned(),
                ToolStatus::Failed => "**failed**".to_owned(),
            },
            number(tool.before),
            number(tool.after),
            tool.message.as_deref().map_or_else(String::new, plain),
        ]);
    }
    if !table.is_empty() {
        document.heading(2, "Tools");
        document.table(&table);
    }
}

fn changes(document: &mut Document, night: &Night) {
    let mut table = Table::new(&[
        ("Commit", Align::Left),
        ("Step", Align::Left),
        ("Subject", Align::Left),
        ("Files", Align::Right),
        ("Lines", Align::Right),
    ]);
    for commit in &night.commits {
        table.row([
            code(text::short(&commit.id)),
            commit.step.map_or_else(dash, |step| step.to_string()),
            plain(&commit.subject),
            commit.files.to_string(),
            format!("+{} \u{2212}{}", commit.insertions, commit.deletions),
        ]);
    }
    if !table.is_empty() {
        document.heading(2, "Commits");
        if let Some(branch) = night
            .record
            .git
            .as_ref()
            .and_then(|g| g.night_branch.as_ref())
        {
            document.paragraph(&format!("On branch {}.", code(branch)));
        }
        document.table(&table);
    }
    if !night.rollbacks.is_empty() {
        document.heading(2, "Changes that were undone");
        let lines: Vec<String> = night
            .rollbacks
            .iter()
            .map(|r| {
                format!(
                    "Step {}: {} Patch: {}",
                    r.step,
                    plain(&end_sentence(r.reason.clone())),
                    code(&r.patch)
                )
            })
            .collect();
        document.list(&lines);
    }
}

fn gates(document: &mut Document, night: &Night) {
    let mut table = Table::new(&[
        ("Gate", Align::Left),
        ("After", Align::Left),
        ("Exit code", Align::Right),
        ("Diagnostics", Align::Right),
        ("Verdict", Align::Left),
    ]);
    for gate in &night.gates {
        let verdict = match (gate.step, gate.no_worse) {
            (None, _) => "base",
            (Some(_), true) => "no worse",
            (Some(_), false) => "**worse**",
        };
        table.row([
            code(&gate.gate),
            gate.step
                .map_or_else(|| "base".to_owned(), |step| format!("step {step}")),
            gate.exit_code
                .map_or_else(|| "did not run".to_owned(), |code| code.to_string()),
            gate.diagnostics.to_string(),
            verdict.to_owned(),
        ]);
    }
    if !table.is_empty() {
        document.heading(2, "Gates");
        document.table(&table);
    }
}

/// Open findings, the gravest first, places in order.
pub(crate) fn open_sorted(audits: &[StepResult<AuditResult>]) -> Vec<&Finding> {
    let mut open: Vec<&Finding> = audits
        .iter()
        .flat_map(|result| &result.body().findings)
        .filter(|finding| finding.is_open())
        .collect();
    open.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)))
    });
    open
}

/// Where a finding is: `docs/a.md:12`.
pub(crate) fn place(finding: &Finding) -> String {
    match finding.line {
        Some(line) => format!("{}:{line}", finding.path),
        None => finding.path.clone(),
    }
}

fn open_list(document: &mut Document, audits: &[StepResult<AuditResult>]) {
    let open = open_sorted(audits);
    if open.is_empty() {
        return;
    }
    document.heading(2, "Open findings");
    let mut table = Table::new(&[
        ("Severity", Align::Left),
        ("Place", Align::Left),
        ("Rule", Align::Left),
        ("What", Align::Left),
        ("Suggested fix", Align::Left),
    ]);
    for finding in open.iter().take(MAX_OPEN) {
        let severity = severity_name(finding.severity).to_owned();
        table.row([
            severity,
            code(&place(finding)),
            code(&finding.rule),
            plain(&text::clipped(&finding.message, 160)),
            finding
                .fix
                .as_ref()
                .map_or_else(dash, |fix| plain(&fix.description)),
        ]);
    }
    document.table(&table);
    if open.len() > MAX_OPEN {
        document.paragraph(&format!(
            "{} more are in the `result.json` of the steps.",
            count(open.len() - MAX_OPEN)
        ));
    }
}

/// A severity in one word.
pub(crate) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}
