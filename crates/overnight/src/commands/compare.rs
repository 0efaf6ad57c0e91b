//! `overnight compare`.

mod display;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;

use overnight_metrics::Profile;
use overnight_metrics::statistics::IntervalMethod;
use overnight_record::ExitCode;
use overnight_record::result::{ResultFile, ResultStatus};
use overnight_study::compare::{CompareSpec, Compared, SideInput, compare};
use serde_json::{Value, json};

use crate::artifact::name_part;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::parts::side_of;
use crate::reading::{choice_of, read_again};
use crate::wiring;

/// Hard samples that are exported unless another number is asked for.
const MAX_EXPORTED: usize = 50;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight compare --dataset receipts --baseline tesseract --candidate ppocr
  overnight compare --dataset receipts --baseline ppocr --candidate qwen --repeat 20
  overnight compare --dataset receipts --baseline old.jsonl --candidate ppocr --profile strict
  overnight compare --dataset receipts --baseline ppocr@rten --candidate ppocr@onnxruntime
  overnight compare --dataset omnidocbench:data/documents --baseline ppocr --candidate outputs/vlm_md

A side is a backend (a ppocr one as NAME@RUNTIME, too), whose missing predictions are then
made, or a predictions file, or several: the option once for each file, no sample in two of
them. A folder of texts by another tool or a model is a side, too, its files named as the
images: ID.md (Markdown, whose marks are taken off) or ID.txt.

The difference is that of the candidate on the samples both sides read, paired by image; below
zero is better. It is also given by properties of image and text, and for both sides together,
when samples the baseline is unsure of are sent to the candidate. Samples that fail or lie above
the threshold are exported with pictures and as a dataset of their own. docs/metrics.md defines
every number.")]
pub(crate) struct Args {
    /// Dataset of the configuration, or FORMAT:PATH such as sroie:data/receipts
    #[arg(long, value_name = "NAME")]
    dataset: String,
    /// The side to beat
    #[arg(long, value_name = "FILE|FOLDER|BACKEND", required = true)]
    baseline: Vec<String>,
    /// The side under test
    #[arg(long, value_name = "FILE|FOLDER|BACKEND", required = true)]
    candidate: Vec<String>,
    /// Scoring profile; of several the first decides what is hard, the others are shown beside
    /// it [default: `profile` of [scoring]]
    #[arg(long, value_name = "NAME")]
    profile: Vec<String>,
    /// CER above which a sample is hard [default: `hard_threshold` of [scoring]]
    #[arg(long, value_name = "FRACTION")]
    hard_threshold: Option<f64>,
    /// Difference in CER that would not matter [default: `equivalence_margin` of [scoring]]
    #[arg(long, value_name = "FRACTION")]
    margin: Option<f64>,
    /// Export at most so many hard samples, the worst ones
    #[arg(long, value_name = "N", default_value_t = MAX_EXPORTED)]
    hard_samples: usize,
    /// Read so many samples a second time with each backend, to see how much one reader differs
    /// from itself
    #[arg(long, value_name = "N")]
    repeat: Option<NonZeroUsize>,
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
    let margin = args.margin.unwrap_or(scoring.equivalence_margin);
    if !(margin > 0.0 && margin.is_finite()) {
        return Err(Failure::with_hint(
            ExitCode::Usage,
            format!("the margin {margin} is not a fraction above 0"),
            "write 0.005 for half a percentage point",
        ));
    }
    let names = if args.profile.is_empty() {
        std::slice::from_ref(&scoring.profile)
    } else {
        &args.profile
    };
    let mut profiles = names
        .iter()
        .map(|name| wiring::profile(context, name))
        .collect::<Result<Vec<Profile>, Failure>>()?;
    let further_profiles = profiles.split_off(1);
    let profile = profiles.remove(0);
    let dataset = wiring::dataset(context, &args.dataset)?.select(limit, seed);
    let choice = choice_of(limit, seed);
    let side = |sources: &[String]| -> Result<SideInput, Failure> {
        let side = side_of(context, "compare", &dataset, sources, &choice)?;
        // Only a backend, which is a single source, can be asked again.
        let again = args.repeat.zip(sources.first());
        let again = again.filter(|_| side.backend.is_some());
        Ok(SideInput {
            repeated: again
                .map(|(n, name)| read_again(context, "compare", &dataset, name, (n.get(), seed)))
                .transpose()?,
            ..side
        })
    };
    let (baseline, candidate) = (side(&args.baseline)?, side(&args.candidate)?);
    let mut folder = format!(
        "{}-vs-{}-{}{choice}",
        name_part(&baseline.name),
        name_part(&candidate.name),
        name_part(dataset.name())
    );
    if profile.name != scoring.profile {
        let _ = write!(folder, ".{}", name_part(&profile.name));
    }
    let result_dir = context.step.result.as_deref().and_then(Path::parent);
    let spec = CompareSpec {
        dataset: &dataset,
        export_dir: context.artifacts_dir("compare").join("gap").join(folder),
        result_dir: result_dir.map(Path::to_owned),
        max_exported: args.hard_samples,
        baseline,
        candidate,
        profile,
        further_profiles,
        margin: Some(margin),
        hard_threshold,
        bootstrap: wiring::bootstrap(context, seed, args.interval.as_deref())?,
    };
    let compared = compare(&spec, &context.progress(), &context.stop)?;
    let human = display::human(&compared, &spec.export_dir);
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
        (
            "hard_samples".to_owned(),
            json!(result.hard_counts.values().sum::<usize>()),
        ),
    ]);
    if let Some(paired) = &result.paired {
        summary.insert("cer_difference".to_owned(), json!(paired.difference));
        summary.insert("n_paired".to_owned(), json!(paired.n));
        if let Some(equivalence) = &paired.equivalence {
            summary.insert("verdict".to_owned(), json!(equivalence.verdict));
        }
    }
    if let Some(rule) = result.routing.as_ref().and_then(|r| r.rule.as_ref()) {
        let routed = &rule.cross_validated;
        summary.insert("routed_cer_micro".to_owned(), json!(routed.cer));
        summary.insert("routed_to_candidate".to_owned(), json!(routed.n_sent));
    }
    summary.insert("label_suspects".to_owned(), json!(result.n_label_suspects));
    summary
}
