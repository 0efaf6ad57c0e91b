//! The evidence of the plan's boxes: what each says after the night, and on what grounds.

use overnight_record::{FailureClass, StepOutcome};

use crate::facts::{Attempt, Night, State, Step, end_sentence};
use crate::number::duration;
use crate::text;
use crate::text::capitalised;

/// Why a box says what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// Whether it was ticked before the run.
    pub(crate) before: bool,
    /// Whether the night leaves it ticked.
    pub(crate) after: bool,
    /// The grounds, in one to three sentences.
    pub(crate) reason: String,
    /// The file to look at, relative to the run's folder; `None` when nothing was started.
    pub(crate) log: Option<String>,
    /// The one command to go on; `None` when the step did its work.
    pub(crate) next: Option<String>,
}

impl Evidence {
    /// The evidence of a step's box.
    pub(crate) fn of(night: &Night, step: &Step) -> Self {
        Self {
            before: step.was_ticked,
            after: step.is_ticked(),
            reason: reason(step),
            log: log(step),
            next: (!step.state.is_success()).then(|| night.next_for(step)),
        }
    }

    /// What became of the box, in two or three words.
    pub(crate) fn change(&self) -> &'static str {
        match (self.before, self.after) {
            (false, true) => "box ticked",
            (true, false) => "box unticked",
            (false, false) => "box stays open",
            (true, true) => "box stays ticked",
        }
    }
}

fn reason(step: &Step) -> String {
    let given = step.reason.as_deref().map(|r| text::clipped(r, 300));
    let mut sentences = match (&given, step.state.is_success()) {
        (Some(reason), true) => end_sentence(reason.clone()),
        (None, true) if step.attempts.is_empty() => "It was ticked before the run.".to_owned(),
        (None, true) => "Its command ended with exit code 0.".to_owned(),
        (given, false) => {
            let label = capitalised(&step.state.label());
            end_sentence(match given {
                Some(reason) => format!("{label}: {reason}"),
                None => label,
            })
        }
    };
    if let Some(sentence) = step.class.and_then(|class| told(class, given.is_some())) {
        sentences.push(' ');
        sentences.push_str(sentence);
    }
    sentences
}

/// The sentence of a class, unless it says no more than the reason does.
pub(crate) fn told(class: FailureClass, has_reason: bool) -> Option<&'static str> {
    (class != FailureClass::Error || !has_reason).then(|| class.sentence())
}

/// The file that says most: the change that was undone, the errors of a step that ended
/// badly, the output of another.
fn log(step: &Step) -> Option<String> {
    let wanted = match step.state {
        State::Ended(StepOutcome::Done) => ["output", "errors", "result", "patch"],
        State::Ended(StepOutcome::RolledBack) => ["patch", "errors", "output", "result"],
        _ => ["errors", "output", "result", "patch"],
    };
    let found = wanted
        .iter()
        .find_map(|label| step.links.iter().find(|link| link.label == *label))?;
    Some(found.href.trim_start_matches("../").to_owned())
}

/// How a try ended, in words: `timed out (hang)`.
pub(crate) fn ending(attempt: &Attempt) -> String {
    let state = attempt
        .ended
        .map_or(State::Running, |(_, outcome)| State::Ended(outcome));
    match attempt.class {
        Some(class) if class != FailureClass::Error => {
            format!("{} ({})", state.label(), class_words(class))
        }
        _ => state.label(),
    }
}

/// That a try is followed by another, in words: `tried again after 20 s`.
pub(crate) fn retry(attempt: &Attempt) -> Option<String> {
    let retry = attempt.retry?;
    let wait = duration(retry.wait_s.max(0.0));
    Some(match attempt.class {
        Some(_) => format!("tried again after {wait}"),
        None => format!("tried again after {wait} ({})", class_words(retry.class)),
    })
}

/// A class of failure in words.
pub(crate) fn class_words(class: FailureClass) -> String {
    class.name().replace('_', " ")
}
