//! Ticking a plan: a pure function from text to text that touches marks and values only.

use std::collections::BTreeMap;
use std::ops::Range;

use overnight_record::StepId;

use crate::document::{Plan, Task, TrackerField};

/// What a plan should say about its progress. What is left out stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanProgress {
    /// Boxes of steps: ticked or not.
    pub steps: BTreeMap<StepId, bool>,
    /// Boxes of checklist lines, by their index in [`Plan::criteria`]: ticked or not.
    pub criteria: BTreeMap<usize, bool>,
    /// Value of the tracker's `STATUS`.
    pub status: Option<String>,
    /// Value of the tracker's `CURRENT STEP`.
    pub current_step: Option<String>,
    /// Value of the tracker's `LAST COMPLETED TASK`.
    pub last_completed_task: Option<String>,
    /// Value of the tracker's `NEXT TASK`.
    pub next_task: Option<String>,
}

/// Writes `progress` into `text`, the document `plan` was read from.
///
/// A task one of whose steps is named in `progress.steps` is ticked if then all its steps
/// are, and unticked otherwise; other tasks keep their box. A tracker value becomes one
/// line. A field the tracker does not have is passed over, and so is every place where
/// `text` no longer says what `plan` read there. All other bytes stay. Applying the same
/// progress twice is the same as once.
pub fn apply(text: &str, plan: &Plan, progress: &PlanProgress) -> String {
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut mark = |at: usize, checked: bool| {
        if let Some(edit) = mark_edit(text, at, checked) {
            edits.push(edit);
        }
    };
    for task in plan.tasks() {
        for step in &task.steps {
            if let Some(checked) = progress.steps.get(&step.id) {
                mark(step.mark_span().start, *checked);
            }
        }
        if let (Some(at), Some(checked)) = (task.mark(), task_after(task, progress)) {
            mark(at, checked);
        }
    }
    for (index, checked) in &progress.criteria {
        if let Some(criterion) = plan.criteria.get(*index) {
            mark(criterion.mark_span().start, *checked);
        }
    }
    for (name, value) in [
        ("STATUS", &progress.status),
        ("CURRENT STEP", &progress.current_step),
        ("LAST COMPLETED TASK", &progress.last_completed_task),
        ("NEXT TASK", &progress.next_task),
    ] {
        let field = plan.tracker.field(name);
        if let (Some(field), Some(value)) = (field, value) {
            edits.extend(value_edit(text, field, value));
        }
    }
    replace(text, edits)
}

/// The state of a task's box after `progress`, when that says anything about its steps.
fn task_after(task: &Task, progress: &PlanProgress) -> Option<bool> {
    let after = |id, before| progress.steps.get(&id).copied().unwrap_or(before);
    let is_named = |id| progress.steps.contains_key(&id);
    task.steps
        .iter()
        .any(|step| is_named(step.id))
        .then(|| task.steps.iter().all(|step| after(step.id, step.checked)))
}

fn mark_edit(text: &str, at: usize, checked: bool) -> Option<(Range<usize>, String)> {
    let bytes = text.as_bytes().get(at.checked_sub(1)?..at + 2)?;
    let is_checked = match bytes {
        b"[ ]" => false,
        b"[x]" | b"[X]" => true,
        _ => return None,
    };
    let sign = if checked { "x" } else { " " };
    (is_checked != checked).then(|| (at..at + 1, sign.to_owned()))
}

fn value_edit(text: &str, field: &TrackerField, value: &str) -> Option<(Range<usize>, String)> {
    let span = field.value_span();
    if text.get(span.clone()) != Some(&field.value) {
        return None;
    }
    let mut value = one_line(value);
    if let Some(mark) = text[span.end..]
        .chars()
        .next()
        .filter(|c| "*_".contains(*c))
    {
        // The emphasis around the whole field must not end within its value.
        let inner = one_line(&value.replace(mark, " "));
        if inner.is_empty() && !value.is_empty() {
            return None;
        }
        value = inner;
    }
    if value == field.value {
        return None;
    }
    // The value is parted from its name, also when the field was empty without a space.
    let is_parted = text[..span.start].ends_with(char::is_whitespace);
    let space = if is_parted || value.is_empty() {
        ""
    } else {
        " "
    };
    Some((span, format!("{space}{value}")))
}

/// The text in one line: runs of white space and control characters become one space.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn replace(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(span, _)| span.start);
    let mut result = String::with_capacity(text.len());
    let mut copied = 0;
    for (span, new) in edits {
        result.push_str(&text[copied..span.start]);
        result.push_str(&new);
        copied = span.end;
    }
    result.push_str(&text[copied..]);
    result
}

#[cfg(test)]
mod tests;
