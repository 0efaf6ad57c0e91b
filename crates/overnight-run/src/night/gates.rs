//! Gates over a night: measured at the base, then after every change.

use std::time::Duration;

use overnight_plan::parse_duration;
use overnight_record::{EventKind, StepId, store};

use super::{Night, NightError};
use crate::gate::{is_no_worse, measure};

/// What the gates say about a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GateVerdict {
    /// None is worse.
    Keep,
    /// One is worse, and why.
    Worse(String),
    /// The night was asked to stop while they ran.
    Stopped,
}

/// Time limit of a gate when the configuration's cannot be read.
const GATE_TIMEOUT: Duration = Duration::from_secs(15 * 60);

impl Night<'_, '_> {
    fn gate_timeout(&self) -> Duration {
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
            store::write_atomically(&log, reading.log.as_bytes())?;
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

    /// Measures the gates after a change and compares.
    pub(super) fn judge_change(
        &mut self,
        step: StepId,
        attempt_folder: &str,
    ) -> Result<GateVerdict, NightError> {
        let mut worse = Vec::new();
        for (index, gate) in self.spec.config.workspace.gate.iter().enumerate() {
            let name = shell_words::join(gate);
            let Some(before) = self.state.gates.get(&name).copied() else {
                continue;
            };
            let reading = self.measure_gate(gate);
            if reading.was_stopped {
                return Ok(GateVerdict::Stopped);
            }
            let log = self.folder.path().join(attempt_folder);
            let log = log.join(format!("gate-{}.log", index + 1));
            store::write_atomically(&log, reading.log.as_bytes())?;
            let no_worse = is_no_worse(before, reading.state);
            self.tell(EventKind::GateChecked {
                step: Some(step),
                gate: name.clone(),
                exit_code: reading.state.exit_code,
                diagnostics: reading.state.diagnostics,
                no_worse,
            })?;
            if !no_worse {
                worse.push(format!(
                    "`{name}` got worse: {} before, {} after",
                    shown(before),
                    shown(reading.state)
                ));
            }
        }
        Ok(if worse.is_empty() {
            GateVerdict::Keep
        } else {
            GateVerdict::Worse(worse.join("; "))
        })
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

fn shown(state: crate::state::GateState) -> String {
    match state.exit_code {
        Some(0) => "passed".to_owned(),
        Some(code) => format!("exit code {code} with {} diagnostics", state.diagnostics),
        None => "did not run to its end".to_owned(),
    }
}
