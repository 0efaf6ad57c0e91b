//! `overnight compare`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;

use overnight_metrics::Bootstrap;
use overnight_record::ExitCode;
use overnight_record::result::{CompareResult, HardClass, ResultFile, ResultStatus, Side};
use overnight_study::compare::{CompareSpec, Compared, compare};
use serde_json::{Value, json};

use crate::artifact::name_part;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::rates::{self, RateRow};
use crate::reading::{choice_of, predictions_of};
use crate::wiring;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight compare --dataset receipts --baseline tesseract --candidate ppocr
  overnight compare --dataset receipts --baseline old.jsonl --candidate ppocr --profile strict
  overnight compare --dataset receipts --baseline ppocr@rten --candidate ppocr@onnxruntime
  overnight compare --dataset omnidocbench:data/documents --baseline ppocr --candidate outputs/vlm_md

A side is a backend (a ppocr one as NAME@RUNTIME, too), whose missing predictions are then
made, a predictions file, or a folder with the texts of another tool or a model, named as the
images: ID.md (Markdown, whose marks are taken off) or ID.txt. The difference is that of the candidate on the samples both
sides read, paired by image; below zero is better. Samples that fail or lie above the
threshold are exported with pictures.")]
pub(crate) struct Args {
    /// Dataset of the configuration, or FORMAT:PATH such as sroie:data/receipts
    #[arg(long, value_name = "NAME")]
    dataset: String,
    /// The side to beat
    #[arg(long, value_name = "FILE|FOLDER|BACKEND")]
    baseline: String,
    /// The side under test
    #[arg(long, value_name = "FILE|FOLDER|BACKEND")]
    candidate: String,
    /// Scoring profile [default: `profile` of [scoring]]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// CER above which a sample is hard [default: `hard_threshold` of [scoring]]
    #[arg(long, value_name = "FRACTION")]
    hard_threshold: Option<f64>,
    /// Use at most so many samples, chosen by the seed
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroUsize>,
    /// Seed of that choice and of the intervals [default: `seed` of [scoring]]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let scoring = &context.config()?.scoring;
    let seed = args.seed.unwrap_or(scoring.seed);
    let limit = args.limit.map(NonZeroUsize::get);
    let hard_threshold = args.hard_threshold.unwrap_or(scoring.hard_threshold);
    if !(hard_threshold >= 0.0 && hard_threshold.is_finite()) {
        return Err(Failure::with_hint(
            ExitCode::Usage,
            format!("the hard threshold {hard_threshold} is not a fraction of at least 0"),
            "write 0.2 for a CER of 20 %",
        ));
    }
    let profile = wiring::profile(context, args.profile.as_deref().unwrap_or(&scoring.profile))?;
    let dataset = wiring::dataset(context, &args.dataset)?.select(limit, seed);
    let choice = choice_of(limit, seed);
    let side = |source| predictions_of(context, "compare", &dataset, source, &choice);
    let (baseline, candidate) = (side(&args.baseline)?, side(&args.candidate)?);
    let folder = format!(
        "{}-vs-{}-{}{choice}",
        name_part(&baseline.name),
        name_part(&candidate.name),
        name_part(dataset.name())
    );
    let result_dir = context.step.result.as_deref().and_then(Path::parent);
    let spec = CompareSpec {
        dataset: &dataset,
        hard_samples_dir: context
            .artifacts_dir("compare")
            .join("hard_samples")
            .join(folder),
        result_dir: result_dir.map(Path::to_owned),
        baseline,
        candidate,
        profile,
        hard_threshold,
        bootstrap: Bootstrap::new(seed),
    };
    let compared = compare(&spec, &context.progress(), &context.stop)?;
    let human = human(&compared, &spec.hard_samples_dir);
    conclude(compared, human, context)
}

