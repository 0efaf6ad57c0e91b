//! A comparison as it was left before there was room for more than rates and hard samples.

use std::collections::BTreeMap;

use overnight_record::PredictionStatus;
use overnight_record::result::{
    Aggregate, Artifact, BackendInfo, CompareResult, HardClass, HardSample, PairedDifference,
    PairedSample, ReadingCost, ResultFile, Side, TestResult,
};

use crate::studies::{
    DEFINITION, HOSTILE, PROFILE, dataset, done, interval, ppocr, rate, score, tesseract,
};

fn hard(id: &str, class: HardClass, baseline: Option<u64>, candidate: Option<u64>) -> HardSample {
    HardSample {
        id: id.to_owned(),
        image: format!("img/{id}.jpg"),
        class,
        reason: format!("the total is blurred; {HOSTILE}"),
        baseline: score(id, 412, baseline),
        candidate: score(id, 412, candidate),
        reference: "TAN WOON YANN\nBOOK TA .K(TAMAN DAYA) SDN BHD\n789417-W\nTOTAL: 9.00\nCASH 10.00\nCHANGE 1.00".to_owned(),
        baseline_text: baseline.map_or_else(String::new, |_| {
            "tan woon yann\nBOOK TA. K (TAMAN DAYA) SON BHD\n78941?-W\nTOTAl: 9.0O\nCASH 10.00\nCHANGE 1.00".to_owned()
        }),
        candidate_text: candidate.map_or_else(String::new, |_| {
            format!("TAN WOON YANN\nBOOK TA .K(TAMAN DAYA) SDN BHD\n789417-W\n{HOSTILE}")
        }),
        thumbnail: Some(format!("hard/{id}.jpg")),
        crop: Some(format!("hard/{id}-crop.jpg")),
        disagreement: None,
    }
}

pub(crate) fn compare() -> ResultFile<CompareResult> {
    let samples: Vec<PairedSample> = (0..40u64)
        .map(|i| {
            let id = format!("r{i:03}");
            let n_ref = 500 + 11 * (i % 7);
            let baseline = (i != 39).then_some(40 + (i * 37) % 190);
            PairedSample {
                image: format!("img/{id}.jpg"),
                baseline: score(&id, n_ref, baseline),
                candidate: score(&id, n_ref, Some(6 + (i * 13) % 47)),
                id,
                baseline_confidence: None,
                baseline_least_confidence: None,
                properties: None,
                n_lines: 0,
                script: None,
                language: None,
            }
        })
        .collect();
    let side = |backend: BackendInfo, cer: Aggregate, failed: usize, ms: f64| Side {
        name: backend.name.clone(),
        predictions: format!(
            "data/vlm_reports/{}-validation.predictions.jsonl",
            backend.name
        ),
        statuses: BTreeMap::from([
            (PredictionStatus::Ok, 40 - failed),
            (PredictionStatus::Timeout, failed),
        ]),
        coverage: (40 - failed) as f64 / 40.0,
        wer: Aggregate {
            micro: cer.micro.map(|m| m * 2.4),
            ..cer.clone()
        },
        cer,
        first_statuses: Default::default(),
        raw: None,
        errors: Default::default(),
        order_free: None,
        fields: Vec::new(),
        cost: ReadingCost {
            n_timed: 38,
            ms_p50: Some(ms),
            ..ReadingCost::default()
        },
        noise: None,
        backend: Some(backend),
    };
    let mut file = done(CompareResult {
        dataset: dataset(),
        profile: PROFILE.to_owned(),
        definition: DEFINITION.to_owned(),
        unit: "code point".to_owned(),
        baseline: side(tesseract(), rate(5610, 27_320, 0.168, 0.249), 1, 1810.0),
        candidate: side(ppocr(), rate(1043, 28_011, 0.0291, 0.046), 0, 498.0),
        paired: Some(PairedDifference {
            n: 39,
            baseline_micro: 0.2053,
            candidate_micro: 0.0371,
            difference: -0.1682,
            interval: Some(interval(-0.2109, -0.1304)),
            wins: 37,
            ties: 0,
            losses: 2,
            test: Some(TestResult {
                name: "Wilcoxon signed-rank, two-sided, zeros left out, exact".to_owned(),
                p: 0.000_000_2,
            }),
            equivalence: None,
        }),
        hard_threshold: 0.2,
        samples,
        hard_samples: vec![
            hard("r039", HardClass::BaselineOnly, None, Some(14)),
            hard("r007", HardClass::Both, Some(230), Some(97)),
            hard("r021", HardClass::BaselineOnly, Some(171), Some(20)),
            hard("r<i>", HardClass::CandidateOnly, Some(31), Some(120)),
        ],
        further_profiles: Vec::new(),
        breakdowns: Vec::new(),
        routing: None,
        n_without_reference: 0,
        hard_counts: Default::default(),
        hard_dataset: None,
        n_label_suspects: 0,
        label_suspects: Vec::new(),
    });
    file.artifacts = vec![Artifact {
        path: "hard/hard_samples.jsonl".to_owned(),
        kind: "hard samples".to_owned(),
    }];
    file
}
