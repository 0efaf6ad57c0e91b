//! `ruff check --output-format json`.

use std::path::Path;

use overnight_record::{Applicability, Finding, FindingFix, Severity};
use serde::Deserialize;

use super::{ParseError, project_path};

/// One diagnostic, of which only what a finding needs is read.
#[derive(Debug, Deserialize)]
pub(super) struct Diagnostic {
    /// Absent for syntax errors in older versions.
    pub(super) code: Option<String>,
    pub(super) message: String,
    pub(super) filename: String,
    location: Option<Location>,
    fix: Option<Fix>,
}

#[derive(Debug, Deserialize)]
struct Location {
    row: u32,
    column: u32,
}

#[derive(Debug, Deserialize)]
struct Fix {
    applicability: String,
    message: Option<String>,
}

/// Findings of `ruff check` from its JSON report.
///
/// # Errors
/// [`ParseError::Json`].
pub fn parse_ruff_check(report: &str, project: &Path) -> Result<Vec<Finding>, ParseError> {
    Ok(diagnostics("ruff check", report)?
        .into_iter()
        .map(|diagnostic| finding(diagnostic, project))
        .collect())
}

pub(super) fn diagnostics(tool: &'static str, report: &str) -> Result<Vec<Diagnostic>, ParseError> {
    serde_json::from_str(report).map_err(|source| ParseError::Json { tool, source })
}

fn finding(diagnostic: Diagnostic, project: &Path) -> Finding {
    let rule = diagnostic
        .code
        .unwrap_or_else(|| "invalid-syntax".to_owned());
    let severity = if rule == "invalid-syntax" || rule.starts_with("E9") {
        Severity::Error
    } else {
        Severity::Warning
    };
    // `display` fixes are advice that no option applies.
    let fix = diagnostic.fix.and_then(|fix| {
        let applicability = match fix.applicability.as_str() {
            "safe" => Applicability::Safe,
            "unsafe" => Applicability::Suggested,
            _ => return None,
        };
        Some(FindingFix {
            applicability,
            description: fix.message.unwrap_or_else(|| "ruff check --fix".to_owned()),
            applied: false,
            proof: None,
        })
    });
    Finding {
        rule,
        source: "ruff".to_owned(),
        severity,
        path: project_path(project, &diagnostic.filename),
        line: diagnostic.location.as_ref().map(|at| at.row),
        column: diagnostic.location.as_ref().map(|at| at.column),
        message: diagnostic.message,
        evidence: None,
        fix,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_becomes_findings_with_paths_of_the_project() {
        let report = r#"[
          {"cell": null, "code": "F401", "filename": "/p/a/b.py", "message": "`os` imported but unused",
           "location": {"column": 8, "row": 1}, "end_location": {"column": 10, "row": 1}, "noqa_row": 1, "url": "u",
           "fix": {"applicability": "safe", "edits": [], "message": "Remove unused import: `os`"}},
          {"code": null, "filename": "/elsewhere/c.py", "message": "SyntaxError", "location": {"column": 1, "row": 2}, "fix": null}
        ]"#;
        let found = parse_ruff_check(report, Path::new("/p")).unwrap();
        assert_eq!(
            (
                found[0].rule.as_str(),
                found[0].path.as_str(),
                found[0].line
            ),
            ("F401", "a/b.py", Some(1))
        );
        assert_eq!(
            found[0].fix.as_ref().unwrap().applicability,
            Applicability::Safe
        );
        assert_eq!(
            (
                found[1].rule.as_str(),
                found[1].severity,
                found[1].path.as_str()
            ),
            ("invalid-syntax", Severity::Error, "/elsewhere/c.py")
        );
        assert!(parse_ruff_check("warning: x", Path::new("/p")).is_err());
        assert!(parse_ruff_check("[]", Path::new("/p")).unwrap().is_empty());
    }
}