fn conclude(compared: Compared, human: String, context: &Context) -> Result<Output, Failure> {
    let exit = match compared.status {
        ResultStatus::Ok => ExitCode::Done,
        ResultStatus::Partial => ExitCode::Interrupted,
        _ => ExitCode::Findings,
    };
    let summary = summary(&compared);
    let mut file = ResultFile::new(compared.status, compared.result);
    file.summary = summary;
    file.message = compared.message;
    file.artifacts = compared.artifacts;
    Output::from_result(exit, human, file, context)
}

fn summary(compared: &Compared) -> BTreeMap<String, Value> {
    let result = &compared.result;
    let mut summary = BTreeMap::from([
        ("profile".to_owned(), json!(result.profile)),
        ("baseline".to_owned(), json!(result.baseline.name)),
        ("candidate".to_owned(), json!(result.candidate.name)),
        (
            "baseline_cer_micro".to_owned(),
            json!(result.baseline.cer.micro),
        ),
        (
            "candidate_cer_micro".to_owned(),
            json!(result.candidate.cer.micro),
        ),
        ("hard_samples".to_owned(), json!(compared.n_hard)),
    ]);
    if let Some(paired) = &result.paired {
        summary.insert("cer_difference".to_owned(), json!(paired.difference));
        summary.insert("n_paired".to_owned(), json!(paired.n));
    }
    summary
}

fn human(compared: &Compared, hard_samples_dir: &Path) -> String {
    let result = &compared.result;
    let mut text = format!(
        "{} (baseline) and {} (candidate) on {} of {} samples of {}\nprofile {}: {}\n\n",
        describe(&result.baseline),
        describe(&result.candidate),
        result.dataset.n,
        result.dataset.n_total,
        result.dataset.name,
        result.profile,
        result.definition
    );
    let sides = [&result.baseline, &result.candidate];
    let n = result.samples.len();
    let rows = [("CER", true), ("WER", false)]
        .into_iter()
        .flat_map(|(what, is_cer)| {
            sides.map(|side| RateRow {
                name: format!("{what} {}", side.name),
                n,
                coverage: side.coverage,
                rates: if is_cer { &side.cer } else { &side.wer },
            })
        });
    text.push_str(&rates::table(rows));
    let method = sides.iter().find_map(|side| side.cer.interval.as_ref());
    if let Some(interval) = method {
        let _ = writeln!(text, "intervals: {}", interval.method);
    }
    text.push('\n');
    match &result.paired {
        Some(paired) => text.push_str(&rates::paired(paired)),
        None => text.push_str("No sample with a reference was read by both sides.\n"),
    }
    let latencies: Vec<String> = sides
        .iter()
        .filter_map(|side| Some(format!("{} {:.0} ms", side.name, side.cost.ms_p50?)))
        .collect();
    if !latencies.is_empty() {
        let _ = writeln!(text, "Median time per image: {}", latencies.join(", "));
    }
    text.push_str(&hard_samples(compared, hard_samples_dir));
    if let Some(message) = &compared.message {
        let _ = writeln!(text, "{message}");
    }
    text
}

fn describe(side: &Side) -> String {
    match &side.backend {
        Some(backend) => format!("{} ({})", side.name, backend.runtime),
        None => side.name.clone(),
    }
}

fn hard_samples(compared: &Compared, folder: &Path) -> String {
    let result: &CompareResult = &compared.result;
    let above = format!("CER above {} %", result.hard_threshold * 100.0);
    if compared.n_hard == 0 {
        return format!("Hard samples ({above} or failed): none\n");
    }
    let count = |class| {
        result
            .hard_samples
            .iter()
            .filter(|s| s.class == class)
            .count()
    };
    let mut text = format!(
        "Hard samples ({above} or failed): {}; of the {} exported {} for both, {} for {} only, \
         {} for {} only\n",
        compared.n_hard,
        result.hard_samples.len(),
        count(HardClass::Both),
        count(HardClass::BaselineOnly),
        result.baseline.name,
        count(HardClass::CandidateOnly),
        result.candidate.name
    );
    for sample in result.hard_samples.iter().take(5) {
        let _ = writeln!(text, "  {}: {}", sample.id, sample.reason);
    }
    let _ = writeln!(text, "Texts and pictures: {}", folder.display());
    text
}
