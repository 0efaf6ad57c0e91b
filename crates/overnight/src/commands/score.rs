//! `overnight score`.

mod boxes;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use overnight_metrics::Profile;
use overnight_metrics::statistics::IntervalMethod;
use overnight_record::ExitCode;
use overnight_record::result::{FieldScore, ProfileScore, ResultFile, ResultStatus, ScoreResult};
use overnight_study::score::{Scored, score_dataset, score_pairs};
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::key_values::key_values;
use crate::order_free::order_free;
use crate::output::Output;
use crate::parts::side_of;
use crate::rates::{self, RateRow};
use crate::reading::choice_of;
use crate::wiring;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight score --dataset receipts --predictions ppocr-receipts.predictions.jsonl
  overnight score --dataset receipts --predictions ppocr --profile strict --profile receipts
  overnight score --dataset receipts --predictions part-1.jsonl --predictions part-2.jsonl
  overnight score --dataset omnidocbench:data/documents --predictions outputs/vlm_md
  overnight score --pairs pairs.jsonl --format json
  overnight score --boxes-gt gt.zip --boxes-pred res.zip --metric cleval --format json

A predictions file is what `overnight infer --out FILE` writes: Parquet when its name ends
in .parquet, otherwise JSON lines. A folder holds the texts of another tool or a model, named
as the images: ID.md (Markdown, whose marks are taken off) or ID.txt. A line of --pairs is {\"id\": ..., \"reference\": ...,
\"hypothesis\": ...}. A sample without text lowers the coverage and is never scored as empty.
Beside the error rates stand scores that do not ask for the order of the text, the rates of a
model's answers before they were cleaned, and, where the dataset has key values (a receipt's
total), how many are in the text and how many the reader told apart.
A zip file of boxes holds one text file a page (gt_img_1.txt, res_img_1.txt), one box a line:
its numbers in pixels, then the text, which predictions may leave out.
docs/metrics.md defines every number.")]
pub(crate) struct Args {
    /// Dataset of the configuration, or FORMAT:PATH such as sroie:data/receipts
    #[arg(long, value_name = "NAME", requires = "predictions")]
    #[arg(required_unless_present = "pairs", required_unless_present_any = boxes::BoxArgs::NAMES)]
    dataset: Option<String>,
    /// Predictions file, a folder of texts, or a backend, whose missing predictions are then made;
    /// several files are put together, each named by an option of its own
    #[arg(long, value_name = "FILE|FOLDER|BACKEND", requires = "dataset")]
    predictions: Vec<String>,
    /// File of references and hypotheses, instead of dataset and predictions
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dataset", "predictions", "limit"])]
    pairs: Option<PathBuf>,
    /// Scoring profile; may be given several times [default: `profile` of [scoring]]
    #[arg(long, value_name = "NAME")]
    profile: Vec<String>,
    /// Use at most so many samples, chosen by the seed
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroUsize>,
    /// Seed of that choice and of the intervals [default: `seed` of [scoring]]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Intervals: percentile, or bca (corrected for bias and skewness) [default: `interval` of
    /// [scoring]]
    #[arg(long, value_name = "METHOD", value_parser = IntervalMethod::NAMES)]
    interval: Option<String>,
    #[command(flatten)]
    boxes: boxes::BoxArgs,
}

