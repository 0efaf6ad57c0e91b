//! The plan: phases, tasks, and each step with its state.

use overnight_record::{OutlineStep, StepId};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::words::{ends, fit, rate, sign, span};
use super::{Ui, chosen};
use crate::moment::{Moment, RunningNow};

/// Every line of the plan; those of steps with their address.
pub(super) fn lines(moment: &Moment, ui: &Ui, width: u16) -> Vec<(Line<'static>, Option<StepId>)> {
    let width = usize::from(width);
    let chosen = chosen(moment, ui).filter(|_| !ui.is_plain);
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let mut lines = Vec::new();
    for phase in &moment.phases {
        let steps = || phase.tasks.iter().flat_map(|task| &task.steps);
        let n_done = steps().filter(|step| is_done(moment, step.id)).count();
        let title = format!("Phase {}: {}", phase.number, phase.title);
        let (left, right) = ends(&title, &format!("{n_done}/{}", steps().count()), width);
        let line = Line::from(vec![Span::styled(left, bold), Span::raw(right)]);
        lines.push((line, None));
        for task in &phase.tasks {
            let title = format!(" {} {}", task.id, task.title);
            let fitted = fit(&title, width.saturating_sub(1));
            lines.push((Line::raw(format!(" {fitted}")), None));
            for step in &task.steps {
                let mut line = step_line(moment, step, width);
                if Some(step.id) == chosen {
                    line = line.style(Style::new().add_modifier(Modifier::REVERSED));
                }
                lines.push((line, Some(step.id)));
            }
        }
    }
    lines
}

fn is_done(moment: &Moment, id: StepId) -> bool {
    let step = moment.summary.steps.iter().find(|step| step.id == id);
    let state = step.and_then(|step| step.state.as_ref());
    state.is_some_and(|state| state.outcome.is_success())
}

fn step_line(moment: &Moment, step: &OutlineStep, width: usize) -> Line<'static> {
    let found = moment.summary.steps.iter().find(|s| s.id == step.id);
    let state = found.and_then(|step| step.state.as_ref());
    let (sign, style, right) = match (moment.running(step.id), state) {
        (Some(running), _) => ("\u{25b6}", Style::new().fg(Color::Cyan), how_far(running)),
        (None, Some(state)) => {
            let (sign, style) = sign(state.outcome);
            let mut right = state.outcome.to_string();
            if state.attempt > 0 {
                right.push_str(&format!("  {}", span(state.duration_s)));
            }
            if state.attempt > 1 {
                right = format!("attempt {}  {right}", state.attempt);
            }
            (sign, style, right)
        }
        (None, None) if step.run.is_none() => ("\u{b7}", Style::new(), "unbound".to_owned()),
        (None, None) => ("\u{b7}", Style::new(), String::new()),
    };
    let text = format!("{} {}", step.id, step.text);
    let (left, right) = ends(&text, &right, width.saturating_sub(4));
    Line::from(vec![
        Span::raw("  "),
        Span::styled(sign, style),
        Span::raw(format!(" {left}")),
        Span::styled(right, style),
    ])
}

/// `24 %  12.3/s  31s left  for 10s`.
fn how_far(running: &RunningNow) -> String {
    let mut parts = Vec::new();
    if let Some(progress) = running.progress.as_ref().filter(|p| p.total > 0) {
        let percent = progress.done.min(progress.total) * 100 / progress.total;
        parts.push(format!("{percent} %"));
    }
    if let Some(per_s) = running.rate_per_s {
        parts.push(rate(per_s));
    }
    if let Some(left) = running.left_s {
        parts.push(format!("{} left", span(left)));
    }
    parts.push(format!("for {}", span(running.elapsed_s)));
    parts.join("  ")
}
