//! The night as it happens: a line per fact on stderr.

use std::time::Duration;

use anstream::eprintln;
use clap::builder::styling::{AnsiColor, Style};
use jiff::tz::TimeZone;
use overnight_record::{Event, EventKind, StepOutcome};
use overnight_run::text;

/// Shows events in the project's time zone.
#[derive(Debug)]
pub(super) struct Live {
    zone: TimeZone,
}

impl Live {
    pub(super) fn new(timezone: &str) -> Self {
        Self {
            zone: super::start::zone(timezone),
        }
    }

    /// Shows one event, if it is worth a line.
    pub(super) fn show(&self, event: &Event) {
        if let Some(line) = line(&event.kind) {
            let at = event.at.to_zoned(self.zone.clone()).strftime("%H:%M:%S");
            eprintln!("{at}  {line}");
        }
    }
}

fn line(kind: &EventKind) -> Option<String> {
    match kind {
        EventKind::RunResumed {
            lost_attempts,
            adopted_attempts,
        } => Some(resumed(*lost_attempts, *adopted_attempts)),
        EventKind::RetryPlanned {
            step,
            class,
            wait_s,
            ..
        } => {
            let wait = Duration::try_from_secs_f64(*wait_s).unwrap_or_default();
            Some(format!(
                "{:<7} retry       in {} ({class})",
                step.to_string(),
                text::duration(wait)
            ))
        }
        EventKind::NightPaused { reason } => Some(format!("        paused      {reason}")),
        EventKind::NightContinued { paused_s } => {
            let paused = Duration::try_from_secs_f64(*paused_s).unwrap_or_default();
            Some(format!(
                "        continued   after {}",
                text::duration(paused)
            ))
        }
        EventKind::ClockJumped { by_s } => Some(format!(
            "        note        the wall clock was set by {by_s:.0} seconds"
        )),
        EventKind::Noted { text } => Some(format!("        note        {text}")),
        EventKind::StepStarted { step, command, .. } => {
            Some(format!("{:<7} start       {command}", step.to_string()))
        }
        // What the night did not come to is counted once, in the summary.
        EventKind::StepFinished {
            outcome: StepOutcome::NotStarted,
            ..
        } => None,
        EventKind::StepFinished {
            step,
            outcome,
            duration_s,
            reason,
            attempt,
            ..
        } => {
            let style = style(*outcome);
            let word = format!("{:<11}", outcome.to_string());
            let mut line = format!("{:<7} {style}{word}{style:#}", step.to_string());
            if *attempt > 0 {
                let duration = Duration::try_from_secs_f64(*duration_s).unwrap_or_default();
                line.push_str(&format!(" {}", text::duration(duration)));
            }
            if let Some(reason) = reason {
                line.push_str(&format!("  {reason}"));
            }
            Some(line)
        }
        EventKind::ChangeCommitted {
            step,
            commit,
            subject,
            files,
            ..
        } => {
            let place = step.map(|step| step.to_string()).unwrap_or_default();
            let short = commit.get(..8).unwrap_or(commit);
            let noun = if *files == 1 { "file" } else { "files" };
            Some(format!(
                "{place:<7} committed   {short} {subject} ({files} {noun})"
            ))
        }
        EventKind::ChangeRolledBack { step, reason, .. } => {
            Some(format!("{:<7} undone      {reason}", step.to_string()))
        }
        EventKind::CriterionChecked {
            text,
            holds: Some(holds),
            ..
        } => {
            let word = if *holds { "holds" } else { "not met" };
            Some(format!("{:<7} {word:<11} {text}", "check"))
        }
        _ => gate_line(kind),
    }
}

fn resumed(lost: u32, adopted: u32) -> String {
    let mut line = "resumed".to_owned();
    if adopted > 0 {
        line.push_str(&format!("; {adopted} step(s) had gone on meanwhile"));
    }
    if lost > 0 {
        line.push_str(&format!(
            "; {lost} step(s) were cut off and are tried again"
        ));
    }
    line
}

/// A gate at the base passes or fails; after a change it is worse or not.
fn gate_line(kind: &EventKind) -> Option<String> {
    let EventKind::GateChecked {
        step,
        gate,
        exit_code,
        no_worse,
        ..
    } = kind
    else {
        return None;
    };
    let word = match (step, exit_code, no_worse) {
        (None, Some(0), _) => "passes",
        (None, Some(_), _) => "fails",
        (None, None, _) => "unusable",
        (Some(_), _, true) => "no worse",
        (Some(_), _, false) => "worse",
    };
    Some(format!("{:<7} {word:<11} {gate}", "gate"))
}

fn style(outcome: StepOutcome) -> Style {
    let colour = match outcome {
        StepOutcome::Done => AnsiColor::Green,
        StepOutcome::Failed | StepOutcome::TimedOut | StepOutcome::RolledBack => AnsiColor::Red,
        _ => AnsiColor::Yellow,
    };
    colour.on_default()
}
