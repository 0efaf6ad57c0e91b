//! The steps of the plan, as cells of the overview and as rows of the table.

use super::inline::{self, Span};
use crate::boxes::{self, Evidence};
use crate::facts::{Link, Night, Step};
use crate::number::duration;
use crate::text;

/// A phase with its steps.
pub(super) struct PhaseView {
    pub(super) number: u16,
    pub(super) title: String,
    /// The title without what it has in brackets.
    pub(super) short_title: String,
    pub(super) n_done: usize,
    pub(super) tasks: Vec<TaskView>,
}

/// A task with its steps.
pub(super) struct TaskView {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) steps: Vec<StepView>,
}

/// One step.
pub(super) struct StepView {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) spans: Vec<Span>,
    pub(super) command: Option<String>,
    pub(super) tone: &'static str,
    pub(super) sign: &'static str,
    pub(super) label: String,
    pub(super) time: Option<String>,
    pub(super) attempts: usize,
    /// The tries, when there was more than one.
    pub(super) tries: Vec<TryView>,
    /// What became of its box.
    pub(super) change: &'static str,
    pub(super) reason: Option<String>,
    pub(super) class: Option<ClassView>,
    pub(super) next: Option<String>,
    pub(super) links: Vec<Link>,
    pub(super) log_tail: Option<String>,
}

/// One try of a step.
pub(super) struct TryView {
    pub(super) number: u32,
    pub(super) ending: String,
    pub(super) time: Option<String>,
    pub(super) retry: Option<String>,
    pub(super) links: Vec<Link>,
}

/// What kind of failure it was.
pub(super) struct ClassView {
    pub(super) name: String,
    pub(super) sentence: &'static str,
}

impl PhaseView {
    /// All steps of the phase.
    pub(super) fn steps(&self) -> Vec<&StepView> {
        self.tasks.iter().flat_map(|task| &task.steps).collect()
    }
}

/// The plan's phases with what became of their steps.
pub(super) fn phases(night: &Night) -> Vec<PhaseView> {
    let outline = night.record.phases.iter();
    outline
        .map(|phase| {
            let tasks: Vec<TaskView> = phase
                .tasks
                .iter()
                .map(|task| TaskView {
                    id: task.id.to_string(),
                    title: text::line(&task.title),
                    steps: task
                        .steps
                        .iter()
                        .filter_map(|step| night.step(step.id))
                        .map(|step| view(night, step))
                        .collect(),
                })
                .collect();
            let steps = tasks.iter().flat_map(|task| &task.steps);
            PhaseView {
                number: phase.number,
                title: text::line(&phase.title),
                short_title: short(&phase.title),
                n_done: steps.filter(|step| step.tone == "done").count(),
                tasks,
            }
        })
        .collect()
}

fn short(title: &str) -> String {
    let title = text::line(title);
    let head = title.split(" (").next().unwrap_or_default().trim();
    if head.is_empty() {
        title.clone()
    } else {
        head.to_owned()
    }
}

fn view(night: &Night, step: &Step) -> StepView {
    let evidence = Evidence::of(night, step);
    StepView {
        id: step.id.to_string(),
        text: text::line(&step.text),
        spans: inline::spans(&step.text),
        command: step.command.as_deref().map(text::line),
        tone: step.state.tone(),
        sign: step.state.sign(),
        label: step.state.label(),
        time: step.duration_s.map(duration),
        attempts: step.attempts.len(),
        tries: tries(step),
        change: evidence.change(),
        reason: step
            .reason
            .as_deref()
            .map(|reason| text::clipped(reason, 400)),
        class: step.class.and_then(|class| {
            Some(ClassView {
                name: boxes::class_words(class),
                sentence: boxes::told(class, step.reason.is_some())?,
            })
        }),
        next: evidence.next,
        links: step.links.clone(),
        log_tail: step.log_tail.clone(),
    }
}

fn tries(step: &Step) -> Vec<TryView> {
    if step.attempts.len() < 2 {
        return Vec::new();
    }
    let attempts = step.attempts.iter();
    attempts
        .map(|attempt| TryView {
            number: attempt.number,
            ending: boxes::ending(attempt),
            time: attempt
                .ended
                .map(|(at, _)| duration(at.duration_since(attempt.started).as_secs_f64().max(0.0))),
            retry: boxes::retry(attempt),
            links: attempt.links.clone(),
        })
        .collect()
}