impl Args {
    /// The options given that say something about texts alone.
    fn about_texts(&self) -> Vec<&'static str> {
        [
            ("--dataset", self.dataset.is_some()),
            ("--predictions", !self.predictions.is_empty()),
            ("--pairs", self.pairs.is_some()),
            ("--profile", !self.profile.is_empty()),
            ("--limit", self.limit.is_some()),
            ("--seed", self.seed.is_some()),
            ("--interval", self.interval.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, is_given)| is_given.then_some(name))
        .collect()
    }
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    if let Some(spec) = args.boxes.spec(&args.about_texts())? {
        return boxes::run(&spec, context);
    }
    let scoring = &context.config()?.scoring;
    let seed = args.seed.unwrap_or(scoring.seed);
    let bootstrap = wiring::bootstrap(context, seed, args.interval.as_deref())?;
    let names = if args.profile.is_empty() {
        std::slice::from_ref(&scoring.profile)
    } else {
        &args.profile
    };
    let profiles = names
        .iter()
        .map(|name| wiring::profile(context, name))
        .collect::<Result<Vec<Profile>, Failure>>()?;
    let scored = match (&args.pairs, &args.dataset) {
        (Some(pairs), ..) => score_pairs(pairs, &profiles, &bootstrap)?,
        (None, Some(dataset)) => {
            let limit = args.limit.map(NonZeroUsize::get);
            let dataset = wiring::dataset(context, dataset)?.select(limit, seed);
            let choice = choice_of(limit, seed);
            let side = side_of(context, "score", &dataset, &args.predictions, &choice)?;
            score_dataset(
                &dataset,
                &side.predictions,
                &side.path,
                &profiles,
                &bootstrap,
            )?
        }
        _ => {
            return Err(Failure::new(
                ExitCode::Usage,
                "name --dataset and --predictions, or --pairs, or --boxes-gt and --boxes-pred",
            ));
        }
    };
    conclude(scored, context)
}

fn conclude(scored: Scored, context: &Context) -> Result<Output, Failure> {
    let exit = match scored.status {
        ResultStatus::Ok => ExitCode::Done,
        _ => ExitCode::Findings,
    };
    let human = human(&scored.result, scored.message.as_deref());
    let mut file = ResultFile::new(scored.status, scored.result);
    let first = &file.body.first;
    file.summary = BTreeMap::from([
        ("profile".to_owned(), json!(first.profile)),
        ("n".to_owned(), json!(first.n)),
        ("coverage".to_owned(), json!(first.coverage)),
        ("cer_micro".to_owned(), json!(first.cer.micro)),
        (
            "cer_failures_as_one".to_owned(),
            json!(first.cer.failures_as_one),
        ),
        ("wer_micro".to_owned(), json!(first.wer.micro)),
    ]);
    if !file.body.fields.is_empty() {
        let normalisation = json!(FieldScore::NORMALISATION);
        file.summary
            .insert("field_normalisation".to_owned(), normalisation);
    }
    file.message = scored.message;
    Output::from_result(exit, human, file, context)
}

fn human(result: &ScoreResult, message: Option<&str>) -> String {
    let against = result.dataset.as_ref().map_or_else(String::new, |dataset| {
        format!(
            " against {} of {} samples of {}",
            dataset.n, dataset.n_total, dataset.name
        )
    });
    let mut text = format!("{}{against}\n", result.predictions);
    for score in std::iter::once(&result.first).chain(&result.further_profiles) {
        text.push('\n');
        text.push_str(&of_profile(score));
    }
    let fields = key_values(&result.fields);
    if !fields.is_empty() {
        text.push('\n');
        text.push_str(&fields);
    }
    if let Some(message) = message {
        text.push_str(&format!("\n{message}\n"));
    }
    text
}

fn of_profile(score: &ProfileScore) -> String {
    let row = |name: &str, rates| RateRow {
        name: name.to_owned(),
        n: score.n,
        coverage: score.coverage,
        rates,
    };
    let mut rows = vec![row("CER", &score.cer), row("WER", &score.wer)];
    let mut cleaned = String::new();
    if let Some(raw) = &score.raw {
        rows.push(row("CER raw", &raw.cer));
        rows.push(row("WER raw", &raw.wer));
        let n = match raw.n_cleaned {
            1 => "1 answer was".to_owned(),
            n => format!("{n} answers were"),
        };
        cleaned = format!("raw: as the answers came; {n} cleaned before being scored\n");
    }
    let table = rates::table(rows);
    let method = score
        .cer
        .interval
        .as_ref()
        .map_or_else(String::new, |interval| {
            format!("intervals: {}\n", interval.method)
        });
    format!(
        "profile {}: {}\n{table}{method}{cleaned}{}{}",
        score.profile,
        score.definition,
        rates::errors(&score.errors),
        score
            .order_free
            .as_ref()
            .map_or_else(String::new, order_free)
    )
}
