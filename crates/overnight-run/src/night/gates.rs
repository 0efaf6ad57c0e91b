//! Gates over a night: measured at the base, then after every change.

use std::time::Duration;

use overnight_plan::parse_duration;
use overnight_record::{EventKind, StepId, store};

use super::{Night, NightError};
use crate::gate::{is_no_worse, measure};
use crate::state::GateState;

/// What the gates say about a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GateVerdict {
    /// None is worse.
    Keep,
    /// Some are worse.
    Worse {
        /// What they say, in words.
        why: String,
        /// Which, by position in the configuration.
        gates: Vec<usize>,
    },
    /// The night was asked to stop while they ran.
    Stopped,
}

/// What a gate read after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    gate: String,
    state: GateState,
    is_no_worse: bool,
}

/// On what the gates are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// The change as the step left it.
    Whole,
    /// A part of it, by the number of the trial.
    Trial(u32),
}

impl Occasion {
    fn log_name(self, gate: usize) -> String {
        match self {
            Self::Whole => format!("gate-{gate}.log"),
            Self::Trial(trial) => format!("gate-{gate}-trial-{trial}.log"),
        }
    }
}

/// Time limit of a gate when the configuration's cannot be read.
const GATE_TIMEOUT: Duration = Duration::from_secs(15 * 60);

impl Night<'_, '_> {
    pub(super) fn gate_timeout(&self) -> Duration {
        parse_duration(&self.spec.config.workspace.gate_timeout).unwrap_or(GATE_TIMEOUT)
    }

    /// Measures the gates of the base that were not measured yet, before anything changes.
    pub(super) fn measure_base(&mut self) -> Result<(), NightError> {
        let mut was_measured = false;
        for (index, gate) in self.spec.config.workspace.gate.iter().enumerate() {
            let name = shell_words::join(gate);
            if gate.is_empty() || self.state.gates.contains_key(&name) {
                continue;
            }
            was_measured = true;
            let reading = self.measure_gate(gate);
            if reading.was_stopped {
                break;
            }
            let log = self
                .folder
                .path()
                .join(format!("gates/base-{}.log", index + 1));
            store::write_atomically(&log, self.redactor().redact(&reading.log).as_bytes())?;
            self.tell(EventKind::GateChecked {
                step: None,
                gate: name,
                exit_code: reading.state.exit_code,
                diagnostics: reading.state.diagnostics,
                no_worse: true,
            })?;
        }
        // Nothing is measured while a step of an earlier session still runs in the tree.
        if was_measured {
            // A gate may write files; they are no change of any step.
            self.workspace.discard()?;
        }
        Ok(())
    }

    /// Measures the gates after a whole change, tells what they read, and compares.
    pub(super) fn judge_change(
        &mut self,
        step: StepId,
        attempt_folder: &str,
    ) -> Result<GateVerdict, NightError> {
        let (verdict, readings) = self.measure_gates(attempt_folder, Occasion::Whole, &[])?;
        self.tell_readings(step, readings)?;
        Ok(verdict)
    }

    /// Records what the gates read after a change of a step.
    pub(super) fn tell_readings(
        &mut self,
        step: StepId,
        readings: Vec<Reading>,
    ) -> Result<(), NightError> {
        for reading in readings {
            self.tell(EventKind::GateChecked {
                step: Some(step),
                gate: reading.gate,
                exit_code: reading.state.exit_code,
                diagnostics: reading.state.diagnostics,
                no_worse: reading.is_no_worse,
            })?;
        }
        Ok(())
    }

    /// Measures the gates on what lies in the workspace, and keeps their logs in the
    /// attempt's folder. A trial ends with the first gate that is worse and begins with
    /// `suspects`, by position. Tells nobody.
    pub(super) fn measure_gates(
        &self,
        attempt_folder: &str,
        occasion: Occasion,
        suspects: &[usize],
    ) -> Result<(GateVerdict, Vec<Reading>), NightError> {
        let gates = &self.spec.config.workspace.gate;
        let mut readings = Vec::new();
        let (mut why, mut worse) = (Vec::new(), Vec::new());
        let others = (0..gates.len()).filter(|index| !suspects.contains(index));
        for index in suspects.iter().copied().chain(others) {
            let name = shell_words::join(&gates[index]);
            let Some(before) = self.state.gates.get(&name).copied() else {
                continue;
            };
            let reading = self.measure_gate(&gates[index]);
            if reading.was_stopped {
                return Ok((GateVerdict::Stopped, readings));
            }
            let log = self.folder.path().join(attempt_folder);
            let log = log.join(occasion.log_name(index + 1));
            store::write_atomically(&log, self.redactor().redact(&reading.log).as_bytes())?;
            let is_no_worse = is_no_worse(before, reading.state);
            if !is_no_worse {
                why.push(format!(
                    "`{name}` got worse: {} before, {} after",
                    shown(before),
                    shown(reading.state)
                ));
                worse.push(index);
            }
            readings.push(Reading {
                gate: name,
                state: reading.state,
                is_no_worse,
            });
            if !is_no_worse && occasion != Occasion::Whole {
                break;
            }
        }
        let verdict = if worse.is_empty() {
            GateVerdict::Keep
        } else {
            GateVerdict::Worse {
                why: why.join("; "),
                gates: worse,
            }
        };
        Ok((verdict, readings))
    }

    fn measure_gate(&self, gate: &[String]) -> crate::gate::GateReading {
        measure(
            &self.resolve(gate),
            &self.workspace.project(),
            &self.environment(),
            self.gate_timeout(),
            &self.spec.stop,
        )
    }
}

fn shown(state: GateState) -> String {
    match state.exit_code {
        Some(0) => "passed".to_owned(),
        Some(code) => format!("exit code {code} with {} diagnostics", state.diagnostics),
        None => "did not run to its end".to_owned(),
    }
}
