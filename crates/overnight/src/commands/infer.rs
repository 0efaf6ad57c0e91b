//! `overnight infer`.

mod outputs;
mod overlay;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use overnight_record::result::{InferResult, ResultFile, ResultStatus, StageSummary};
use overnight_record::{ExitCode, PredictionStatus};
use serde_json::json;

use crate::artifact::Artifacts;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::reading::{absolute, choice_of, file_name, run_backend};
use crate::table::{Table, number};
use crate::wiring;
use outputs::Outputs;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight infer --backend ppocr --dataset receipts
  overnight infer --backend ppocr@rten --dataset receipts
  overnight infer --backend tesseract --dataset sroie:data/receipts --limit 10
  overnight infer --backend ppocr --dataset receipts --shard 2/4 --out part-2.jsonl
  overnight infer --backend ppocr --dataset receipts --out p.jsonl --out p.parquet
  overnight infer --backend qwen --dataset receipts --out datasets/validation/vlm_outputs/
  overnight infer --backend ppocr --dataset receipts --limit 50 --overlay look

Predictions are kept by image content and backend settings, each as soon as it is made: a
repeated or resumed inference reads only images that have no lasting answer yet. An image
that cannot be read is a prediction with a status, never the end of the run. A file whose
name ends in .parquet has one row a sample, any other one JSON line; docs/studies.md
describes the columns. A folder gets predictions.jsonl and the text of each sample that has
one as texts/ID.txt. In a night the run's own folder gets the predictions, too. --overlay draws what is known already, too: some 100 to 300 kB a
sample, to be opened with a browser at DIR/index.html.")]
pub(crate) struct Args {
    /// Backend of the configuration, `ppocr` or `tesseract`; a ppocr backend's runtime may be
    /// chosen, as in `ppocr@rten` or `ppocr@onnxruntime`
    #[arg(long, value_name = "NAME[@RUNTIME]")]
    backend: String,
    /// Dataset of the configuration, or FORMAT:PATH such as sroie:data/receipts
    #[arg(long, value_name = "NAME")]
    dataset: String,
    /// Use at most so many samples, chosen by the seed
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroUsize>,
    /// Seed of that choice [default: `seed` of [scoring]]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Read only part I of N equal parts, I from 1
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Predictions file to write, .jsonl or .parquet, or a folder that is there or ends in `/`;
    /// may be given several times [default: BACKEND-DATASET.predictions.jsonl among the
    /// artifacts]
    #[arg(long, value_name = "FILE|DIR/")]
    out: Vec<PathBuf>,
    /// Draw boxes and text of every sample as an SVG into this folder, with an index.html
    #[arg(long, value_name = "DIR")]
    overlay: Option<PathBuf>,
}

/// One of several equal parts of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shard {
    /// Which part, from 1.
    part: usize,
    /// How many parts there are.
    of: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text
            .split_once('/')
            .and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((part, of)) if (1..=of).contains(&part) => Ok(Self { part, of }),
            _ => Err("write I/N with I from 1 to N, such as 2/4".to_owned()),
        }
    }
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let seed = args.seed.unwrap_or(context.config()?.scoring.seed);
    let limit = args.limit.map(NonZeroUsize::get);
    let mut dataset = wiring::dataset(context, &args.dataset)?.select(limit, seed);
    let mut choice = choice_of(limit, seed);
    let mut shard = String::new();
    if let Some(Shard { part, of }) = args.shard {
        dataset = dataset.shard(part - 1, of);
        shard = format!(".shard-{part}-of-{of}");
        choice.push_str(&shard);
    }
    let name = file_name(&args.backend, dataset.name(), &choice);
    let own = context.artifacts_dir("infer").join(name);
    let outputs = Outputs::of(&args.out, own, &shard, context);
    outputs.check()?;
    let folder = args.overlay.as_deref().map(absolute);
    if let Some(folder) = &folder {
        overlay::check(folder)?;
    }
    let inferred = run_backend(context, &dataset, &args.backend, &outputs.files)?;
    let n_texts = outputs.write_texts(&inferred)?;
    let drawn = folder
        .map(|folder| overlay::write(context, &dataset, &inferred, &folder))
        .transpose()?;
    let (page, n_undrawn) = drawn.unzip();
    let left = Left {
        outputs: &outputs,
        n_texts,
        page: page.as_deref(),
        n_undrawn: n_undrawn.unwrap_or(0),
    };
    conclude(context, inferred.result, &left)
}

/// What an inference left besides its result.
struct Left<'a> {
    outputs: &'a Outputs,
    /// Texts in each folder of texts.
    n_texts: usize,
    /// The page that lists the overlays.
    page: Option<&'a Path>,
    /// Samples that were not drawn any more.
    n_undrawn: usize,
}

