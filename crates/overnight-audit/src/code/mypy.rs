//! mypy, as JSON lines (1.11 and later) and as text, which it mixes when it stops early.

use std::path::Path;

use overnight_record::{Finding, Severity};
use serde::Deserialize;

use super::{ParseError, project_path};

#[derive(Debug, Deserialize)]
struct Message {
    file: String,
    line: i64,
    column: i64,
    message: String,
    hint: Option<String>,
    code: Option<String>,
    severity: String,
}

/// Findings of mypy. Notes are no findings of their own: they become the evidence of the
/// error they follow.
///
/// # Errors
/// [`ParseError::Line`].
pub fn parse_mypy(report: &str, project: &Path) -> Result<Vec<Finding>, ParseError> {
    let mut found: Vec<Finding> = Vec::new();
    for (index, line) in report.lines().enumerate() {
        let line = line.trim_end();
        if line.is_empty() || is_summary(line) {
            continue;
        }
        let message = serde_json::from_str(line)
            .ok()
            .or_else(|| text_message(line))
            .ok_or_else(|| ParseError::Line {
                tool: "mypy",
                line: index + 1,
                text: line.chars().take(120).collect(),
            })?;
        add(&mut found, message, project);
    }
    Ok(found)
}

fn add(found: &mut Vec<Finding>, message: Message, project: &Path) {
    let path = project_path(project, &message.file);
    let line = u32::try_from(message.line).ok().filter(|line| *line > 0);
    if message.severity == "note" {
        if let Some(last) = found.last_mut().filter(|last| last.path == path) {
            let before = last
                .evidence
                .take()
                .map(|text| text + "\n")
                .unwrap_or_default();
            last.evidence = Some(before + &message.message);
        }
        return;
    }
    found.push(Finding {
        rule: message.code.unwrap_or_else(|| "misc".to_owned()),
        source: "mypy".to_owned(),
        severity: Severity::Error,
        path,
        line,
        // mypy counts columns from 0 in JSON; the text form is read into the same count.
        column: u32::try_from(message.column).ok().map(|column| column + 1),
        message: message.message,
        evidence: message.hint,
        fix: None,
    });
}

/// `path:line[:column]: severity: message  [code]`.
fn text_message(line: &str) -> Option<Message> {
    let (place, severity, rest) = ["error", "note", "warning"].iter().find_map(|severity| {
        let (place, rest) = line.split_once(&format!(": {severity}: "))?;
        Some((place, *severity, rest))
    })?;
    let mut parts: Vec<&str> = place.rsplitn(3, ':').collect();
    parts.reverse();
    let numbers = |text: &str| text.parse::<i64>().ok();
    let (file, line, column) = match parts.as_slice() {
        [file, line, column] if numbers(line).is_some() => {
            ((*file).to_owned(), numbers(line)?, numbers(column)? - 1)
        }
        [drive, file, line] if numbers(line).is_some() => {
            (format!("{drive}:{file}"), numbers(line)?, -1)
        }
        [file, line] if numbers(line).is_some() => ((*file).to_owned(), numbers(line)?, -1),
        _ => (place.to_owned(), 0, -1),
    };
    let (message, code) = match rest
        .strip_suffix(']')
        .and_then(|text| text.rsplit_once("  ["))
    {
        Some((message, code)) => (message.to_owned(), Some(code.to_owned())),
        None => (rest.to_owned(), None),
    };
    Some(Message {
        file,
        line,
        column,
        message,
        hint: None,
        code,
        severity: severity.to_owned(),
    })
}

fn is_summary(line: &str) -> bool {
    (line.starts_with("Found ") && line.contains(" error"))
        || line.starts_with("Success: ")
        || line.starts_with("Warning: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(report: &str) -> Vec<String> {
        parse_mypy(report, Path::new("/p"))
            .unwrap()
            .into_iter()
            .map(|f| {
                let number = |n: Option<u32>| n.map_or("-".to_owned(), |n| n.to_string());
                format!(
                    "{}:{}:{} {} {} {:?}",
                    f.path,
                    number(f.line),
                    number(f.column),
                    f.rule,
                    f.message,
                    f.evidence
                )
            })
            .collect()
    }

    #[test]
    fn json_lines_and_text_lines_are_read() {
        let report = "\
{\"file\": \"a.py\", \"line\": 5, \"column\": 9, \"message\": \"Incompatible return value type\", \"hint\": \"See x\", \"code\": \"return-value\", \"severity\": \"error\"}
bad.py:1: error: Invalid syntax  [syntax]
src/x.py:3:7: error: Name \"y\" is not defined  [name-defined]
src/x.py:3:7: note: Did you import it?
/p/z.py:9: error: no code
src/x.py: error: Source file found twice
Found 3 errors in 2 files (errors prevented further checking)
";
        assert_eq!(
            shown(report),
            [
                "a.py:5:10 return-value Incompatible return value type Some(\"See x\")",
                "bad.py:1:- syntax Invalid syntax None",
                "src/x.py:3:7 name-defined Name \"y\" is not defined Some(\"Did you import it?\")",
                "z.py:9:- misc no code None",
                "src/x.py:-:- misc Source file found twice None",
            ]
        );
        assert!(shown("Success: no issues found in 1 source file\n").is_empty());
    }

    #[test]
    fn a_traceback_is_no_report() {
        let error =
            parse_mypy("Traceback (most recent call last):\n", Path::new("/p")).unwrap_err();
        assert!(error.to_string().contains("line 1"), "{error}");
    }
}
