//! Results as the studies leave them, with invented but consistent numbers.

use std::collections::BTreeMap;

use overnight_record::result::{
    Aggregate, ArmFile, AuditResult, BackendInfo, BenchAccuracy, BenchCase, BenchResult,
    BenchStage, CaseStatus, DatasetInfo, EnhanceArm, EnhanceResult, ErrorCounts, InferResult,
    ModelFile, PairedDifference, ProfileScore, ResultFile, ResultStatus, RuleCount, SampleFailure,
    SampleScore, ScoreResult, StageTime, StorageArm, StorageResult, TestResult, ToolRun,
    ToolStatus,
};
use overnight_record::{Applicability, Finding, FindingFix, Interval, PredictionStatus, Severity};

pub(crate) const PROFILE: &str = "receipts";
pub(crate) const DEFINITION: &str =
    "NFC, white space removed, case folded; distance and length in code points";

/// What an image or a model may hold: markup, terminal codes, text that reorders a line.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script> \u{1b}[31mred\u{1b}[0m | `x` \u{202e}live\u{202c} <img src=x onerror=alert(1)>";

pub(crate) fn interval(low: f64, high: f64) -> Interval {
    Interval {
        low,
        high,
        level: 0.95,
        method: "bootstrap percentile, 2000 resamples of images, seed 42".to_owned(),
    }
}

pub(crate) fn dataset() -> DatasetInfo {
    DatasetInfo {
        name: "validation".to_owned(),
        path: "data/receipts".to_owned(),
        format: "sroie".to_owned(),
        n_total: 40,
        n: 40,
        content_sha256: "c0ffee".repeat(10) + "0000",
    }
}

pub(crate) fn ppocr() -> BackendInfo {
    BackendInfo {
        name: "ppocr".to_owned(),
        kind: "ppocr".to_owned(),
        fingerprint: "aa11".repeat(16),
        runtime: "rten 0.27.0".to_owned(),
        device: "cpu".to_owned(),
        threads: 8,
        models: vec![
            ModelFile {
                role: "detection".to_owned(),
                name: "ppocrv6_small_det.onnx".to_owned(),
                sha256: "090f04abcd9d".to_owned() + &"0".repeat(52),
            },
            ModelFile {
                role: "recognition".to_owned(),
                name: "ppocrv6_small_rec.onnx".to_owned(),
                sha256: "6f327246b503".to_owned() + &"0".repeat(52),
            },
        ],
    }
}

pub(crate) fn tesseract() -> BackendInfo {
    BackendInfo {
        name: "tesseract".to_owned(),
        kind: "tesseract".to_owned(),
        fingerprint: "bb22".repeat(16),
        runtime: "tesseract 5.3.0".to_owned(),
        device: "cpu".to_owned(),
        threads: 1,
        models: Vec::new(),
    }
}

pub(crate) fn rate(edits: u64, reference_len: u64, low: f64, high: f64) -> Aggregate {
    let micro = edits as f64 / reference_len as f64;
    Aggregate {
        micro: Some(micro),
        macro_mean: Some(micro * 1.06),
        macro_clipped: Some(micro * 1.05),
        median: Some(micro * 0.81),
        interval: Some(interval(low, high)),
        edits,
        reference_len,
        failures_as_one: Some(micro * 1.1),
    }
}

pub(crate) fn score(id: &str, n_ref: u64, distance: Option<u64>) -> SampleScore {
    SampleScore {
        id: id.to_owned(),
        status: distance.map_or(PredictionStatus::Timeout, |_| PredictionStatus::Ok),
        n_ref,
        n_hyp: distance.map(|_| n_ref),
        distance,
        cer: distance.map(|d| d as f64 / n_ref as f64),
        word_n_ref: n_ref / 5,
        word_distance: distance.map(|d| d / 2),
    }
}

pub(crate) fn done<B: overnight_record::result::ResultBody>(body: B) -> ResultFile<B> {
    ResultFile::new(ResultStatus::Ok, body)
}

pub(crate) fn finding(
    rule: &str,
    source: &str,
    path: &str,
    line: u32,
    applied: Option<bool>,
) -> Finding {
    Finding {
        rule: rule.to_owned(),
        source: source.to_owned(),
        severity: if rule == "broken-link" {
            Severity::Error
        } else {
            Severity::Warning
        },
        path: path.to_owned(),
        line: Some(line),
        column: None,
        message: format!("a violation of {rule}"),
        evidence: None,
        fix: applied.map(|applied| FindingFix {
            applicability: if applied {
                Applicability::Safe
            } else {
                Applicability::Suggested
            },
            description: format!("mend {rule}"),
            applied,
            proof: None,
        }),
    }
}

