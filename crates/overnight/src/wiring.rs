//! From names in the configuration to the things they stand for.

mod openai;

use std::env;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use overnight_metrics::statistics::IntervalMethod;
use overnight_metrics::{Bootstrap, Case, Changes, Form, Profile, Unit, WhiteSpace, Words};
use overnight_ocr::models::ModelStore;
use overnight_ocr::openai::Openai;
use overnight_ocr::worker::{ReadyWorker, Worker, WorkerCommand};
use overnight_ocr::{
    Backend, BackendSpec, LoadOptions, ParseRuntimeError, PpocrSpec, RecogniserSpec, RuntimeSpec,
    TesseractSpec, WorkerSpec,
};
use overnight_plan::{config, parse_duration};
use overnight_record::ExitCode;
use overnight_study::dataset::{Dataset, DatasetFormat, DatasetSpec};

use crate::context::Context;
use crate::failure::Failure;

/// Loads a dataset by its name in the configuration, or from `FORMAT:PATH`, the path
/// relative to the current folder.
pub(crate) fn dataset(context: &Context, name: &str) -> Result<Dataset, Failure> {
    let configured = &context.config()?.datasets;
    let spec = if let Some(dataset) = configured.get(name) {
        DatasetSpec {
            name: name.to_owned(),
            format: format_of(dataset.format),
            path: context.project.join(&dataset.path),
            shown_path: dataset.path.to_string_lossy().into_owned(),
        }
    } else if let Some((format, path)) = name.split_once(':') {
        ad_hoc(format, path)?
    } else {
        let known: Vec<&str> = configured.keys().map(String::as_str).collect();
        return Err(unknown("dataset", name, &known, "datasets"));
    };
    Ok(Dataset::load(&spec)?)
}

