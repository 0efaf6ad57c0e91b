//! Which check belongs to which line of a checklist.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::document::Plan;

use super::command::Command;
use super::{BindProblem, Check, time_limit};

/// Least likeness, from 0 to 1, of a line that is offered for a check that fits none.
const NEAR: f64 = 0.5;

/// Binds every `[criteria."..."]` to the one line it begins.
pub(super) fn bind(
    plan: &Plan,
    config: &Config,
    problems: &mut Vec<BindProblem>,
) -> BTreeMap<usize, Check> {
    let mut checks = BTreeMap::new();
    let mut bound_by: BTreeMap<usize, &str> = BTreeMap::new();
    for (beginning, criterion) in &config.criteria {
        let mut report = |message: String, hint: Option<String>| {
            problems.push(BindProblem {
                line: config.origin.line(&["criteria", beginning]),
                key: format!("criteria.\"{beginning}\""),
                message,
                hint,
            });
        };
        let index = match find(plan, beginning) {
            Ok(index) => index,
            Err((message, hint)) => {
                report(message, hint);
                continue;
            }
        };
        if let Some(other) = bound_by.insert(index, beginning) {
            let text = &plan.criteria[index].text;
            report(
                format!("\"{text}\" is checked by criteria.\"{other}\" already"),
                Some("keep one of the two".to_owned()),
            );
            continue;
        }
        let command = Command::read(&criterion.check, criterion.shell);
        let timeout = time_limit(criterion.timeout.as_deref());
        match (command, timeout) {
            (Ok(Command { argv, display }), Ok(timeout)) => {
                checks.insert(
                    index,
                    Check {
                        argv,
                        display,
                        timeout,
                    },
                );
            }
            (Err(error), _) => report(error.message, error.hint),
            (_, Err(message)) => report(message, None),
        }
    }
    checks
}

fn find(plan: &Plan, beginning: &str) -> Result<usize, (String, Option<String>)> {
    let wanted = comparable(beginning);
    if wanted.is_empty() {
        return Err(("it begins every line".to_owned(), None));
    }
    let fits: Vec<usize> = (0..plan.criteria.len())
        .filter(|index| begins(&comparable(&plan.criteria[*index].text), &wanted))
        .collect();
    match fits.as_slice() {
        [index] => Ok(*index),
        [] if plan.criteria.is_empty() => {
            let hint = "headings with `Technical Requirements` or `Success \
                        Criteria` begin one";
            Err((
                "the plan has no checklist".to_owned(),
                Some(hint.to_owned()),
            ))
        }
        [] => Err((
            "no line of a checklist begins so".to_owned(),
            nearest(plan, &wanted).map(|text| format!("the nearest line is \"{text}\"")),
        )),
        several => Err((
            format!(
                "it begins {} lines: {} and {}",
                several.len(),
                quoted(plan, several[0]),
                quoted(plan, several[1]),
            ),
            Some("write more of the line".to_owned()),
        )),
    }
}

fn quoted(plan: &Plan, index: usize) -> String {
    let criterion = &plan.criteria[index];
    format!("line {} \"{}\"", criterion.line, criterion.text)
}

/// Whether `line` begins with the words of `wanted`: not in the middle of a word.
fn begins(line: &str, wanted: &str) -> bool {
    line.strip_prefix(wanted).is_some_and(|rest| {
        let last = wanted.chars().next_back();
        let next = rest.chars().next();
        !(last.is_some_and(|c| c.is_ascii_alphanumeric())
            && next.is_some_and(|c| c.is_ascii_alphanumeric()))
    })
}

/// The text as it is compared: without back-ticks, asterisks and signs in front, in lower
/// case, white space folded.
fn comparable(text: &str) -> String {
    let text: String = text.chars().filter(|c| !matches!(c, '`' | '*')).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

fn nearest<'a>(plan: &'a Plan, wanted: &str) -> Option<&'a str> {
    let length = wanted.chars().count();
    plan.criteria
        .iter()
        .map(|criterion| {
            let beginning: String = comparable(&criterion.text).chars().take(length).collect();
            let likeness = strsim::normalized_damerau_levenshtein(&beginning, wanted);
            (likeness, criterion.text.as_str())
        })
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, text)| text)
}
