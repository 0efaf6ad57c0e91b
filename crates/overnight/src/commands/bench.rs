//! `overnight bench`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::time::Instant;

use clap::ValueEnum;
use overnight_plan::parse_duration;
use overnight_record::ExitCode;
use overnight_record::result::{
    BenchCase, BenchResult, BenchStage, CaseStatus, ResultFile, ResultStatus,
};
use overnight_study::bench::{self, BenchOutcome, BenchSpec};
use serde_json::{Value, json};

use crate::artifact::{Artifacts, listed, name_part};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::table::{Table, number, percent};
use crate::wiring;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight bench --backend ppocr --dataset receipts
  overnight bench --backend ppocr --dataset receipts --stage recognition --batch-size 1,8,32
  overnight bench --backend ppocr@onnxruntime --dataset receipts --stage pipeline
  overnight bench --backend tesseract --dataset folder:scans --stage pipeline --budget 60s

Each case (stage and batch size) warms up, then cases take turns until the budget is spent.
Every timed batch is kept beside the result. What exactly is timed: docs/studies.md.")]
pub(crate) struct Args {
    /// Backend of the configuration, `ppocr` or `tesseract`; a ppocr backend's runtime may be
    /// chosen, as in `ppocr@rten` or `ppocr@onnxruntime`
    #[arg(long, value_name = "NAME[@RUNTIME]")]
    backend: String,
    /// Dataset of the configuration, or FORMAT:PATH such as sroie:data/receipts
    #[arg(long, value_name = "NAME")]
    dataset: String,
    /// Stages to time
    #[arg(
        long = "stage",
        value_name = "STAGE",
        value_enum,
        value_delimiter = ',',
        default_values_t = [Stage::Detection, Stage::Recognition, Stage::Pipeline]
    )]
    stages: Vec<Stage>,
    /// Items handed to the backend at once
    #[arg(long = "batch-size", value_name = "N", value_delimiter = ',', default_values_t = [1, 8])]
    batch_sizes: Vec<usize>,
    /// Timed seconds for each case
    #[arg(long, value_name = "TIME", default_value = "20s")]
    budget: String,
    /// Passes over the samples after which a case ends before its budget
    #[arg(long, value_name = "N", default_value = "10")]
    passes: NonZeroUsize,
    /// Use only so many samples, chosen by the seed
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroUsize>,
    /// Seed of every choice and interval [default: `seed` of [scoring]]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Scoring profile of the predictions that were timed [default: `profile` of [scoring]]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

/// A stage as named on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// Text detection on decoded images
    Detection,
    /// Text recognition on line crops
    Recognition,
    /// Image bytes to text
    Pipeline,
}

impl From<Stage> for BenchStage {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Detection => Self::Detection,
            Stage::Recognition => Self::Recognition,
            Stage::Pipeline => Self::Pipeline,
        }
    }
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let scoring = &context.config()?.scoring;
    let seed = args.seed.unwrap_or(scoring.seed);
    let budget = parse_duration(&args.budget)?;
    if args.batch_sizes.contains(&0) {
        return Err(bench::BenchError::ZeroBatch.into());
    }
    let profile = wiring::profile(context, args.profile.as_deref().unwrap_or(&scoring.profile))?;
    let dataset =
        wiring::dataset(context, &args.dataset)?.select(args.limit.map(NonZeroUsize::get), seed);
    let started = Instant::now();
    let backend = wiring::load_backend(context, &args.backend)?;
    let spec = BenchSpec {
        dataset: &dataset,
        backend: backend.as_ref(),
        load_s: started.elapsed().as_secs_f64(),
        stages: args.stages.iter().copied().map(BenchStage::from).collect(),
        batch_sizes: args.batch_sizes.clone(),
        budget_s: budget.as_secs_f64(),
        passes: args.passes.get(),
        seed,
        profile,
    };
    let outcome = bench::run(&spec, &context.progress(), &context.stop)?;
    conclude(outcome, context)
}

fn conclude(outcome: BenchOutcome, context: &Context) -> Result<Output, Failure> {
    let stem = format!(
        "bench-{}-{}",
        name_part(&outcome.result.backend.name),
        name_part(&outcome.result.dataset.name)
    );
    let mut artifacts = Artifacts::new(context, "bench");
    artifacts.rows(
        &format!("{stem}.batches.jsonl"),
        "timed batches",
        &outcome.batches,
    )?;
    if !outcome.predictions.is_empty() {
        let name = format!("{stem}.predictions.jsonl");
        artifacts.large_rows(&name, "predictions", &outcome.predictions)?;
    }
    let mut human = human(&outcome.result);
    let (status, exit) = ending(&outcome);
    let summary = summary(&outcome);
    let mut file = ResultFile::new(status, outcome.result);
    file.message = match status {
        ResultStatus::Ok => None,
        _ => first_problem(&file.body),
    };
    file.summary = summary;
    file.artifacts = artifacts.into_list();
    human.push('\n');
    human.push_str(&listed(&file.artifacts));
    Output::from_result(exit, human, file, context)
}