/// The answer, with everything that was written.
fn conclude(
    context: &Context,
    mut result: InferResult,
    left: &Left<'_>,
) -> Result<Output, Failure> {
    let n_undrawn = left.n_undrawn;
    result.overlay = left.page.map(|page| page.to_string_lossy().into_owned());
    let human = human(&result, left);
    let mut artifacts = Artifacts::new(context, "infer");
    let files = left.outputs.files.iter();
    let mut shown = files.map(|path| artifacts.add(path, "predictions"));
    result.predictions = shown.next().unwrap_or_default();
    result.further_predictions = shown.collect();
    for folder in &left.outputs.texts {
        artifacts.add(folder, "texts");
    }
    result.overlay = left.page.map(|page| artifacts.add(page, "overlay"));
    let (status, exit) = if result.n_left > 0 || n_undrawn > 0 {
        (ResultStatus::Partial, ExitCode::Interrupted)
    } else if result.failures.is_empty() {
        (ResultStatus::Ok, ExitCode::Done)
    } else {
        (ResultStatus::Findings, ExitCode::Findings)
    };
    let mut file = ResultFile::new(status, result);
    file.message = message(&file.body, n_undrawn);
    file.summary = BTreeMap::from([
        ("backend".to_owned(), json!(file.body.backend.name)),
        ("samples".to_owned(), json!(file.body.n)),
        ("inferred".to_owned(), json!(file.body.n_inferred)),
        ("cached".to_owned(), json!(file.body.n_cached)),
        ("failed".to_owned(), json!(file.body.failures.len())),
        ("images_per_s".to_owned(), json!(file.body.images_per_s)),
    ]);
    file.artifacts = artifacts.into_list();
    Output::from_result(exit, human, file, context)
}

/// What is missing, in one line.
fn message(result: &InferResult, n_undrawn: usize) -> Option<String> {
    let mut parts = Vec::new();
    if result.n_left > 0 {
        parts.push(format!(
            "stopped with {} of {} samples left",
            result.n_left, result.n
        ));
    } else if n_undrawn > 0 {
        parts.push(format!("stopped with {n_undrawn} samples left to draw"));
    }
    if let Some(first) = result.failures.first() {
        parts.push(format!(
            "{} without text ({}), first {}: {}",
            result.failures.len(),
            kinds(result),
            first.id,
            first.error.as_deref().unwrap_or("no text found")
        ));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The statuses of samples without text, counted.
fn kinds(result: &InferResult) -> String {
    let failed = |(status, _): &(&PredictionStatus, &usize)| !status.is_scored();
    let kinds = result.statuses.iter().filter(failed);
    let kinds: Vec<String> = kinds.map(|(status, n)| format!("{n} {status}")).collect();
    kinds.join(", ")
}

fn human(result: &InferResult, left: &Left<'_>) -> String {
    let n_undrawn = left.n_undrawn;
    let mut text = format!(
        "{} ({}) on {} of {} samples of {}\n\n",
        result.backend.name,
        result.backend.runtime,
        result.dataset.n,
        result.dataset.n_total,
        result.dataset.name
    );
    let speed = result
        .images_per_s
        .map_or_else(String::new, |speed| format!(", {speed:.2} images/s"));
    let _ = writeln!(
        text,
        "read now     {} in {:.1} s{speed}; loading took {:.1} s",
        result.n_inferred, result.wall_s, result.load_s
    );
    let _ = writeln!(text, "known        {}", result.n_cached);
    if result.n_left > 0 {
        let _ = writeln!(
            text,
            "left         {}; the same command goes on from here",
            result.n_left
        );
    }
    let ok = result.statuses.get(&PredictionStatus::Ok).unwrap_or(&0);
    let _ = writeln!(text, "with text    {ok}");
    let first_ok = result.first_statuses.get(&PredictionStatus::Ok);
    if !result.first_statuses.is_empty() {
        let first_ok = first_ok.unwrap_or(&0);
        let _ = writeln!(text, "first try    {first_ok} of them");
    }
    if let Some(usage) = result.usage {
        let _ = writeln!(
            text,
            "tokens       {} in, {} out",
            usage.prompt_tokens, usage.completion_tokens
        );
    }
    if !result.failures.is_empty() {
        let _ = writeln!(
            text,
            "without      {} ({})",
            result.failures.len(),
            kinds(result)
        );
        for failure in result.failures.iter().take(5) {
            let error = failure.error.as_deref().unwrap_or("no text found");
            let _ = writeln!(text, "  {} {}: {error}", failure.id, failure.status);
        }
        if result.failures.len() > 5 {
            let _ = writeln!(text, "  and {} more", result.failures.len() - 5);
        }
    }
    for path in std::iter::once(&result.predictions).chain(&result.further_predictions) {
        let _ = writeln!(text, "predictions  {path}");
    }
    for folder in &left.outputs.texts {
        let (n, folder) = (left.n_texts, folder.display());
        let _ = writeln!(text, "texts        {n} in {folder}");
    }
    if let Some(page) = &result.overlay {
        let rest = if n_undrawn > 0 {
            format!(", without the {n_undrawn} samples not drawn yet")
        } else {
            String::new()
        };
        let _ = writeln!(text, "overlay      {page}{rest}");
    }
    if !result.stages.is_empty() {
        text.push('\n');
        text.push_str(&stages(&result.stages));
    }
    text
}

/// Where the time of the samples read now went.
fn stages(stages: &[StageSummary]) -> String {
    let mut table = Table::new(
        1,
        &["stage", "samples", "mean ms", "p50 ms", "p90 ms", "sum s"],
    );
    for stage in stages {
        table.row([
            stage.stage.clone(),
            stage.n.to_string(),
            number(Some(stage.ms_mean), 1),
            number(Some(stage.ms_p50), 1),
            number(Some(stage.ms_p90), 1),
            number(Some(stage.ms_sum / 1000.0), 1),
        ]);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_one_of_its_number() {
        assert_eq!("2/4".parse(), Ok(Shard { part: 2, of: 4 }));
        for bad in ["0/4", "5/4", "1", "1/0", "a/b", "1/2/3", "-1/2"] {
            assert!(bad.parse::<Shard>().is_err(), "{bad} was accepted");
        }
    }
}
