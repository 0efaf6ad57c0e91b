//! An arm through the whole bench: started, measured, and what it read.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Context;

use super::arm::{Arm, Image, Ready};
use super::measure::Phase;

/// An arm that is measured.
#[derive(Debug)]
pub(super) struct Runner {
    pub(super) name: &'static str,
    /// `None` when it could not be started, and once it has ended before its time.
    pub(super) arm: Option<Arm>,
    /// Why.
    pub(super) failure: Option<String>,
    /// Who it is; `None` when it could not be started.
    pub(super) ready: Option<Ready>,
    /// Seconds from the start of its program until it could answer.
    pub(super) start_s: Option<f64>,
    /// What it read in the first pass of each phase, by sample.
    pub(super) readings: BTreeMap<(Phase, usize), Image>,
    /// Peak memory in MiB per phase.
    pub(super) peaks_mib: BTreeMap<Phase, f64>,
    /// Threads of its process after the warm-up.
    pub(super) os_threads: Option<u64>,
}

impl Runner {
    /// Starts an arm. It is started twice and the second time counts, so that no arm pays
    /// for files that the machine reads for the first time. An arm that cannot be started is
    /// one with a failure.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub(super) fn start(
        name: &'static str,
        command: impl Fn() -> anyhow::Result<Command>,
        log: &Path,
    ) -> anyhow::Result<Self> {
        let file =
            || File::create(log).with_context(|| format!("failed to write {}", log.display()));
        let attempt = |file: File| -> anyhow::Result<(Arm, f64)> {
            let begun = Instant::now();
            let arm = Arm::start(command()?, file)?;
            Ok((arm, begun.elapsed().as_secs_f64()))
        };
        let first = attempt(file()?);
        let started = match first {
            Ok(first) => {
                drop(first);
                attempt(file()?)
            }
            Err(error) => Err(error),
        };
        let mut runner = Self::idle(name);
        match started {
            Ok((arm, start_s)) => {
                runner.ready = Some(arm.ready.clone());
                runner.start_s = Some(start_s);
                runner.arm = Some(arm);
            }
            Err(error) => runner.failure = Some(format!("{error:#}")),
        }
        Ok(runner)
    }

    /// An arm that has not been started.
    pub(super) fn idle(name: &'static str) -> Self {
        Self {
            name,
            arm: None,
            failure: None,
            ready: None,
            start_s: None,
            readings: BTreeMap::new(),
            peaks_mib: BTreeMap::new(),
            os_threads: None,
        }
    }
}
