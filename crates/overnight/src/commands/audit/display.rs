//! An audit as text for people.

use std::fmt::Write as _;

use overnight_audit::AuditOutcome;
use overnight_record::result::{AuditResult, ToolStatus};
use overnight_record::{Applicability, Finding, Severity};

/// Findings grouped by file, counts by rule, tools, and one sentence.
pub(super) fn render(outcome: &AuditOutcome) -> String {
    let result = &outcome.result;
    let (open, mended): (Vec<&Finding>, Vec<&Finding>) = result
        .findings
        .iter()
        .partition(|finding| finding.is_open());
    let mut text = listing(&open);
    if !mended.is_empty() {
        text.push_str("Mended:\n");
        text.push_str(&listing(&mended));
    }
    rules(&mut text, result);
    tools(&mut text, result);
    for failure in &outcome.failures {
        let _ = writeln!(text, "not written: {failure}");
    }
    text.push_str(&verdict(outcome));
    if let Some(advice) = advice(result) {
        let _ = write!(text, "\n{advice}");
    }
    text
}

/// What was found, in one sentence.
pub(super) fn verdict(outcome: &AuditOutcome) -> String {
    let result = &outcome.result;
    let found = result.findings.len();
    let open = outcome.open();
    let judged = match result.audit.as_str() {
        "links" => format!(
            "{} in {}",
            count(result.items, "link"),
            count(result.files, "file")
        ),
        "code" => count(result.files, "source file"),
        _ => count(result.files, "document"),
    };
    let mut text = if found == 0 {
        format!("No findings in {judged}.")
    } else if found == open {
        format!("{} in {judged}.", count(found, "finding"))
    } else {
        format!(
            "{} in {judged}; {} mended, {open} left.",
            count(found, "finding"),
            found - open
        )
    };
    for tool in &result.tools {
        let word = match tool.status {
            ToolStatus::Ran => continue,
            ToolStatus::Missing => "did not run: not installed",
            ToolStatus::Failed => "failed",
        };
        let _ = write!(text, " {} {word}.", tool.tool);
    }
    if outcome.was_stopped {
        text.push_str(" Stopped before the end.");
    }
    if !outcome.failures.is_empty() {
        let _ = write!(
            text,
            " {} could not be written.",
            count(outcome.failures.len(), "file")
        );
    }
    text
}

fn listing(findings: &[&Finding]) -> String {
    let mut ordered = findings.to_vec();
    ordered.sort_by_key(|f| (&f.path, f.line, f.column, &f.rule));
    let rule_width = widest(ordered.iter().map(|finding| finding.rule.as_str()));
    let mut text = String::new();
    for group in ordered.chunk_by(|a, b| a.path == b.path) {
        let places: Vec<String> = group.iter().map(|finding| place(finding)).collect();
        let place_width = widest(places.iter().map(String::as_str));
        for (finding, place) in group.iter().zip(&places) {
            let _ = writeln!(
                text,
                "{place:<place_width$}  {:<7}  {:<rule_width$}  {}{}",
                severity(finding.severity),
                finding.rule,
                finding.message.replace('\n', " "),
                remedy(finding)
            );
        }
        text.push('\n');
    }
    text
}

fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts
        .map(|text| text.chars().count())
        .max()
        .unwrap_or_default()
}

