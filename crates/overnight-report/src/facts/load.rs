//! Reading a run folder. Only a missing or broken `run.json` stops it; every other defect
//! becomes a note that the report shows.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use overnight_record::store::{self, StoreError};
use overnight_record::{
    Diagnose, Event, ExitCode, RUN_RECORD_FORMAT, RunRecord, StepId, StepOutcome,
};

use super::{Criterion, Kind, Link, Night, Results, State, Step, totals};
use crate::clock::LocalClock;

/// Bytes of an error log that are read for its last lines.
const TAIL_BYTES: u64 = 16 * 1024;
/// Lines of an error log that are shown.
const TAIL_LINES: usize = 14;

/// A folder that is not a run.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// `run.json` is missing or broken.
    #[error("failed to read the run in {dir}")]
    Record {
        /// The folder.
        dir: PathBuf,
        /// Why.
        source: StoreError,
    },
    /// `run.json` was written by a newer version.
    #[error(
        "failed to read the run in {dir}: its format {found} is newer than {RUN_RECORD_FORMAT}"
    )]
    Newer {
        /// The folder.
        dir: PathBuf,
        /// The version found.
        found: u32,
    },
}

impl Diagnose for FactsError {
    fn exit_code(&self) -> ExitCode {
        ExitCode::Usage
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Record { .. } => {
                "`overnight runs list` shows the runs of this project".to_owned()
            }
            Self::Newer { .. } => "read it with the version of overnight that wrote it".to_owned(),
        })
    }
}

/// Reads everything `dir` says about its run.
///
/// # Errors
/// [`FactsError`] when `run.json` cannot be used; nothing else is an error.
pub fn load(dir: &Path) -> Result<Night, FactsError> {
    let record: RunRecord =
        store::read_json(&dir.join("run.json")).map_err(|source| FactsError::Record {
            dir: dir.to_owned(),
            source,
        })?;
    if record.format_version > RUN_RECORD_FORMAT {
        return Err(FactsError::Newer {
            dir: dir.to_owned(),
            found: record.format_version,
        });
    }
    let mut notes = Vec::new();
    let (clock, is_known) = LocalClock::new(&record.timezone);
    if !is_known {
        notes.push(format!(
            "The time zone {} is not known on this machine; times are in UTC.",
            record.timezone
        ));
    }
    let events = read_events(&dir.join("events.jsonl"), &mut notes);
    let mut night = Night {
        dir: dir.to_owned(),
        steps: outline(&record),
        criteria: criteria(&record),
        events: Vec::new(),
        commits: Vec::new(),
        rollbacks: Vec::new(),
        gates: Vec::new(),
        results: Results::default(),
        happenings: Vec::new(),
        ended: None,
        notes,
        clock,
        record,
    };
    for event in &events {
        night.fold(event);
    }
    night.events = events;
    night.read_steps();
    let contradictions = totals::contradictions(&night.results);
    night.notes.extend(contradictions);
    night.assert_totals();
    Ok(night)
}

fn read_events(path: &Path, notes: &mut Vec<String>) -> Vec<Event> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            notes.push(format!(
                "The events of this run cannot be read ({error}); every step counts as not started."
            ));
            return Vec::new();
        }
    };
    let mut events: Vec<Event> = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice::<Event>(line) {
            Ok(event) => events.push(event),
            Err(error) => notes.push(format!(
                "Line {} of events.jsonl was left out: {error}.",
                index + 1
            )),
        }
    }
    events.sort_by_key(|event| event.seq);
    events.dedup_by_key(|event| event.seq);
    let expected = events.last().map_or(0, |event| event.seq);
    if expected != events.len() as u64 {
        notes.push(format!(
            "The events have gaps: the last one is number {expected}, but {} were read.",
            events.len()
        ));
    }
    events
}

fn outline(record: &RunRecord) -> Vec<Step> {
    let tasks = record.phases.iter().flat_map(|phase| &phase.tasks);
    tasks
        .flat_map(|task| task.steps.iter().map(move |step| (task.id, step)))
        .map(|(task, step)| Step {
            id: step.id,
            task,
            text: step.text.clone(),
            command: step.run.clone(),
            kind: step.run.as_deref().and_then(Kind::of_command),
            was_ticked: step.checked,
            state: State::Ended(StepOutcome::NotStarted),
            class: None,
            reason: None,
            hint: None,
            next: None,
            duration_s: None,
            exit_code: None,
            attempts: Vec::new(),
            dir: None,
            links: Vec::new(),
            log_tail: None,
        })
        .collect()
}

fn criteria(record: &RunRecord) -> Vec<Criterion> {
    let outline = record.criteria.iter();
    outline
        .map(|criterion| Criterion {
            text: criterion.text.clone(),
            check: criterion.check.clone(),
            holds: None,
            evidence: None,
        })
        .collect()
}

impl Night {
    /// Links, last lines and results of every step that has a folder.
    fn read_steps(&mut self) {
        let run_dir = self.dir.clone();
        for step in &mut self.steps {
            for attempt in &mut step.attempts {
                let relative = attempt_folder(step.id, attempt.number);
                attempt.links = links(&run_dir.join(&relative), &relative);
            }
            let Some(attempt) = step.attempts.last() else {
                continue;
            };
            let dir = run_dir.join(attempt_folder(step.id, attempt.number));
            step.links.clone_from(&attempt.links);
            if matches!(step.state.tone(), "bad" | "warn") {
                step.log_tail = log_tail(&dir);
            }
            let value = super::results::read(step, &dir, &mut self.notes);
            if let Some(value) = value {
                if step.state.is_success() {
                    self.results.take(step, &dir, value, &mut self.notes);
                } else {
                    let hint = value.get("hint").and_then(serde_json::Value::as_str);
                    step.hint = hint.map(str::to_owned);
                }
            }
            step.dir = Some(dir);
        }
    }

    /// Every step of the outline is counted once, in one state.
    fn assert_totals(&mut self) {
        let outline: usize = self
            .record
            .phases
            .iter()
            .flat_map(|phase| &phase.tasks)
            .map(|task| task.steps.len())
            .sum();
        assert_eq!(
            outline,
            self.steps.len(),
            "every step has exactly one state"
        );
        let mut ids: Vec<StepId> = self.steps.iter().map(|step| step.id).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() != self.steps.len() {
            self.notes
                .push("The plan's outline names a step twice; its counts are not reliable.".into());
        }
    }
}

/// The folder of an attempt, relative to the run's: the first one has the step's own.
fn attempt_folder(step: StepId, attempt: u32) -> String {
    if attempt <= 1 {
        format!("steps/{step}")
    } else {
        format!("steps/{step}/attempt-{attempt}")
    }
}

fn links(dir: &Path, relative: &str) -> Vec<Link> {
    let files = [
        ("output", "stdout.log"),
        ("errors", "stderr.log"),
        ("result", "result.json"),
        ("patch", "change.patch"),
    ];
    let present = files.into_iter().filter(|(_, name)| {
        fs::metadata(dir.join(name)).is_ok_and(|meta| meta.is_file() && meta.len() > 0)
    });
    present
        .map(|(label, name)| Link {
            label,
            href: format!("../{relative}/{name}"),
        })
        .collect()
}

fn log_tail(dir: &Path) -> Option<String> {
    let mut file = File::open(dir.join("stderr.log")).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))
        .ok()?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes).ok()?;
    let text = crate::text::plain(&String::from_utf8_lossy(&bytes));
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    let tail = lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n");
    (!tail.is_empty()).then_some(tail)
}
