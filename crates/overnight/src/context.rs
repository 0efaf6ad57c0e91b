//! What every verb is handed: the project, its configuration, the environment of a night.

use std::cell::OnceCell;
use std::env;
use std::path::{Path, PathBuf};

use overnight_plan::Config;
use overnight_record::result::Provenance;
use overnight_record::{ExitCode, StopFlag};
use overnight_run::{Redactor, SecretSources};

use crate::cli::GlobalArgs;
use crate::failure::Failure;
use crate::machine;
use crate::progress::Bars;
use crate::signals;

/// What a night tells the commands it runs. By hand, every field is empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct StepEnvironment {
    /// `OVERNIGHT_RUN`: the run id.
    pub(crate) run: Option<String>,
    /// `OVERNIGHT_RESULT`: where `result.json` goes.
    pub(crate) result: Option<PathBuf>,
    /// `OVERNIGHT_STEP_DIR`: the step's own folder.
    pub(crate) step_dir: Option<PathBuf>,
    /// `OVERNIGHT_STATE_DIR`: `.overnight` of the user's checkout.
    pub(crate) state_dir: Option<PathBuf>,
    /// `OVERNIGHT_ARTIFACTS_DIR`: the run's folder for large artifacts.
    pub(crate) artifacts_dir: Option<PathBuf>,
    /// `OVERNIGHT_CONFIG`: the configuration as it was when the night began.
    pub(crate) config: Option<PathBuf>,
}

impl StepEnvironment {
    pub(crate) fn read() -> Self {
        let path = |name| {
            env::var_os(name)
                .filter(|v| !v.is_empty())
                .map(PathBuf::from)
        };
        Self {
            run: env::var("OVERNIGHT_RUN").ok().filter(|v| !v.is_empty()),
            result: path("OVERNIGHT_RESULT"),
            step_dir: path("OVERNIGHT_STEP_DIR"),
            state_dir: path("OVERNIGHT_STATE_DIR"),
            artifacts_dir: path("OVERNIGHT_ARTIFACTS_DIR"),
            config: path("OVERNIGHT_CONFIG"),
        }
    }
}

/// The project a verb works on.
#[derive(Debug)]
pub(crate) struct Context {
    /// Options every verb takes.
    pub(crate) global: GlobalArgs,
    /// Absolute path of the project.
    pub(crate) project: PathBuf,
    /// What a night told us.
    pub(crate) step: StepEnvironment,
    /// Set by Ctrl-C, SIGTERM and a closed terminal.
    pub(crate) stop: StopFlag,
    /// When the process began its work.
    pub(crate) started: jiff::Timestamp,
    config: OnceCell<Config>,
}

impl Context {
    /// Finds the project and starts listening for Ctrl-C.
    pub(crate) fn new(global: &GlobalArgs) -> Result<Self, Failure> {
        let stop = StopFlag::default();
        signals::listen(&stop);
        Ok(Self {
            global: global.clone(),
            project: find_project(global.project.as_deref())?,
            step: StepEnvironment::read(),
            stop,
            started: jiff::Timestamp::now(),
            config: OnceCell::new(),
        })
    }

    /// The same user's wishes in another project, as if the program had been started there.
    pub(crate) fn for_project(&self, project: &Path) -> Result<Self, Failure> {
        Ok(Self {
            global: self.global.clone(),
            project: find_project(Some(project))?,
            step: self.step.clone(),
            stop: self.stop.clone(),
            started: self.started,
            config: OnceCell::new(),
        })
    }

    /// The configuration file in force, whether or not it exists.
    pub(crate) fn config_path(&self) -> PathBuf {
        self.step
            .config
            .clone()
            .unwrap_or_else(|| self.project.join("overnight.toml"))
    }

    /// The configuration, read and validated at first use; the defaults when there is no file.
    pub(crate) fn config(&self) -> Result<&Config, Failure> {
        if self.config.get().is_none() {
            let path = self.config_path();
            let config = if path.exists() {
                Config::load(&path)?
            } else {
                Config::default()
            };
            let _ = self.config.set(config);
        }
        self.config
            .get()
            .ok_or_else(|| Failure::new(ExitCode::Usage, "the configuration was not read"))
    }

    /// Knows the project's secrets; says which of them it cannot replace.
    pub(crate) fn redactor(&self) -> Result<Redactor, Failure> {
        let lookup = |name: &str| env::var(name).ok();
        let loaded = SecretSources::of(self.config()?).load(&lookup, &self.project);
        for problem in &loaded.problems {
            tracing::warn!("{problem}");
        }
        Ok(loaded.redactor)
    }

    /// `.overnight` of the user's checkout: ledger, cache, worktrees.
    pub(crate) fn state_dir(&self) -> PathBuf {
        self.step
            .state_dir
            .clone()
            .unwrap_or_else(|| self.project.join(".overnight"))
    }

    /// Where a verb puts the files that belong to its result: the step's folder in a night,
    /// `.overnight/out/<verb>` by hand.
    pub(crate) fn output_dir(&self, verb: &str) -> PathBuf {
        self.step
            .step_dir
            .clone()
            .unwrap_or_else(|| self.state_dir().join("out").join(verb))
    }

    /// Where large artifacts go: the run's folder in a night, [`Self::output_dir`] by hand.
    pub(crate) fn artifacts_dir(&self, verb: &str) -> PathBuf {
        self.step
            .artifacts_dir
            .clone()
            .unwrap_or_else(|| self.output_dir(verb))
    }

    /// Who measured what, when and where, for the header of a result.
    pub(crate) fn provenance(&self) -> Provenance {
        Provenance {
            overnight_version: env!("CARGO_PKG_VERSION").to_owned(),
            command: env::args().collect(),
            started: self.started,
            finished: jiff::Timestamp::now(),
            host: machine::host(),
        }
    }

    /// Progress bars on stderr, when that is a terminal; in a night the file of the step.
    pub(crate) fn progress(&self) -> Bars {
        Bars::new(self.step.run.is_none(), self.step.step_dir.as_deref())
    }
}

fn find_project(given: Option<&Path>) -> Result<PathBuf, Failure> {
    let start = given.unwrap_or(Path::new("."));
    let absolute = start.canonicalize().map_err(|error| {
        Failure::with_hint(
            ExitCode::Usage,
            format!(
                "failed to open the project folder {}: {error}",
                start.display()
            ),
            "name an existing folder with --project DIR",
        )
    })?;
    if given.is_some() {
        return Ok(absolute);
    }
    let marked = |folder: &&Path| {
        ["overnight.toml", ".git"]
            .iter()
            .any(|m| folder.join(m).exists())
    };
    Ok(absolute
        .ancestors()
        .find(marked)
        .unwrap_or(&absolute)
        .to_owned())
}
