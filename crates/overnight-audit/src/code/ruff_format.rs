//! `ruff format --check`, as JSON where the version offers it, else as text.

use std::path::Path;

use overnight_record::{Applicability, Finding, FindingFix, Severity};

use super::ruff_check::diagnostics;
use super::{ParseError, project_path};

/// The option that asks for JSON. Versions without it in their stable form warn and print
/// text; versions without it altogether refuse it, and must be asked again without.
pub const ARGUMENT: &str = "--output-format=json";

/// One finding per file that `ruff format` would change. Markdown, which newer versions
/// format too, is left out: its text is not ours to reflow. Files that cannot be parsed
/// are `ruff check`'s to report.
///
/// # Errors
/// [`ParseError::Json`] or [`ParseError::Line`].
pub fn parse_ruff_format(report: &str, project: &Path) -> Result<Vec<Finding>, ParseError> {
    let mut paths = if report.trim_start().starts_with('[') {
        diagnostics("ruff format", report)?
            .into_iter()
            .filter(|diagnostic| diagnostic.code.as_deref() == Some("unformatted"))
            .map(|diagnostic| project_path(project, &diagnostic.filename))
            .collect()
    } else {
        text_paths(report, project)?
    };
    paths.retain(|path| !crate::is_markdown(path));
    paths.sort();
    paths.dedup();
    Ok(paths.into_iter().map(unformatted).collect())
}

fn text_paths(report: &str, project: &Path) -> Result<Vec<String>, ParseError> {
    let mut paths = Vec::new();
    for (index, line) in report.lines().enumerate() {
        if let Some(path) = line.strip_prefix("Would reformat: ") {
            paths.push(project_path(project, path));
        } else if !is_summary(line) {
            return Err(ParseError::Line {
                tool: "ruff format",
                line: index + 1,
                text: line.chars().take(120).collect(),
            });
        }
    }
    Ok(paths)
}

/// `2 files would be reformatted, 3 files already formatted`, and what is said of no files.
fn is_summary(line: &str) -> bool {
    let line = line.trim();
    line.is_empty()
        || line.ends_with("reformatted")
        || line.ends_with("already formatted")
        || line.starts_with("warning:")
}

fn unformatted(path: String) -> Finding {
    Finding {
        rule: "unformatted".to_owned(),
        source: "ruff".to_owned(),
        severity: Severity::Warning,
        path,
        line: None,
        column: None,
        message: "file would be reformatted".to_owned(),
        evidence: None,
        fix: Some(FindingFix {
            applicability: Applicability::Safe,
            description: "ruff format".to_owned(),
            applied: false,
            proof: None,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(report: &str) -> Vec<String> {
        parse_ruff_format(report, Path::new("/p"))
            .unwrap()
            .into_iter()
            .map(|finding| finding.path)
            .collect()
    }

    #[test]
    fn text_and_json_say_the_same() {
        assert_eq!(
            paths(
                "Would reformat: b.py\nWould reformat: a.py\nWould reformat: d.md\n3 files would be reformatted, 1 file already formatted\n"
            ),
            ["a.py", "b.py"]
        );
        let json = r#"[{"code": "unformatted", "filename": "/p/a.py", "message": "m", "location": null, "fix": null},
                       {"code": "invalid-syntax", "filename": "/p/b.py", "message": "m", "location": null, "fix": null},
                       {"code": "unformatted", "filename": "/p/a.py", "message": "m", "location": null, "fix": null}]"#;
        assert_eq!(paths(json), ["a.py"]);
        assert!(paths("1 file already formatted\n").is_empty());
        assert!(paths("").is_empty());
        assert!(parse_ruff_format("unformatted: File", Path::new("/p")).is_err());
    }
}
