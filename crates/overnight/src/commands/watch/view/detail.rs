//! The chosen step: what it is doing or how it ended, and its last lines.

use overnight_record::StepId;
use overnight_run::state::StepState;
use overnight_run::summary::StepSummary;
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;

use super::words::{bar, fit, mebibytes, rate, span};
use super::{Sight, Ui, chosen};
use crate::moment::{Moment, RunningNow};

/// Columns of the bar over samples.
const BAR: usize = 30;

/// The step and its command.
pub(super) fn title(moment: &Moment, step: StepId, width: usize) -> String {
    let found = moment.summary.steps.iter().find(|s| s.id == step);
    let running = moment.running(step);
    let command = running
        .map(|running| running.step.command.as_str())
        .or_else(|| found.and_then(|step| step.run.as_deref()))
        .unwrap_or("no command is bound to it");
    fit(&format!("{step} {command}"), width.saturating_sub(1)) + " "
}

/// Everything about the chosen step with at most `n_log` lines of its log.
pub(super) fn lines(sight: &Sight, ui: &Ui, width: usize, n_log: usize) -> Vec<Line<'static>> {
    let moment = &sight.moment;
    let Some(step) = chosen(moment, ui) else {
        return vec![Line::raw("The plan has no step.")];
    };
    let found = moment.summary.steps.iter().find(|s| s.id == step);
    let mut texts = Vec::new();
    if let Some(running) = moment.running(step) {
        now(&mut texts, running);
    } else if let Some(state) = found.and_then(|step| step.state.as_ref()) {
        ended(&mut texts, state);
    } else {
        texts.push(ahead(found).to_owned());
    }
    let mut lines: Vec<Line<'static>> = texts
        .iter()
        .map(|text| Line::raw(fit(text, width)))
        .collect();
    let log = &sight.log;
    if n_log > 0 && !log.lines.is_empty() {
        let dim = Style::new().add_modifier(Modifier::DIM);
        lines.push(Line::styled(fit(&format!("{}:", log.name), width), dim));
        // The line that names the log is one of those that were asked for.
        let first = log
            .lines
            .len()
            .saturating_sub(n_log.saturating_sub(1).max(1));
        let shown = log.lines[first..].iter();
        lines.extend(shown.map(|line| Line::raw(fit_log(line, width))));
    }
    lines
}

/// A line of a log keeps its indentation.
fn fit_log(line: &str, width: usize) -> String {
    let text = line.trim_start();
    let indent = (line.len() - text.len()).min(width / 2);
    format!("{}{}", " ".repeat(indent), fit(text, width - indent))
}

fn ahead(step: Option<&StepSummary>) -> &'static str {
    match step.map(|step| step.run.is_some()) {
        Some(true) => "Not begun yet.",
        _ => "It runs nothing.",
    }
}

fn now(texts: &mut Vec<String>, running: &RunningNow) {
    if let Some(progress) = &running.progress {
        let part = progress.done as f64 / progress.total.max(1) as f64;
        let mut text = format!(
            "{} {} of {} {}",
            bar(part, BAR),
            progress.done,
            progress.total,
            progress.what
        );
        if let Some(per_s) = running.rate_per_s {
            text.push_str(&format!(", {}", rate(per_s)));
        }
        texts.push(text);
    }
    let mut parts = vec![format!("attempt {}", running.step.attempt)];
    parts.push(format!("for {}", span(running.elapsed_s)));
    if let Some(left) = running.left_s {
        parts.push(format!("about {} left", span(left)));
    }
    if let Some(pid) = running.pid {
        let dead = if running.is_alive == Some(false) {
            " (gone)"
        } else {
            ""
        };
        parts.push(format!("process {pid}{dead}"));
    }
    if let Some(memory) = running.memory {
        parts.push(format!(
            "{} in memory, largest process at most {}",
            mebibytes(memory.rss_mib),
            mebibytes(memory.peak_mib)
        ));
    }
    texts.push(parts.join(", "));
}

fn ended(texts: &mut Vec<String>, state: &StepState) {
    let mut text = state.outcome.to_string();
    if let Some(class) = state.class {
        text.push_str(&format!(" ({})", class.name().replace('_', " ")));
    }
    if state.attempt > 0 {
        text.push_str(&format!(
            ", attempt {}, {}",
            state.attempt,
            span(state.duration_s)
        ));
    }
    if let Some(reason) = &state.reason {
        text.push_str(&format!(": {reason}"));
    }
    texts.push(text);
    if let Some(class) = state.class {
        texts.push(class.sentence().to_owned());
    }
    if let Some(next) = &state.next {
        texts.push(format!("next: {next}"));
    }
}
