//! Predictions of a dataset, wherever they come from: a file, a folder of texts, or a backend
//! that is run now (through the cache, so that no image is paid for twice).

use std::path::{Path, PathBuf};
use std::time::Instant;

use overnight_record::ExitCode;
use overnight_study::compare::{Repeated, SideInput};
use overnight_study::dataset::Dataset;
use overnight_study::infer::{InferSpec, Inferred, infer};
use overnight_study::predictions;

use crate::artifact::name_part;
use crate::context::Context;
use crate::failure::Failure;
use crate::wiring;

/// Runs a backend over a dataset and writes its predictions to `files`.
pub(crate) fn run_backend<'d>(
    context: &Context,
    dataset: &'d Dataset,
    backend: &str,
    files: &[PathBuf],
) -> Result<Inferred<'d>, Failure> {
    let cache = wiring::prediction_cache(context);
    run_backend_with(context, dataset, backend, (&cache, files))
}

/// The same with another cache.
fn run_backend_with<'d>(
    context: &Context,
    dataset: &'d Dataset,
    backend: &str,
    (cache_dir, files): (&Path, &[PathBuf]),
) -> Result<Inferred<'d>, Failure> {
    let begin = Instant::now();
    let backend = wiring::load_backend(context, backend)?;
    let spec = InferSpec {
        dataset,
        backend: backend.as_ref(),
        load_s: begin.elapsed().as_secs_f64(),
        cache_dir,
        predictions: files,
    };
    Ok(infer(&spec, &context.progress(), &context.stop)?)
}

/// Predictions by the name of a backend, or the path of a predictions file or a folder of texts.
/// A folder that is called as a backend is named with a slash.
pub(crate) fn predictions_of(
    context: &Context,
    verb: &str,
    dataset: &Dataset,
    source: &str,
    choice: &str,
) -> Result<SideInput, Failure> {
    let path = Path::new(source);
    let is_path = source.contains('/');
    if path.is_dir() && (is_path || !wiring::is_backend(context, source)?) {
        return Ok(SideInput {
            name: predictions::folder_name(path),
            backend: None,
            path: absolute(path).to_string_lossy().into_owned(),
            predictions: predictions::read(path)?,
            repeated: None,
        });
    }
    let is_named_as_file = source.ends_with(".jsonl") || predictions::is_parquet(path);
    if path.is_file() || is_path || is_named_as_file {
        let stem = path.file_name().unwrap_or_default().to_string_lossy();
        let stem = stem.split(".predictions").next().unwrap_or(&stem);
        let name = [".jsonl", ".parquet"]
            .into_iter()
            .find_map(|extension| stem.strip_suffix(extension));
        return Ok(SideInput {
            name: name.unwrap_or(stem).to_owned(),
            backend: None,
            path: absolute(path).to_string_lossy().into_owned(),
            predictions: predictions::read(path)?,
            repeated: None,
        });
    }
    let file = context
        .artifacts_dir(verb)
        .join(file_name(source, dataset.name(), choice));
    let read = run_backend(context, dataset, source, &[file])?;
    refuse_unfinished(&read, source)?;
    let predictions = read.predictions().collect::<Result<_, _>>()?;
    Ok(SideInput {
        name: read.result.backend.name.clone(),
        backend: Some(read.result.backend),
        path: read.result.predictions,
        predictions,
        repeated: None,
    })
}

/// Reads `n` samples, chosen by the seed, once more with a backend that does not know its first
/// answers. What was read again is kept apart, so that the same command goes on from it.
pub(crate) fn read_again(
    context: &Context,
    verb: &str,
    dataset: &Dataset,
    backend: &str,
    (n, seed): (usize, u64),
) -> Result<Repeated, Failure> {
    let some = dataset.select(Some(n), seed);
    let folder = context.artifacts_dir(verb).join("again");
    let file = folder.join(file_name(
        backend,
        dataset.name(),
        &choice_of(Some(n), seed),
    ));
    let cache = folder.join("cache");
    let read = run_backend_with(context, &some, backend, (&cache, &[file]))?;
    refuse_unfinished(&read, backend)?;
    Ok(Repeated {
        predictions: read.predictions().collect::<Result<_, _>>()?,
        path: read.result.predictions,
    })
}

/// An interrupted reading is no side.
fn refuse_unfinished(read: &Inferred<'_>, backend: &str) -> Result<(), Failure> {
    if read.result.n_left == 0 {
        return Ok(());
    }
    Err(Failure::with_hint(
        ExitCode::Interrupted,
        format!(
            "interrupted with {} of {} samples left to read with {backend}",
            read.result.n_left, read.result.n
        ),
        "run the same command again; what was read is kept",
    ))
}

/// Name of a predictions file. `choice` tells choices from the same dataset apart.
pub(crate) fn file_name(backend: &str, dataset: &str, choice: &str) -> String {
    format!(
        "{}-{}{choice}.predictions.jsonl",
        name_part(backend),
        name_part(dataset)
    )
}

/// How a choice of samples appears in file names: nothing for the whole dataset.
pub(crate) fn choice_of(limit: Option<usize>, seed: u64) -> String {
    limit.map_or_else(String::new, |limit| format!(".limit-{limit}-seed-{seed}"))
}

/// The path as it can be found from any folder.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
