//! The top of the view: which night, how far, until when, what is wrong.

use overnight_run::Standing;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::Sight;
use super::words::{bar, clock, ends, fit, mebibytes, span};
use crate::moment::Moment;

/// Columns of the bar over all steps.
const BAR: usize = 20;

pub(super) fn lines(sight: &Sight, width: u16) -> Vec<Line<'static>> {
    let moment = &sight.moment;
    let width = usize::from(width);
    let mut lines = vec![title(moment, width), counts(moment, width)];
    for text in [times(moment), resources(moment)] {
        lines.push(Line::raw(fit(&text, width)));
    }
    let warn = Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD);
    for warning in warnings(sight) {
        lines.push(Line::styled(fit(&warning, width), warn));
    }
    lines.push(Line::raw(""));
    lines
}

fn title(moment: &Moment, width: usize) -> Line<'static> {
    let summary = &moment.summary;
    let standing = summary.standing.name();
    let colour = match summary.standing {
        Standing::Running => Color::Cyan,
        Standing::Complete => Color::Green,
        Standing::Died => Color::Red,
        Standing::Incomplete | Standing::Interrupted => Color::Yellow,
    };
    let name = format!("{}  {}", summary.plan_title, summary.run);
    let (left, right) = ends(&name, standing, width);
    let bold = Style::new().add_modifier(Modifier::BOLD);
    Line::from(vec![
        Span::styled(left, bold),
        Span::styled(right, bold.fg(colour)),
    ])
}

fn counts(moment: &Moment, width: usize) -> Line<'static> {
    let summary = &moment.summary;
    let ended = summary.counts.values().sum::<usize>();
    let part = ended as f64 / summary.total.max(1) as f64;
    let mut text = format!("{} {ended} of {} steps", bar(part, BAR), summary.total);
    let mut words: Vec<String> = summary
        .counts
        .iter()
        .map(|(name, n)| format!("{n} {}", name.replace('_', " ")))
        .collect();
    if !moment.running.is_empty() {
        words.push(format!("{} running", moment.running.len()));
    }
    if !words.is_empty() {
        text.push_str(&format!(": {}", words.join(", ")));
    }
    Line::raw(fit(&text, width))
}

fn times(moment: &Moment) -> String {
    let summary = &moment.summary;
    let zone = &summary.timezone;
    let seconds =
        |from: jiff::Timestamp, to: jiff::Timestamp| to.duration_since(from).as_secs_f64();
    let mut text = format!("began {}", clock(summary.started, zone));
    match summary.ended {
        Some(ended) if summary.standing != Standing::Running => {
            let took = span(seconds(summary.started, ended));
            text.push_str(&format!(", ended {} after {took}", clock(ended, zone)));
            return text;
        }
        _ => text.push_str(&format!(
            ", {} ago",
            span(seconds(summary.started, moment.now))
        )),
    }
    if let Some(until) = moment.until {
        let left = seconds(moment.now, until);
        text.push_str(&format!("; until {}", clock(until, zone)));
        if left > 0.0 {
            text.push_str(&format!(", in {}", span(left)));
        }
    }
    if let Some(forecast) = &moment.forecast {
        let steps = match forecast.n_unknown {
            1 => "1 step never timed".to_owned(),
            n => format!("{n} steps never timed"),
        };
        text.push_str(&match (forecast.end > moment.now, forecast.n_unknown) {
            (true, 0) => format!("; end about {}", clock(forecast.end, zone)),
            (true, _) => format!("; end about {} and {steps}", clock(forecast.end, zone)),
            (false, 0) => "; ending".to_owned(),
            (false, _) => format!("; {steps}"),
        });
    }
    text
}

fn resources(moment: &Moment) -> String {
    let summary = &moment.summary;
    let mut parts = Vec::new();
    if let Some(mib) = moment.available_mib {
        parts.push(format!("{} memory available", mebibytes(mib as f64)));
    }
    let n = summary.commits.len();
    parts.push(format!("{n} {}", if n == 1 { "commit" } else { "commits" }));
    let checked = summary.criteria.iter().filter(|c| c.holds.is_some());
    let (checked, holding) = checked.fold((0, 0), |(all, good), criterion| {
        (all + 1, good + usize::from(criterion.holds == Some(true)))
    });
    if checked > 0 {
        parts.push(format!("{holding} of {checked} criteria hold"));
    }
    parts.join("; ")
}

fn warnings(sight: &Sight) -> Vec<String> {
    let moment = &sight.moment;
    let summary = &moment.summary;
    let zone = &summary.timezone;
    let mut warnings = Vec::new();
    if summary.standing == Standing::Died {
        let go_on: Vec<String> = moment
            .running
            .iter()
            .map(|running| running.step.step.to_string())
            .collect();
        let without = match go_on.len() {
            0 => String::new(),
            1 => format!("; {} goes on without it", go_on.join(" ")),
            _ => format!("; {} go on without it", go_on.join(" ")),
        };
        warnings.push(format!(
            "the runner died{without}: overnight run --resume {}",
            summary.run
        ));
    }
    if let Some(reason) = &moment.paused {
        warnings.push(format!("paused: {reason}"));
    }
    for retry in &moment.retries {
        warnings.push(format!(
            "{} is tried again at {} ({})",
            retry.step,
            clock(retry.at, zone),
            retry.class.name().replace('_', " ")
        ));
    }
    let is_late = |until| moment.forecast.as_ref().is_some_and(|f| f.end > until);
    if moment.until.is_some_and(is_late) {
        warnings.push("the deadline comes before the end".to_owned());
    }
    if let Some(trouble) = &sight.trouble {
        warnings.push(format!("this picture is old: {trouble}"));
    }
    warnings
}
