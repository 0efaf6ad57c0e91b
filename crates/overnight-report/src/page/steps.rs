//! The steps of the plan, as cells of the overview and as rows of the table.

use super::inline::{self, Span};
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
    pub(super) reason: Option<String>,
    pub(super) next: Option<String>,
    pub(super) links: Vec<Link>,
    pub(super) log_tail: Option<String>,
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
        reason: step
            .reason
            .as_deref()
            .map(|reason| text::clipped(reason, 400)),
        next: (!step.state.is_success()).then(|| night.next_for(step)),
        links: step.links.clone(),
        log_tail: step.log_tail.clone(),
    }
}