/// An audit whose totals follow from its findings.
pub(crate) fn audit(
    name: &str,
    findings: Vec<Finding>,
    tools: Vec<ToolRun>,
) -> ResultFile<AuditResult> {
    let mut rules: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    for f in &findings {
        let entry = rules.entry((f.source.clone(), f.rule.clone())).or_default();
        entry.0 += 1;
        entry.1 += usize::from(f.is_open());
    }
    let left = findings.iter().filter(|f| f.is_open()).count();
    let mut changed: Vec<String> = findings
        .iter()
        .filter(|f| !f.is_open())
        .map(|f| f.path.clone())
        .collect();
    changed.sort();
    changed.dedup();
    let status = if left > 0 {
        ResultStatus::Findings
    } else {
        ResultStatus::Ok
    };
    let mut file = ResultFile::new(
        status,
        AuditResult {
            audit: name.to_owned(),
            files: 91,
            items: 163,
            findings,
            rules: rules
                .into_iter()
                .map(|((source, rule), (before, after))| RuleCount {
                    source,
                    rule,
                    before,
                    after,
                })
                .collect(),
            tools,
            changed_files: changed,
        },
    );
    file.message = (left > 0).then(|| format!("{left} findings remain"));
    file
}

pub(crate) fn tool(
    name: &str,
    status: ToolStatus,
    before: usize,
    after: usize,
    message: &str,
) -> ToolRun {
    ToolRun {
        tool: name.to_owned(),
        version: (status == ToolStatus::Ran).then(|| "0.14.5".to_owned()),
        command: vec![name.to_owned()],
        status,
        message: Some(message.to_owned()),
        before,
        after,
    }
}

fn case(stage: BenchStage, batch_size: usize, rate: f64, peak: f64) -> BenchCase {
    let ms = batch_size as f64 / rate * 1000.0;
    BenchCase {
        stage,
        batch_size,
        status: CaseStatus::Ok,
        error: None,
        n_warmup: 2,
        batch_items: vec![batch_size; 24],
        batch_ms: vec![ms; 24],
        items_per_s: Some(rate),
        items_per_s_interval: Some(interval(rate * 0.95, rate * 1.04)),
        batch_ms_p50: Some(ms),
        batch_ms_p90: (batch_size == 1).then_some(ms * 1.3),
        cpu_load: Some(6.4),
        rss_mib_before: Some(412.0),
        rss_mib_peak: Some(peak),
        vram_mib_peak: None,
    }
}

pub(crate) fn bench() -> ResultFile<BenchResult> {
    let unsupported = BenchCase {
        status: CaseStatus::Failed,
        error: Some("failed to run detection: out of memory at batch 64".to_owned()),
        items_per_s: None,
        items_per_s_interval: None,
        batch_ms_p50: None,
        batch_ms_p90: None,
        cpu_load: None,
        rss_mib_peak: None,
        batch_ms: Vec::new(),
        batch_items: Vec::new(),
        ..case(BenchStage::Detection, 64, 1.0, 1.0)
    };
    let stage = |name: &str, ms: f64| StageTime {
        stage: name.to_owned(),
        ms_mean: ms,
        share: ms / 505.0,
    };
    done(BenchResult {
        dataset: DatasetInfo { n: 24, ..dataset() },
        sample_ids: (0..24).map(|i| format!("r{i:03}")).collect(),
        backend: ppocr(),
        seed: 42,
        load_s: 0.38,
        load_average: Some([0.42, 7.9]),
        cases: vec![
            case(BenchStage::Detection, 1, 4.11, 702.0),
            case(BenchStage::Detection, 8, 4.63, 1210.0),
            case(BenchStage::Detection, 32, 4.71, 2890.0),
            unsupported,
            case(BenchStage::Recognition, 1, 38.2, 640.0),
            case(BenchStage::Recognition, 8, 92.5, 688.0),
            case(BenchStage::Recognition, 32, 121.0, 905.0),
            case(BenchStage::Pipeline, 1, 1.71, 810.0),
            case(BenchStage::Pipeline, 8, 1.98, 1520.0),
        ],
        stages: vec![
            stage("decode", 21.4),
            stage("detect", 221.0),
            stage("crop", 14.2),
            stage("recognise", 247.0),
            stage("post", 1.4),
        ],
        accuracy: Some(BenchAccuracy {
            profile: PROFILE.to_owned(),
            definition: DEFINITION.to_owned(),
            unit: "code point".to_owned(),
            n: 24,
            cer: rate(1043, 28_011, 0.0291, 0.046),
        }),
        notes: vec!["1,204 crops were read for the stage recognition.".to_owned()],
    })
}

pub(crate) fn infer(backend: BackendInfo) -> ResultFile<InferResult> {
    let name = backend.name.clone();
    let statuses = BTreeMap::from([(PredictionStatus::Ok, 39), (PredictionStatus::Timeout, 1)]);
    done(InferResult {
        first_statuses: std::collections::BTreeMap::new(),
        usage: None,
        dataset: dataset(),
        backend,
        n: 40,
        n_inferred: 28,
        n_cached: 12,
        n_left: 0,
        statuses,
        wall_s: 14.6,
        load_s: 0.4,
        images_per_s: Some(1.92),
        predictions: format!("data/vlm_reports/{name}-validation.predictions.jsonl"),
        further_predictions: Vec::new(),
        overlay: None,
        stages: Vec::new(),
        failures: vec![SampleFailure {
            id: "r039".to_owned(),
            status: PredictionStatus::Timeout,
            error: Some("no answer within 2 min".to_owned()),
        }],
    })
}

