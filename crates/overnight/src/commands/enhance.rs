//! `overnight enhance`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;

use overnight_record::result::{EnhanceArm, ResultFile, ResultStatus};
use overnight_record::{ExitCode, PredictionStatus};
use overnight_study::enhance::{self, EnhanceOutcome, EnhanceSpec};
use serde_json::{Value, json};

use crate::artifact::{Artifacts, listed, name_part};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::table::{Table, number, percent};
use crate::wiring;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight enhance --dataset receipts --backend ppocr
  overnight enhance --dataset receipts --backend tesseract --arms sepia,grayscale --limit 100

Arms: none, sepia, grayscale; `none` always takes part. Every arm reads every image, in
turns; the verdict rests on the paired difference in CER. See docs/studies.md.")]
pub(crate) struct Args {
    /// Dataset of the configuration, or FORMAT:PATH such as sroie:data/receipts
    #[arg(long, value_name = "NAME")]
    dataset: String,
    /// Backend of the configuration, `ppocr` or `tesseract`; a ppocr backend's runtime may be
    /// chosen, as in `ppocr@rten` or `ppocr@onnxruntime`
    #[arg(long, value_name = "NAME[@RUNTIME]")]
    backend: String,
    /// Enhancements to try
    #[arg(long, value_name = "ARM", value_delimiter = ',', default_values = ["none", "sepia"])]
    arms: Vec<String>,
    /// Use at most so many samples, chosen by the seed
    #[arg(long, value_name = "N", default_value = "500")]
    limit: NonZeroUsize,
    /// Seed of every choice and interval [default: `seed` of [scoring]]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Scoring profile [default: `profile` of [scoring]]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let scoring = &context.config()?.scoring;
    let seed = args.seed.unwrap_or(scoring.seed);
    let arms = enhance::parse_arms(&args.arms)?;
    let profile = wiring::profile(context, args.profile.as_deref().unwrap_or(&scoring.profile))?;
    let dataset = wiring::dataset(context, &args.dataset)?.select(Some(args.limit.get()), seed);
    let backend = wiring::load_backend(context, &args.backend)?;
    let spec = EnhanceSpec {
        dataset: &dataset,
        backend: backend.as_ref(),
        arms,
        profile,
        seed,
    };
    let outcome = enhance::run(&spec, &context.progress(), &context.stop)?;
    conclude(outcome, context)
}

fn conclude(outcome: EnhanceOutcome, context: &Context) -> Result<Output, Failure> {
    let result = &outcome.result;
    let stem = format!(
        "enhance-{}-{}",
        name_part(&result.backend.name),
        name_part(&result.dataset.name)
    );
    let mut artifacts = Artifacts::new(context, "enhance");
    artifacts.rows(
        &format!("{stem}.samples.jsonl"),
        "sample scores",
        &result.samples,
    )?;
    for arm in &outcome.predictions {
        let name = format!("{stem}-{}.predictions.jsonl", arm.arm);
        artifacts.large_rows(&name, "predictions", &arm.predictions)?;
    }
    let (status, exit) = if outcome.is_partial {
        (ResultStatus::Partial, ExitCode::Interrupted)
    } else if outcome.failures.is_empty() {
        (ResultStatus::Ok, ExitCode::Done)
    } else {
        (ResultStatus::Findings, ExitCode::Findings)
    };
    let mut human = human(&outcome);
    let message = message(&outcome);
    let mut file = ResultFile::new(status, outcome.result);
    file.summary = summary(&file.body.arms, &file.body.verdict, &file.body.profile);
    file.message = message;
    file.artifacts = artifacts.into_list();
    human.push('\n');
    human.push_str(&listed(&file.artifacts));
    Output::from_result(exit, human, file, context)
}

fn message(outcome: &EnhanceOutcome) -> Option<String> {
    let first = outcome.failures.first();
    let failures = first.map(|first| {
        format!(
            "{} readings without text, first {} ({})",
            outcome.failures.len(),
            first.id,
            first.error.as_deref().unwrap_or("no reason given")
        )
    });
    match (outcome.is_partial, failures) {
        (true, None) => Some("stopped before the end".to_owned()),
        (true, Some(failures)) => Some(format!("stopped before the end; {failures}")),
        (false, failures) => failures,
    }
}

fn summary(arms: &[EnhanceArm], verdict: &str, profile: &str) -> BTreeMap<String, Value> {
    let mut summary = BTreeMap::new();
    for arm in arms {
        summary.insert(format!("cer_micro_{}", arm.name), json!(arm.cer.micro));
        if let Some(paired) = &arm.against_none {
            let key = format!("cer_difference_{}", arm.name);
            summary.insert(key, json!(paired.difference));
        }
    }
    summary.insert("profile".to_owned(), json!(profile));
    summary.insert("verdict".to_owned(), json!(verdict));
    summary
}

fn human(outcome: &EnhanceOutcome) -> String {
    let result = &outcome.result;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{} ({}) on {} of {} samples of {}, seed {}",
        result.backend.name,
        result.backend.runtime,
        result.dataset.n,
        result.dataset.n_total,
        result.dataset.name,
        result.seed
    );
    let _ = writeln!(text, "profile {}: {}\n", result.profile, result.definition);
    let mut table = Table::new(
        1,
        &[
            "arm",
            "scored",
            "CER %",
            "95 % interval",
            "macro %",
            "vs none, points",
            "95 % interval",
            "better/same/worse",
            "p",
            "filter ms/Mpx",
            "total p50 ms",
        ],
    );
    for arm in &result.arms {
        table.row(cells(arm));
    }
    text.push_str(&table.render());
    let _ = writeln!(text, "\n{}", result.verdict);
    if let Some(test) = result
        .arms
        .iter()
        .find_map(|arm| arm.against_none.as_ref()?.test.as_ref())
    {
        let _ = writeln!(text, "p: {}", test.name);
    }
    for failure in &outcome.failures {
        let why = failure.error.as_deref().unwrap_or("no reason given");
        let _ = writeln!(
            text,
            "without text: {} [{}] {why}",
            failure.id, failure.status
        );
    }
    if outcome.is_partial {
        text.push_str("Stopped before the end; what is above is true of the samples reached.\n");
    }
    text
}

fn cells(arm: &EnhanceArm) -> Vec<String> {
    let range = |interval: Option<&overnight_record::Interval>, sign: bool| match interval {
        None => "-".to_owned(),
        Some(i) if sign => format!("{:+.2} to {:+.2}", i.low * 100.0, i.high * 100.0),
        Some(i) => format!("{:.2} to {:.2}", i.low * 100.0, i.high * 100.0),
    };
    let scored = arm
        .statuses
        .get(&PredictionStatus::Ok)
        .copied()
        .unwrap_or(0);
    let all: usize = arm.statuses.values().sum();
    let paired = arm.against_none.as_ref();
    vec![
        arm.name.clone(),
        format!("{scored}/{all}"),
        percent(arm.cer.micro, 2),
        range(arm.cer.interval.as_ref(), false),
        percent(arm.cer.macro_mean, 2),
        paired.map_or("-".to_owned(), |p| format!("{:+.2}", p.difference * 100.0)),
        range(paired.and_then(|p| p.interval.as_ref()), true),
        paired.map_or("-".to_owned(), |p| {
            format!("{}/{}/{}", p.wins, p.ties, p.losses)
        }),
        number(paired.and_then(|p| p.test.as_ref()).map(|test| test.p), 3),
        number(Some(arm.filter_ms_per_mp), 2),
        number(arm.total_ms_p50, 0),
    ]
}
