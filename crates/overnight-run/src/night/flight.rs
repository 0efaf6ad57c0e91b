//! One try of a step in the air: its command runs under a shim.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use overnight_plan::{Binding, Step};
use overnight_record::StepOutcome;

use super::judge::Verdict;
use super::{Night, NightError};
use crate::folder::RunFolder;
use crate::ledger::Started;
use crate::shim::{Order, Shim, ShimError};

/// One try of a step.
#[derive(Debug)]
pub(super) struct Attempt<'s> {
    pub(super) step: &'s Step,
    pub(super) binding: &'s Binding,
    pub(super) number: u32,
    /// Relative to the run's folder.
    pub(super) folder: String,
    /// Since when this runner knows of it.
    pub(super) since: Instant,
}

/// A try whose command runs, or ended without the runner.
#[derive(Debug)]
pub(super) struct Flight<'s> {
    pub(super) attempt: Attempt<'s>,
    pub(super) shim: Shim,
    /// Its place in the walk.
    pub(super) place: usize,
    called_back: CalledBack,
}

/// Whether a flight was asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum CalledBack {
    No,
    Gracefully,
    AtOnce,
}

impl<'s> Flight<'s> {
    pub(super) fn new(attempt: Attempt<'s>, shim: Shim, place: usize) -> Self {
        Self {
            attempt,
            shim,
            place,
            called_back: CalledBack::No,
        }
    }

    /// Asks its command to end, once.
    pub(super) fn call_back(&mut self, is_urgent: bool) {
        let wanted = if is_urgent {
            CalledBack::AtOnce
        } else {
            CalledBack::Gracefully
        };
        if self.called_back >= wanted {
            return;
        }
        if self.shim.ask_to_end(is_urgent) {
            self.called_back = wanted;
        }
    }
}

/// What came of an attempt to start a command.
pub(super) enum Launched<'s> {
    /// It runs.
    Flight(Box<Flight<'s>>),
    /// Its shim could not be started.
    Refused(Attempt<'s>, Verdict),
}

impl Night<'_, '_> {
    /// Writes the attempt down, then starts its command.
    pub(super) fn launch<'s>(
        &mut self,
        step: &'s Step,
        binding: &'s Binding,
        place: usize,
    ) -> Result<Launched<'s>, NightError> {
        let number = self.ledger.attempts_of(&self.run, step.id)? + 1;
        let attempt = Attempt {
            step,
            binding,
            number,
            folder: RunFolder::attempt(step.id, number),
            since: Instant::now(),
        };
        let folder = self.folder_of(&attempt);
        fs::create_dir_all(&folder).map_err(|source| NightError::Folder {
            path: folder.clone(),
            source,
        })?;
        let started = Started {
            step: step.id,
            attempt: number,
            command: self.redactor().redact(&binding.display).into_owned(),
            folder: attempt.folder.clone(),
        };
        let at = self.now();
        let event = self.durably(|night| night.ledger.open_attempt(&night.run, &started, at))?;
        self.announce(&event);
        let order = self.order(binding);
        let env = self.step_environment(step, binding, &folder);
        Ok(
            match Shim::start(self.spec.program, &folder, &order, &env) {
                Ok(shim) => Launched::Flight(Box::new(Flight::new(attempt, shim, place))),
                Err(error) => Launched::Refused(attempt, refused(&error)),
            },
        )
    }

    /// The folder of an attempt.
    pub(super) fn folder_of(&self, attempt: &Attempt<'_>) -> PathBuf {
        self.folder.path().join(&attempt.folder)
    }

    fn order(&self, binding: &Binding) -> Order {
        let run = &self.spec.config.run;
        let project = self.workspace.project();
        let millis =
            |span: std::time::Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Order {
            argv: self.resolve(&binding.argv),
            directory: match &binding.directory {
                Some(below) => project.join(below),
                None => project,
            },
            timeout_ms: millis(binding.policy.timeout),
            idle_timeout_ms: millis(binding.policy.idle_timeout),
            grace_ms: millis(run.grace.0),
            deadline: self.times.steps_end,
            memory_bytes: binding.policy.memory_bytes,
            log_limit_bytes: run.log_limit.0,
            secrets: self.spec.secrets.clone(),
            project: self.spec.project.to_owned(),
        }
    }

    fn step_environment(
        &self,
        step: &Step,
        binding: &Binding,
        folder: &Path,
    ) -> Vec<(String, OsString)> {
        let mut env = self.environment();
        let mut add = |name: &str, value: OsString| env.push((name.to_owned(), value));
        add("OVERNIGHT_STEP", step.id.to_string().into());
        add("OVERNIGHT_STEP_DIR", folder.into());
        add("OVERNIGHT_RESULT", folder.join("result.json").into());
        for (name, value) in &binding.env {
            add(name, value.into());
        }
        env
    }
}

/// The verdict on a command whose shim did not start.
fn refused(error: &ShimError) -> Verdict {
    use std::error::Error as _;
    let cause = error.source().map(|cause| format!(": {cause}"));
    Verdict::new(
        StepOutcome::Failed,
        format!("{error}{}", cause.unwrap_or_default()),
    )
}
