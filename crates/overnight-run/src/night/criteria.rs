//! The plan's success criteria, checked after the last step.

use std::time::Duration;

use overnight_plan::Check;
use overnight_record::{EventKind, store};

use super::line::last_line_of;
use super::{Night, NightError};
use crate::process::{Captured, run_captured};

/// Time limit of a check that names none.
const CHECK_TIMEOUT: Duration = Duration::from_secs(15 * 60);

impl Night<'_, '_> {
    /// Checks every criterion in the night's tree; what nothing is bound to stays open.
    pub(super) fn check_criteria(&mut self) -> Result<(), NightError> {
        let bound = self.spec.bound;
        for (index, criterion) in bound.plan.criteria.iter().enumerate() {
            if self.spec.stop.is_requested() {
                break;
            }
            let (holds, evidence) = match bound.checks.get(&index) {
                Some(check) => {
                    let (holds, evidence) = self.check(index, check)?;
                    (Some(holds), evidence)
                }
                None => (None, "nothing is bound to it".to_owned()),
            };
            if self.spec.stop.is_requested() {
                break;
            }
            self.tell(EventKind::CriterionChecked {
                text: criterion.text.clone(),
                holds,
                evidence,
            })?;
        }
        // A check may write files; they are nobody's change.
        Ok(self.workspace.discard()?)
    }

    fn check(&self, index: usize, check: &Check) -> Result<(bool, String), NightError> {
        let answer = run_captured(
            &self.resolve(&check.argv),
            &self.workspace.project(),
            &self.environment(),
            check.timeout.unwrap_or(CHECK_TIMEOUT),
            &self.spec.stop,
        );
        Ok(match answer {
            Ok(captured) => {
                let log = format!("criteria/{}.log", index + 1);
                let text = format!("{}{}", captured.stdout, captured.stderr);
                let text = self.redactor().redact(&text);
                store::write_atomically(&self.folder.path().join(log), text.as_bytes())?;
                (captured.code == Some(0), evidence(&captured))
            }
            Err(error) => (false, error.to_string()),
        })
    }
}

/// What a check saw, in one line; the outline of the run names its command.
fn evidence(captured: &Captured) -> String {
    let end = match captured.code {
        Some(code) => format!("exit code {code}"),
        None if captured.timed_out => "it ran past its time limit".to_owned(),
        None => "it was ended by a signal".to_owned(),
    };
    let said = if captured.code == Some(0) {
        last_line_of(&captured.stdout)
    } else {
        last_line_of(&captured.stderr).or_else(|| last_line_of(&captured.stdout))
    };
    match said {
        Some(line) => format!("{end}: {line}"),
        None => end,
    }
}
