//! `overnight storage`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use overnight_record::result::{ResultFile, ResultStatus, StorageArm, StorageResult};
use overnight_record::{ExitCode, Interval};
use overnight_study::storage::{self, StorageOutcome, StorageSpec};
use serde_json::{Value, json};

use crate::artifact::{Artifacts, listed, name_part};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::table::{Table, number, percent};
use crate::wiring;

/// Decodes per image and arm at least, of which the median counts.
const REPEATS: usize = 3;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight storage --dataset receipts
  overnight storage --dataset receipts --arms webp:q80,webp:q90,jpeg:q85 --keep copies

Arms: webp:q0 to webp:q100, webp:lossless, jpeg:q1 to jpeg:q100, png; the files as they are
(`source`) always take part. The dataset is never changed. See docs/studies.md.")]
pub(crate) struct Args {
    /// Dataset of the configuration, or FORMAT:PATH such as sroie:data/receipts
    #[arg(long, value_name = "NAME")]
    dataset: String,
    /// Formats to try
    #[arg(
        long,
        value_name = "ARM",
        value_delimiter = ',',
        default_values = ["source", "webp:q80", "webp:lossless", "jpeg:q90", "png"]
    )]
    arms: Vec<String>,
    /// Use only so many samples, chosen by the seed
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroUsize>,
    /// Seed of every choice and interval [default: `seed` of [scoring]]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Keep the encoded copies below this folder, one folder an arm
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let seed = args.seed.unwrap_or(context.config()?.scoring.seed);
    let arms = storage::parse_arms(&args.arms)?;
    let dataset =
        wiring::dataset(context, &args.dataset)?.select(args.limit.map(NonZeroUsize::get), seed);
    let spec = StorageSpec {
        dataset: &dataset,
        arms,
        repeats: REPEATS,
        keep: args.keep.clone(),
        seed,
    };
    let outcome = storage::run(&spec, &context.progress(), &context.stop)?;
    conclude(args, outcome, context)
}

fn conclude(args: &Args, outcome: StorageOutcome, context: &Context) -> Result<Output, Failure> {
    let result = &outcome.result;
    let name = format!("storage-{}.files.jsonl", name_part(&result.dataset.name));
    let mut artifacts = Artifacts::new(context, "storage");
    artifacts.rows(&name, "files", &result.files)?;
    if let Some(folder) = args.keep.as_deref().filter(|_| !outcome.kept.is_empty()) {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        artifacts.add(&folder, "encoded copies");
    }
    let (status, exit) = if outcome.is_partial {
        (ResultStatus::Partial, ExitCode::Interrupted)
    } else if result.failures.is_empty() {
        (ResultStatus::Ok, ExitCode::Done)
    } else {
        (ResultStatus::Findings, ExitCode::Findings)
    };
    let mut human = human(&outcome);
    let message = message(result, outcome.is_partial);
    let mut file = ResultFile::new(status, outcome.result);
    file.summary = summary(&file.body.arms, &file.body.verdict);
    file.message = message;
    file.artifacts = artifacts.into_list();
    human.push('\n');
    human.push_str(&listed(&file.artifacts));
    Output::from_result(exit, human, file, context)
}

fn message(result: &StorageResult, is_partial: bool) -> Option<String> {
    let first = result.failures.first().map(|first| {
        format!(
            "{} failures, first {} ({})",
            result.failures.len(),
            first.id,
            first.error.as_deref().unwrap_or("no reason given")
        )
    });
    match (is_partial, first) {
        (true, None) => Some("stopped before the end".to_owned()),
        (true, Some(failures)) => Some(format!("stopped before the end; {failures}")),
        (false, failures) => failures,
    }
}

fn summary(arms: &[StorageArm], verdict: &str) -> BTreeMap<String, Value> {
    let mut summary = BTreeMap::new();
    for arm in arms.iter().filter(|arm| arm.name != "source" && arm.n > 0) {
        summary.insert(format!("bytes_ratio_{}", arm.name), json!(arm.bytes_ratio));
        summary.insert(
            format!("decode_ratio_{}", arm.name),
            json!(arm.decode_ratio),
        );
    }
    summary.insert("verdict".to_owned(), json!(verdict));
    summary
}

fn human(outcome: &StorageOutcome) -> String {
    let result = &outcome.result;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{} of {} samples of {}; decoding from memory, median of {REPEATS} or more\n",
        result.dataset.n, result.dataset.n_total, result.dataset.name
    );
    let mut table = Table::new(
        1,
        &[
            "arm",
            "n",
            "MB",
            "bytes %",
            "95 % interval",
            "encode ms/Mpx",
            "decode ms/Mpx",
            "decode x",
            "95 % interval",
            "PSNR dB",
        ],
    );
    for arm in &result.arms {
        table.row(cells(arm));
    }
    text.push_str(&table.render());
    text.push('\n');
    for arm in &result.arms {
        let _ = writeln!(text, "{}: {}", arm.name, arm.definition);
    }
    let _ = writeln!(text, "\n{}", result.verdict);
    for failure in &result.failures {
        let why = failure.error.as_deref().unwrap_or("no reason given");
        let _ = writeln!(text, "left out: {} [{}] {why}", failure.id, failure.status);
    }
    if !outcome.kept.is_empty() {
        let _ = writeln!(text, "{} encoded copies were kept.", outcome.kept.len());
    }
    if outcome.is_partial {
        text.push_str("Stopped before the end; what is above is true of the samples reached.\n");
    }
    text
}

fn cells(arm: &StorageArm) -> Vec<String> {
    let range = |interval: Option<&Interval>, scale: f64, digits: usize| {
        interval.map_or("-".to_owned(), |i| {
            format!("{:.digits$} to {:.digits$}", i.low * scale, i.high * scale)
        })
    };
    let of_n = |value: f64| (arm.n > 0).then_some(value);
    vec![
        arm.name.clone(),
        arm.n.to_string(),
        number(Some(arm.bytes_total as f64 / 1e6), 2),
        percent(of_n(arm.bytes_ratio), 1),
        range(arm.bytes_ratio_interval.as_ref(), 100.0, 1),
        number(arm.encode_ms_per_mp, 1),
        number(of_n(arm.decode_ms_per_mp), 1),
        number(of_n(arm.decode_ratio), 2),
        range(arm.decode_ratio_interval.as_ref(), 1.0, 2),
        arm.psnr_db_mean
            .map_or_else(|| "equal".to_owned(), |db| format!("{db:.1}")),
    ]
}
