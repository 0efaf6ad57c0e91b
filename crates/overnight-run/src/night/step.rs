//! One step: its command, its change, its outcome.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use overnight_plan::{Binding, Step};
use overnight_record::StepOutcome;

use super::judge::{Traces, Verdict, judge};
use super::{Night, NightError};
use crate::folder::RunFolder;
use crate::ledger::{Settled, Started};
use crate::process::{Exit, Launch, ProcessError, Running};

/// How often a step is tried in one session when it fails for a temporary reason.
const TRIES: u32 = 2;

/// One try of a step.
pub(super) struct Attempt<'s> {
    pub(super) step: &'s Step,
    pub(super) binding: &'s Binding,
    pub(super) number: u32,
    /// Relative to the run's folder.
    pub(super) folder: String,
}

impl Night<'_, '_> {
    /// Runs a step, a second time when it failed for a temporary reason, until it is settled.
    pub(super) fn run_step(&mut self, step: &Step, binding: &Binding) -> Result<(), NightError> {
        for tried in 1..=TRIES {
            let number = self.ledger.attempts_of(&self.run, step.id)? + 1;
            let attempt = Attempt {
                step,
                binding,
                number,
                folder: RunFolder::attempt(step.id, number),
            };
            let wants_another = self.attempt(&attempt)? && tried < TRIES;
            if !wants_another || !self.pause() {
                break;
            }
        }
        Ok(())
    }

    /// Waits before another try; `false` when the night ends meanwhile.
    fn pause(&self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < self.spec.retry_pause {
            if self.closing_time().is_some() {
                return false;
            }
            thread::sleep(Duration::from_millis(50).min(self.spec.retry_pause));
        }
        self.closing_time().is_none()
    }

    /// Tries a step once and settles it; whether another try may help.
    fn attempt(&mut self, attempt: &Attempt<'_>) -> Result<bool, NightError> {
        let folder = self.folder.path().join(&attempt.folder);
        fs::create_dir_all(&folder).map_err(|source| NightError::Folder {
            path: folder.clone(),
            source,
        })?;
        let started = Started {
            step: attempt.step.id,
            attempt: attempt.number,
            command: attempt.binding.display.clone(),
            folder: attempt.folder.clone(),
        };
        let event = self.ledger.open_attempt(&self.run, &started, self.now())?;
        self.announce(&event);
        let limit = attempt.binding.policy.timeout;
        let (verdict, exit) = match self.execute_command(attempt, &folder, limit) {
            Ok(exit) => {
                let stopped_by = self.closing_time().unwrap_or_default();
                let verdict = judge(&exit, &Traces::read(&folder), limit, &stopped_by);
                (verdict, Some(exit))
            }
            Err(error) => (refused(&error), None),
        };
        let verdict = self.settle_change(attempt, verdict)?;
        let next = self.next_after(attempt, &verdict);
        self.settle(&Settled {
            step: attempt.step.id,
            attempt: attempt.number,
            outcome: verdict.outcome,
            class: None,
            exit_code: verdict.exit_code,
            duration_s: exit.map_or(0.0, |exit| exit.duration.as_secs_f64()),
            peak_rss_mib: exit.and_then(|exit| exit.peak_rss_mib),
            reason: verdict.reason,
            next,
        })?;
        Ok(verdict.is_temporary)
    }

    /// Starts the command and watches it to its end.
    fn execute_command(
        &mut self,
        attempt: &Attempt<'_>,
        folder: &Path,
        limit: Duration,
    ) -> Result<Exit, ProcessError> {
        let log = |name: &str| {
            let path = folder.join(name);
            File::create(&path).map_err(|source| ProcessError::Log { path, source })
        };
        let argv = self.resolve(&attempt.binding.argv);
        let project = self.workspace.project();
        let directory = match &attempt.binding.directory {
            Some(below) => project.join(below),
            None => project,
        };
        let running = Running::start(Launch {
            argv: &argv,
            directory: &directory,
            env: &self.step_environment(attempt, folder),
            stdout: log("stdout.log")?,
            stderr: log("stderr.log")?,
        })?;
        if let Some(process) = running.identity() {
            let (step, number) = (attempt.step.id, attempt.number);
            if let Err(error) = self.ledger.name_process(&self.run, step, number, &process) {
                // A resumed run then finds the process by its environment.
                tracing::warn!("{error}");
            }
        }
        running.wait(Some(limit), self.spec.grace, &|| {
            self.closing_time().is_some()
        })
    }

    fn step_environment(&self, attempt: &Attempt<'_>, folder: &Path) -> Vec<(String, OsString)> {
        let mut env = self.environment();
        let mut add = |name: &str, value: OsString| env.push((name.to_owned(), value));
        add("OVERNIGHT_STEP", attempt.step.id.to_string().into());
        add("OVERNIGHT_STEP_DIR", folder.into());
        add("OVERNIGHT_RESULT", folder.join("result.json").into());
        for (name, value) in &attempt.binding.env {
            add(name, value.into());
        }
        env
    }

    /// The one command that goes on after a step.
    fn next_after(&self, attempt: &Attempt<'_>, verdict: &Verdict) -> Option<String> {
        let id = attempt.step.id;
        match verdict.outcome {
            StepOutcome::Done => None,
            StepOutcome::RolledBack => {
                let patch = self
                    .folder
                    .path()
                    .join(&attempt.folder)
                    .join("change.patch");
                Some(format!(
                    "less {}",
                    super::begin::relative(&patch, self.spec.project)
                ))
            }
            outcome if outcome.is_open() => Some(format!("overnight run --resume {}", self.run)),
            _ => Some(self.retry_command(id)),
        }
    }
}

/// The verdict on a command that did not start.
fn refused(error: &ProcessError) -> Verdict {
    use std::error::Error as _;
    match error {
        ProcessError::Missing { program } => Verdict::new(
            StepOutcome::Skipped,
            format!(
                "program `{program}` was not found; install it or change the step's `run` in \
                 overnight.toml"
            ),
        ),
        other => {
            let cause = other.source().map(|cause| format!(": {cause}"));
            Verdict::new(
                StepOutcome::Failed,
                format!("{other}{}", cause.unwrap_or_default()),
            )
        }
    }
}