fn place(finding: &Finding) -> String {
    let mut place = finding.path.clone();
    let numbers = [finding.line, finding.line.and(finding.column)];
    for number in numbers.into_iter().flatten() {
        let _ = write!(place, ":{number}");
    }
    place
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn remedy(finding: &Finding) -> String {
    match &finding.fix {
        None => String::new(),
        Some(fix) if fix.applied => format!(" [mended: {}]", fix.description),
        Some(fix) if fix.applicability == Applicability::Safe => {
            format!(" [--fix: {}]", fix.description)
        }
        Some(fix) => format!(" [suggestion: {}]", fix.description),
    }
}

fn rules(text: &mut String, result: &AuditResult) {
    if result.rules.is_empty() {
        return;
    }
    let width = widest(result.rules.iter().map(|rule| rule.rule.as_str())).max("rule".len());
    let _ = writeln!(
        text,
        "{:<width$}  {:>6}  {:>6}  {:>6}",
        "rule", "found", "mended", "left"
    );
    for rule in &result.rules {
        let _ = writeln!(
            text,
            "{:<width$}  {:>6}  {:>6}  {:>6}",
            rule.rule,
            rule.before,
            rule.before - rule.after,
            rule.after
        );
    }
    text.push('\n');
}

fn tools(text: &mut String, result: &AuditResult) {
    for tool in &result.tools {
        let state = match tool.status {
            ToolStatus::Ran => format!("{} found, {} left", tool.before, tool.after),
            ToolStatus::Missing => "missing".to_owned(),
            ToolStatus::Failed => "failed".to_owned(),
        };
        let version = tool
            .version
            .as_ref()
            .map(|version| format!(" ({version})"))
            .unwrap_or_default();
        let message = tool
            .message
            .as_ref()
            .map(|message| format!("; {message}"))
            .unwrap_or_default();
        let _ = writeln!(text, "{}{version}: {state}{message}", tool.tool);
    }
    if !result.tools.is_empty() {
        text.push('\n');
    }
}

fn advice(result: &AuditResult) -> Option<String> {
    let mendable = result
        .findings
        .iter()
        .filter(|finding| {
            finding
                .fix
                .as_ref()
                .is_some_and(|fix| !fix.applied && fix.applicability == Applicability::Safe)
        })
        .count();
    (mendable > 0).then(|| {
        format!(
            "{mendable} can be mended without asking: overnight audit {} --fix",
            result.audit
        )
    })
}

fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use overnight_audit::summarise;
    use overnight_record::FindingFix;
    use overnight_record::result::ToolRun;

    use super::*;

    fn finding(
        path: &str,
        line: Option<u32>,
        rule: &str,
        fix: Option<(Applicability, bool)>,
    ) -> Finding {
        Finding {
            rule: rule.to_owned(),
            source: "overnight".to_owned(),
            severity: Severity::Error,
            path: path.to_owned(),
            line,
            column: line.map(|_| 3),
            message: format!("what {rule} saw"),
            evidence: None,
            fix: fix.map(|(applicability, applied)| FindingFix {
                applicability,
                description: "write `x`".to_owned(),
                applied,
                proof: None,
            }),
        }
    }

    fn outcome(findings: Vec<Finding>, tools: Vec<ToolRun>) -> AuditOutcome {
        AuditOutcome {
            failures: Vec::new(),
            diffs: Vec::new(),
            was_stopped: false,
            result: AuditResult {
                audit: "docs".to_owned(),
                files: 3,
                items: 3,
                rules: summarise(&findings),
                findings,
                tools,
                changed_files: Vec::new(),
            },
        }
    }

    #[test]
    fn findings_are_grouped_by_file_with_their_remedies() {
        let findings = vec![
            finding("docs/b.md", Some(12), "broken-link", None),
            finding(
                "docs/a.md",
                Some(2),
                "front-matter-value",
                Some((Applicability::Suggested, false)),
            ),
            finding(
                "docs/a.md",
                None,
                "file-name",
                Some((Applicability::Safe, false)),
            ),
            finding(
                "docs/c.md",
                Some(1),
                "file-name",
                Some((Applicability::Safe, true)),
            ),
        ];
        insta::assert_snapshot!(render(&outcome(findings, Vec::new())));
    }

    #[test]
    fn a_clean_project_and_a_missing_tool_are_said_in_one_sentence_each() {
        assert_eq!(
            render(&outcome(Vec::new(), Vec::new())),
            "No findings in 3 documents."
        );
        let tool = ToolRun {
            tool: "mypy".to_owned(),
            version: None,
            command: Vec::new(),
            status: ToolStatus::Missing,
            message: Some("pip install mypy".to_owned()),
            before: 0,
            after: 0,
        };
        insta::assert_snapshot!(render(&outcome(Vec::new(), vec![tool])), @r"
        mypy: missing; pip install mypy

        No findings in 3 documents. mypy did not run: not installed.
        ");
    }
}
