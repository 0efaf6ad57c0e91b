//! A night in which a vision-language model is compared with the embedded reader, with every
//! field a comparison, an inference and a score may have. Rates, curves and counts follow from invented samples;
//! intervals and p values are invented.

mod alone;
mod looks;
mod readers;
mod routing;

use std::fs;

use overnight_record::result::{
    Artifact, Breakdown, CompareResult, DatasetInfo, EquivalenceVerdict, PairedDifference,
    PairedEquivalence, PairedSample, ProfileComparison, PropertyGroup, ResultFile,
};
use overnight_record::{Interval, RunOutcome};
use serde_json::Value;

use crate::good_night::JPEG;
use crate::run_folder::RunFolder;
use crate::studies::{DEFINITION, HOSTILE, PROFILE, dataset, done, interval};

const INFER: &str = "overnight infer --backend qwen --dataset validation";
const SCORE: &str =
    "overnight score --dataset validation --predictions qwen --profile receipts --profile strict";
const PREDICTIONS: &str = "data/vlm_reports/qwen-validation.predictions.jsonl";
const COMMAND: &str = "overnight compare --dataset validation --baseline ppocr --candidate qwen";

/// The night.
pub(crate) fn build() -> RunFolder {
    let mut night = RunFolder::new(
        &[(
            "The Evaluator",
            &[(
                "Accuracy gap analysis",
                &[
                    ("Read the validation set", Some(INFER)),
                    ("Compare both readers", Some(COMMAND)),
                    ("Score the model", Some(SCORE)),
                ],
            )],
        )],
        &[],
    );
    let predictions = night.write_in_project(PREDICTIONS, b"{}\n");
    let (inference, score) = alone::build(&predictions);
    night.done("1.1.1", 1_260, inference, INFER);
    for path in [
        "hard/r101",
        "hard/r058",
        "hard/r040",
        "suspects/r003",
        "suspects/r088",
    ] {
        night.write("1.1.2", &format!("{path}.jpg"), JPEG);
        night.write("1.1.2", &format!("{path}-line.jpg"), JPEG);
    }
    night.done("1.1.2", 91, compare(), COMMAND);
    night.done("1.1.3", 4, score, SCORE);
    night.event(overnight_record::EventKind::RunFinished {
        outcome: RunOutcome::Complete,
    });
    night.close();
    night
}

/// The same night after `change` to the recorded comparison.
pub(crate) fn with(change: impl FnOnce(&mut Value)) -> RunFolder {
    let night = build();
    change_result(&night, "1.1.2", change);
    night
}

/// Changes what `step` recorded.
pub(crate) fn change_result(night: &RunFolder, step: &str, change: impl FnOnce(&mut Value)) {
    let path = night.step_dir(step).join("result.json");
    let mut value: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut value);
    fs::write(&path, serde_json::to_vec(&value).unwrap()).unwrap();
}

fn compare() -> ResultFile<CompareResult> {
    let samples = readers::samples();
    let all: Vec<&PairedSample> = samples.iter().collect();
    let (baseline, candidate) = (readers::baseline(&samples), readers::candidate(&samples));
    let paired = readers::paired(&all, 0.011, 0.000_02).map(against_a_margin);
    let further = |profile: &str, definition: &str, spread| ProfileComparison {
        profile: profile.to_owned(),
        definition: definition.to_owned(),
        unit: "code point".to_owned(),
        baseline: baseline.cer.clone(),
        candidate: candidate.cer.clone(),
        paired: readers::paired(&all, spread, 0.004),
    };
    let mut file = done(CompareResult {
        dataset: validation(),
        profile: PROFILE.to_owned(),
        definition: DEFINITION.to_owned(),
        unit: "code point".to_owned(),
        further_profiles: vec![
            further("strict", "raw code points", 0.013),
            further("lenient", "NFKC, case folded, listed equivalences", 0.2),
        ],
        baseline,
        candidate,
        paired,
        breakdowns: breakdowns(&samples),
        routing: Some(routing::routing(&samples)),
        hard_threshold: 0.2,
        n_without_reference: 4,
        hard_counts: looks::counts(&samples),
        hard_dataset: Some("hard/dataset/samples.jsonl".to_owned()),
        hard_samples: looks::hard(&samples),
        n_label_suspects: 8,
        label_suspects: looks::suspects(),
        samples,
    });
    file.artifacts = [
        ("hard/hard_samples.jsonl", "hard samples"),
        ("hard/dataset/samples.jsonl", "hard-sample dataset"),
        ("hard/r101.jpg", "hard-sample image"),
        ("hard/r101-line.jpg", "hard-sample image"),
        ("suspects/label_suspects.jsonl", "label suspects"),
        ("samples.jsonl", "compared samples"),
    ]
    .map(|(path, kind)| Artifact {
        path: path.to_owned(),
        kind: kind.to_owned(),
    })
    .into();
    file
}

fn validation() -> DatasetInfo {
    DatasetInfo {
        n: 120,
        n_total: 120,
        ..dataset()
    }
}

fn against_a_margin(paired: PairedDifference) -> PairedDifference {
    let ninety = Interval {
        level: 0.9,
        ..interval(paired.difference - 0.009, paired.difference + 0.009)
    };
    PairedDifference {
        equivalence: Some(PairedEquivalence {
            margin: 0.01,
            interval: ninety,
            verdict: EquivalenceVerdict::Different,
            tested:
                "bootstrap percentile, 2000 resamples of images, seed 42; within 0.01, alpha 0.05"
                    .to_owned(),
            detectable: Some(0.0153),
            n_needed: Some(281),
        }),
        ..paired
    }
}

fn breakdowns(samples: &[PairedSample]) -> Vec<Breakdown> {
    let group = |label: &str, range: Option<(f64, f64)>, of: Vec<&PairedSample>| PropertyGroup {
        label: label.to_owned(),
        low: range.map(|it| it.0),
        high: range.map(|it| it.1),
        n: of.len(),
        n_baseline: of.iter().filter(|s| s.baseline.distance.is_some()).count(),
        n_candidate: of.iter().filter(|s| s.candidate.distance.is_some()).count(),
        paired: readers::paired(&of, 0.12 / (of.len() as f64).sqrt(), 0.01),
    };
    let thirds = |value: fn(&PairedSample) -> f64| {
        let mut sorted: Vec<&PairedSample> = samples.iter().collect();
        sorted.sort_by(|a, b| value(a).total_cmp(&value(b)));
        let labels = ["least third", "middle third", "greatest third"];
        labels
            .iter()
            .zip(sorted.chunks(40))
            .map(|(label, of)| {
                let range = (value(of[0]), value(of[of.len() - 1]));
                group(label, Some(range), of.to_vec())
            })
            .collect()
    };
    let scripts = ["hangul", "latin", HOSTILE].map(|script| {
        let of = samples
            .iter()
            .filter(|s| s.script.as_deref() == Some(script));
        group(script, None, of.collect())
    });
    vec![
        Breakdown {
            property: "sharpness".to_owned(),
            definition: "how steep the edges of the image are; higher is sharper".to_owned(),
            groups: thirds(|s| s.properties.unwrap().sharpness),
            n_without: 2,
        },
        Breakdown {
            property: "lines".to_owned(),
            definition: "lines of the reference".to_owned(),
            groups: thirds(|s| s.n_lines as f64),
            n_without: 0,
        },
        Breakdown {
            property: "script".to_owned(),
            definition: "the script most letters of the reference are in".to_owned(),
            groups: scripts.into(),
            n_without: 0,
        },
    ]
}