fn ad_hoc(format: &str, path: &str) -> Result<DatasetSpec, Failure> {
    let known = DatasetFormat::ALL.map(DatasetFormat::name);
    let Some(format) = DatasetFormat::ALL.into_iter().find(|f| f.name() == format) else {
        return Err(Failure::with_hint(
            ExitCode::Usage,
            format!("`{format}` is not a dataset format"),
            format!("the formats are {}", known.join(", ")),
        ));
    };
    let absolute = std::path::absolute(path).map_err(|error| {
        Failure::new(
            ExitCode::Usage,
            format!("failed to find the dataset `{path}`: {error}"),
        )
    })?;
    let name = Path::new(path).file_stem().map_or_else(
        || format.name().to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    Ok(DatasetSpec {
        name,
        format,
        path: absolute,
        shown_path: path.to_owned(),
    })
}

fn format_of(format: config::DatasetFormat) -> DatasetFormat {
    match format {
        config::DatasetFormat::Sroie => DatasetFormat::Sroie,
        config::DatasetFormat::Jsonl => DatasetFormat::Jsonl,
        config::DatasetFormat::Folder => DatasetFormat::Folder,
        config::DatasetFormat::OmniDocBench => DatasetFormat::OmniDocBench,
    }
}

/// A scoring profile by its name: one of the configuration, or built in.
pub(crate) fn profile(context: &Context, name: &str) -> Result<Profile, Failure> {
    let configured = &context.config()?.profiles;
    let found = match configured.get(name) {
        Some(own) => Profile::derived(name, &own.base, changes(own)),
        None => Profile::built_in(name),
    };
    found.map_err(|error| {
        let known: Vec<&str> = configured
            .keys()
            .map(String::as_str)
            .chain(Profile::BUILT_IN)
            .collect();
        unknown("profile", &error.0, &known, "profiles")
    })
}

/// How intervals are computed: as asked for, else as configured.
pub(crate) fn bootstrap(
    context: &Context,
    seed: u64,
    interval: Option<&str>,
) -> Result<Bootstrap, Failure> {
    let name = interval.unwrap_or(&context.config()?.scoring.interval);
    let method = IntervalMethod::named(name);
    Ok(Bootstrap {
        method: method
            .ok_or_else(|| unknown("interval", name, &IntervalMethod::NAMES, "scoring.interval"))?,
        ..Bootstrap::new(seed)
    })
}

/// What a profile of the configuration does otherwise than its base.
fn changes(own: &config::Profile) -> Changes {
    use config::{ProfileForm, ProfileUnit, ProfileWords};
    Changes {
        form: own.form.map(|form| match form {
            ProfileForm::None => Form::Keep,
            ProfileForm::Nfc => Form::Nfc,
            ProfileForm::Nfd => Form::Nfd,
            ProfileForm::Nfkc => Form::Nfkc,
        }),
        case: own
            .case_fold
            .map(|fold| if fold { Case::Fold } else { Case::Keep }),
        equivalences: own.equivalences,
        white_space: (own.remove_whitespace == Some(true)).then_some(WhiteSpace::Remove),
        unit: own.unit.map(|unit| match unit {
            ProfileUnit::CodePoint => Unit::CodePoint,
            ProfileUnit::Grapheme => Unit::Grapheme,
            ProfileUnit::Jamo => Unit::Jamo,
            ProfileUnit::Utf16 => Unit::Utf16,
            ProfileUnit::Byte => Unit::Byte,
        }),
        words: own.words.map(|words| match words {
            ProfileWords::WhiteSpace => Words::WhiteSpace,
            ProfileWords::Uax29 => Words::Uax29,
        }),
    }
}

/// The failure that says a name is unknown: what it may have meant, or what there is.
pub(crate) fn unknown(what: &str, name: &str, known: &[&str], table: &str) -> Failure {
    let likely = known
        .iter()
        .map(|candidate| {
            (
                strsim::normalized_damerau_levenshtein(name, candidate),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    let hint = match likely {
        Some((_, candidate)) => format!("did you mean `{candidate}`?"),
        None if known.is_empty() => format!("describe it as [{table}.{name}] in overnight.toml"),
        None => format!("known: {}", known.join(", ")),
    };
    Failure::with_hint(
        ExitCode::Usage,
        format!("there is no {what} named `{name}`"),
        hint,
    )
}

/// Folder of the prediction caches.
pub(crate) fn prediction_cache(context: &Context) -> PathBuf {
    context.state_dir().join("cache/predictions")
}

/// The backends that need no configuration.
const BUILT_IN_BACKENDS: [&str; 2] = ["ppocr", "tesseract"];

/// What a backend's name stands for: an entry of the configuration, or one of the built-in
/// ones with its defaults. `NAME@RUNTIME` is a `ppocr` backend on that runtime.
pub(crate) fn backend_spec(context: &Context, name: &str) -> Result<BackendSpec, Failure> {
    let Some((name, runtime)) = name.split_once('@') else {
        return named_backend(context, name);
    };
    match named_backend(context, name)? {
        BackendSpec::Ppocr(mut ppocr) => {
            ppocr.runtime.choice = runtime.parse().map_err(|error| unknown_runtime(&error))?;
            Ok(BackendSpec::Ppocr(ppocr))
        }
        BackendSpec::Tesseract(_) | BackendSpec::Worker(_) | BackendSpec::Openai(_) => {
            Err(Failure::with_hint(
                ExitCode::Usage,
                format!("the backend `{name}` has no runtime to choose"),
                format!("write `{name}`"),
            ))
        }
    }
}

/// Whether a backend has this name, without or with a runtime behind it.
pub(crate) fn is_backend(context: &Context, name: &str) -> Result<bool, Failure> {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let configured = &context.config()?.backends;
    Ok(configured.contains_key(name) || BUILT_IN_BACKENDS.contains(&name))
}

fn named_backend(context: &Context, name: &str) -> Result<BackendSpec, Failure> {
    let configured = &context.config()?.backends;
    match (configured.get(name), name) {
        (Some(config::Backend::Ppocr(own)), _) => Ok(BackendSpec::Ppocr(ppocr(context, own)?)),
        (Some(config::Backend::Tesseract(own)), _) => {
            Ok(BackendSpec::Tesseract(tesseract(context, own)?))
        }
        (Some(config::Backend::Worker(own)), _) => Ok(BackendSpec::Worker(worker(context, own)?)),
        (Some(config::Backend::Openai(own)), _) => {
            let spec = openai::spec(context, name, own)?;
            Ok(BackendSpec::Openai(Box::new(spec)))
        }
        (None, "ppocr") => Ok(BackendSpec::Ppocr(PpocrSpec::default())),
        (None, "tesseract") => Ok(BackendSpec::Tesseract(TesseractSpec::default())),
        (None, _) => {
            let known: Vec<&str> = configured
                .keys()
                .map(String::as_str)
                .chain(
                    BUILT_IN_BACKENDS
                        .into_iter()
                        .filter(|n| !configured.contains_key(*n)),
                )
                .collect();
            Err(unknown("backend", name, &known, "backends"))
        }
    }
}

fn ppocr(context: &Context, own: &config::Ppocr) -> Result<PpocrSpec, Failure> {
    let file = |path: &Option<PathBuf>| path.as_ref().map(|path| context.project.join(path));
    let recogniser = |own: &config::Ppocr| RecogniserSpec {
        model: own.model.clone(),
        recognition: file(&own.recognition),
        dictionary: file(&own.dictionary),
    };
    let backends = &context.config()?.backends;
    let others = own
        .recognisers
        .iter()
        .filter_map(|name| match backends.get(name) {
            Some(config::Backend::Ppocr(other)) => Some(recogniser(other)),
            // The configuration was checked when it was read.
            _ => None,
        });
    Ok(PpocrSpec {
        recogniser: recogniser(own),
        detection: file(&own.detection),
        others: others.collect(),
        sure_from: own.sure_from as f32,
        turn_lines: own.turn_lines,
        classification: file(&own.classification),
        max_pixels: (own.megapixels * 1e6) as f32,
        pixel_threshold: own.pixel_threshold.map(|value| value as f32),
        box_threshold: own.box_threshold.map(|value| value as f32),
        unclip_ratio: own.unclip_ratio.map(|value| value as f32),
        runtime: RuntimeSpec {
            choice: own
                .runtime
                .parse()
                .map_err(|error| unknown_runtime(&error))?,
            library: file(&own.library),
            device: own
                .device
                .parse()
                .map_err(|error| unknown_runtime(&error))?,
        },
    })
}

fn unknown_runtime(error: &ParseRuntimeError) -> Failure {
    Failure::new(ExitCode::Usage, error.to_string())
}

fn tesseract(context: &Context, own: &config::Tesseract) -> Result<TesseractSpec, Failure> {
    // A bare name is looked up in PATH; anything with a folder belongs to the project.
    let program = if own.program.components().count() > 1 {
        context.project.join(&own.program)
    } else {
        own.program.clone()
    };
    Ok(TesseractSpec {
        program,
        languages: own.languages.clone(),
        psm: own.psm,
        timeout: parse_duration(&own.timeout)?,
    })
}

fn worker(context: &Context, own: &config::Worker) -> Result<WorkerSpec, Failure> {
    let ready = match (&own.ready, &own.callable) {
        (Some(name), _) => ReadyWorker::named(name),
        (None, Some(callable)) => Some(ReadyWorker::Callable(callable.clone())),
        (None, None) => None,
    };
    let command = match ready {
        Some(worker) => WorkerCommand::Ready {
            worker,
            python: python(context, own.python.as_deref()),
        },
        None => WorkerCommand::Own(own.command.clone().unwrap_or_default()),
    };
    Ok(WorkerSpec {
        scripts: context.state_dir().join("workers"),
        settings: own.settings.clone(),
        batch_size: own.batch_size,
        processes: own.processes,
        threads: own.threads,
        timeout: parse_duration(&own.timeout)?,
        start_timeout: parse_duration(&own.start_timeout)?,
        env: own.env.clone(),
        ..WorkerSpec::new(command, context.project.clone())
    })
}

/// The Python of a worker: as it is configured, or the project's own, or that of the PATH.
fn python(context: &Context, configured: Option<&Path>) -> PathBuf {
    let own = Path::new(".venv/bin/python");
    match configured {
        Some(python) => python.to_owned(),
        None if context.project.join(own).exists() => own.to_owned(),
        None => PathBuf::from("python3"),
    }
}

/// Loads a backend; weights that are not on this machine yet are fetched first.
pub(crate) fn load_backend(context: &Context, name: &str) -> Result<Box<dyn Backend>, Failure> {
    let spec = backend_spec(context, name)?;
    if let BackendSpec::Worker(worker) = &spec {
        // It may take minutes to start, so it is told when somebody wants to stop.
        return Ok(Box::new(Worker::load(name, worker, &context.stop)?));
    }
    if let BackendSpec::Openai(openai) = &spec {
        return Ok(Box::new(Openai::load(name, openai, &context.stop)?));
    }
    let store = model_store()?;
    let needed = match &spec {
        BackendSpec::Ppocr(ppocr) => ppocr.known_models()?,
        BackendSpec::Tesseract(_) | BackendSpec::Worker(_) | BackendSpec::Openai(_) => Vec::new(),
    };
    for model in needed.into_iter().filter(|model| !store.is_present(model)) {
        anstream::eprintln!(
            "fetching the weights of {} ({} MB) into {}",
            model.name,
            model.bytes() / 1_000_000,
            store.root().display()
        );
        store.pull(model, &context.progress())?;
    }
    let base = name.split_once('@').map_or(name, |(base, _)| base);
    let threads = match context.config()?.backends.get(base) {
        Some(config::Backend::Ppocr(own)) => own.threads,
        _ => None,
    };
    let options = LoadOptions {
        models_dir: store.root().to_owned(),
        threads,
    };
    Ok(overnight_ocr::load(name, &spec, &options)?)
}

/// The folder of the weights: `OVERNIGHT_MODELS`, or `overnight/models` in the user's cache.
pub(crate) fn model_store() -> Result<ModelStore, Failure> {
    if let Some(folder) = env::var_os("OVERNIGHT_MODELS").filter(|folder| !folder.is_empty()) {
        return Ok(ModelStore::new(folder));
    }
    let strategy = etcetera::choose_base_strategy().map_err(|error| {
        Failure::with_hint(
            ExitCode::Precondition,
            format!("failed to find the user's cache folder: {error}"),
            "set OVERNIGHT_MODELS to the folder the weights belong in",
        )
    })?;
    Ok(ModelStore::new(
        strategy.cache_dir().join("overnight/models"),
    ))
}