fn ending(outcome: &BenchOutcome) -> (ResultStatus, ExitCode) {
    let any = |status| {
        outcome
            .result
            .cases
            .iter()
            .any(|case| case.status == status)
    };
    if outcome.is_partial {
        (ResultStatus::Partial, ExitCode::Interrupted)
    } else if any(CaseStatus::Failed) {
        (ResultStatus::Findings, ExitCode::Findings)
    } else if !any(CaseStatus::Ok) {
        (ResultStatus::Skipped, ExitCode::Precondition)
    } else {
        (ResultStatus::Ok, ExitCode::Done)
    }
}

/// The first case without numbers, in one line.
fn first_problem(result: &BenchResult) -> Option<String> {
    let case = result
        .cases
        .iter()
        .find(|case| case.status != CaseStatus::Ok)?;
    let why = case.error.as_deref().unwrap_or("no reason given");
    Some(format!(
        "{} at batch size {}: {why}",
        case.stage.name(),
        case.batch_size
    ))
}

fn summary(outcome: &BenchOutcome) -> BTreeMap<String, Value> {
    let mut summary = BTreeMap::new();
    for case in &outcome.result.cases {
        if let Some(rate) = case.items_per_s {
            let (stage, item) = (case.stage.name(), case.stage.item());
            let key = format!("{stage}_b{}_{item}_per_s", case.batch_size);
            summary.insert(key, json!(rate));
        }
    }
    if let Some(accuracy) = &outcome.result.accuracy {
        summary.insert("cer_micro".to_owned(), json!(accuracy.cer.micro));
        summary.insert("cer_n".to_owned(), json!(accuracy.n));
        summary.insert("profile".to_owned(), json!(accuracy.profile));
    }
    summary
}

fn human(result: &BenchResult) -> String {
    let backend = &result.backend;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{} ({}, {}, {} threads) on {} of {} samples of {}, seed {}; loaded in {:.2} s\n",
        backend.name,
        backend.runtime,
        backend.device,
        backend.threads,
        result.sample_ids.len(),
        result.dataset.n_total,
        result.dataset.name,
        result.seed,
        result.load_s
    );
    text.push_str(&cases_table(&result.cases));
    for case in &result.cases {
        if case.status != CaseStatus::Ok {
            let _ = writeln!(
                text,
                "{} at batch size {}: {}",
                case.stage.name(),
                case.batch_size,
                case.error.as_deref().unwrap_or("not measured")
            );
        }
    }
    if !result.stages.is_empty() {
        text.push_str("\nWhere the pipeline's time goes\n");
        let mut table = Table::new(1, &["stage", "ms per image", "share %"]);
        for stage in &result.stages {
            table.row([
                stage.stage.clone(),
                number(Some(stage.ms_mean), 1),
                percent(Some(stage.share), 1),
            ]);
        }
        text.push_str(&table.render());
    }
    if let Some(accuracy) = &result.accuracy {
        let cer = &accuracy.cer;
        let _ = writeln!(
            text,
            "\nCER of the timed predictions: {} % micro{}, n = {}\n  profile {}: {}",
            percent(cer.micro, 2),
            cer.interval.as_ref().map_or(String::new(), |i| format!(
                " ({:.0} % interval {} to {})",
                i.level * 100.0,
                percent(Some(i.low), 2),
                percent(Some(i.high), 2)
            )),
            accuracy.n,
            accuracy.profile,
            accuracy.definition
        );
    }
    text.push('\n');
    for note in &result.notes {
        let _ = writeln!(text, "{note}");
    }
    if let Some([before, after]) = result.load_average {
        let _ = writeln!(
            text,
            "Load average of the machine: {before:.2} before, {after:.2} after."
        );
    }
    text
}

fn cases_table(cases: &[BenchCase]) -> String {
    let mut table = Table::new(
        1,
        &[
            "stage",
            "batch",
            "items/s",
            "95 % interval",
            "batch p50 ms",
            "p90 ms",
            "batches",
            "CPU load",
            "MiB before",
            "MiB peak",
        ],
    );
    for case in cases.iter().filter(|case| case.status == CaseStatus::Ok) {
        let interval = case.items_per_s_interval.as_ref();
        table.row([
            format!("{} ({})", case.stage.name(), case.stage.item()),
            case.batch_size.to_string(),
            rate(case.items_per_s),
            interval.map_or("-".to_owned(), |i| {
                format!("{} to {}", rate(Some(i.low)), rate(Some(i.high)))
            }),
            number(case.batch_ms_p50, 1),
            number(case.batch_ms_p90, 1),
            case.batch_ms.len().to_string(),
            number(case.cpu_load, 2),
            number(case.rss_mib_before, 0),
            number(case.rss_mib_peak, 0),
        ]);
    }
    table.render()
}

/// Items per second with three digits that mean something.
fn rate(value: Option<f64>) -> String {
    let digits = match value {
        Some(value) if value < 1.0 => 3,
        Some(value) if value < 100.0 => 2,
        _ => 0,
    };
    number(value, digits)
}
