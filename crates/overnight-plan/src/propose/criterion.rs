//! Checks for lines of a checklist.

use super::command::{Found, from_text, inline_code};
use super::{CriterionProposal, Surroundings};
use crate::document::Plan;

/// Words after which a named file must be there.
const MADE: [&str; 5] = ["generated", "created", "written", "produced", "exists"];

/// Proposes a check for each line that names a command or a file that is to be made.
pub(super) fn propose(plan: &Plan) -> Vec<CriterionProposal> {
    plan.criteria
        .iter()
        .enumerate()
        .map(|(index, criterion)| CriterionProposal {
            index,
            check: for_text(&criterion.text),
        })
        .collect()
}

fn for_text(text: &str) -> Option<Vec<String>> {
    // A check has no folder of its own, so a command with one goes through a shell.
    if let Found::Command(run) = from_text(text, &Surroundings::EVERYTHING) {
        return match (&run.directory, run.shell) {
            (None, false) => shell_words::split(&run.line).ok(),
            _ => {
                let line = match &run.directory {
                    Some(directory) => {
                        format!("cd {} && {}", shell_words::quote(directory), run.line)
                    }
                    None => run.line,
                };
                Some(vec!["sh".to_owned(), "-c".to_owned(), line])
            }
        };
    }
    let lower = text.to_lowercase();
    if !MADE.iter().any(|word| lower.contains(word)) {
        return None;
    }
    let file = inline_code(text).into_iter().find(|code| is_file(code))?;
    Some(vec!["test".to_owned(), "-s".to_owned(), file.to_owned()])
}

fn is_file(code: &str) -> bool {
    let name = code.rsplit('/').next().unwrap_or(code);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    !code.starts_with(['/', '-', '~'])
        && code
            .chars()
            .all(|c| c.is_alphanumeric() || "-_./".contains(c))
        && (1..=5).contains(&extension.len())
}