pub(crate) fn scores() -> ResultFile<ScoreResult> {
    let profile = |name: &str, definition: &str, edits: u64| ProfileScore {
        profile: name.to_owned(),
        definition: definition.to_owned(),
        unit: "code point".to_owned(),
        n: 40,
        coverage: 1.0,
        cer: rate(edits, 28_011, 0.0291, 0.046),
        wer: rate(620, 5200, 0.1, 0.14),
        errors: ErrorCounts::default(),
        samples: Vec::new(),
        raw: None,
        order_free: None,
    };
    done(ScoreResult {
        first: profile(PROFILE, DEFINITION, 1043),
        further_profiles: vec![profile("strict", "raw code points", 9120)],
        predictions: "data/vlm_reports/ppocr-validation.predictions.jsonl".to_owned(),
        dataset: Some(dataset()),
        fields: Vec::new(),
    })
}

pub(crate) fn enhance() -> ResultFile<EnhanceResult> {
    let arm = |name: &str, definition: &str, edits: u64, difference: Option<(f64, f64, f64)>| {
        EnhanceArm {
            name: name.to_owned(),
            definition: definition.to_owned(),
            statuses: BTreeMap::from([(PredictionStatus::Ok, 40)]),
            coverage: 1.0,
            cer: rate(edits, 28_011, 0.029, 0.047),
            against_none: difference.map(|(value, low, high)| PairedDifference {
                n: 40,
                baseline_micro: 0.0372,
                candidate_micro: 0.0372 + value,
                difference: value,
                interval: Some(interval(low, high)),
                wins: 11,
                ties: 15,
                losses: 14,
                test: Some(TestResult {
                    name: "Wilcoxon signed-rank, two-sided, zeros left out, normal approximation"
                        .to_owned(),
                    p: 0.41,
                }),
                equivalence: None,
            }),
            filter_ms_p50: if name == "none" { 0.0 } else { 6.8 },
            filter_ms_per_mp: if name == "none" { 0.0 } else { 5.1 },
            total_ms_p50: Some(505.0),
        }
    };
    done(EnhanceResult {
        dataset: dataset(),
        backend: ppocr(),
        profile: PROFILE.to_owned(),
        definition: DEFINITION.to_owned(),
        unit: "code point".to_owned(),
        seed: 42,
        arms: vec![
            arm("none", "the image as it is", 1043, None),
            arm("sepia", "the sepia matrix of the W3C filter effects, amount 1", 1071, Some((0.001, -0.0021, 0.0043))),
            arm("grayscale", "ITU-R BT.709 luma", 1330, Some((0.0102, 0.0031, 0.0181))),
        ],
        samples: Vec::new(),
        verdict: "no effect of sepia is shown at n = 40: +0.10 points [-0.21, +0.43]; it adds 6.8 ms per image".to_owned(),
    })
}

pub(crate) fn storage() -> ResultFile<StorageResult> {
    let arm = |name: &str, ratio: f64, decode: f64, psnr: Option<f64>| {
        let is_source = name == "source";
        StorageArm {
            name: name.to_owned(),
            definition: format!("{name} by its encoder, libwebp 1.4 / image 0.25.10"),
            n: 39,
            n_failed: 1,
            bytes_total: (25_400_000.0 * ratio) as u64,
            bytes_ratio: ratio,
            bytes_ratio_interval: (!is_source).then(|| interval(ratio * 0.92, ratio * 1.07)),
            encode_ms_per_mp: (!is_source).then_some(88.0),
            decode_ms_per_mp: 9.1 * decode,
            decode_ratio: decode,
            decode_ratio_interval: (!is_source).then(|| interval(decode * 0.95, decode * 1.06)),
            psnr_db_mean: psnr,
        }
    };
    done(StorageResult {
        dataset: dataset(),
        arms: vec![
            arm("source", 1.0, 1.0, None),
            arm("webp:q80", 0.27, 1.9, Some(38.4)),
            arm("webp:lossless", 1.53, 2.6, None),
            arm("jpeg:q90", 0.59, 0.97, Some(41.2)),
        ],
        files: vec![ArmFile {
            id: "r000".to_owned(),
            arm: "source".to_owned(),
            size: [463, 1013],
            bytes: 91_210,
            encode_ms: None,
            decode_ms: 4.2,
            psnr_db: None,
        }],
        failures: vec![SampleFailure {
            id: "r013".to_owned(),
            status: PredictionStatus::Undecodable,
            error: Some("unexpected end of file".to_owned()),
        }],
        verdict: "webp:q80 needs 27 % of the bytes and takes 1.90 times as long to decode"
            .to_owned(),
    })
}
