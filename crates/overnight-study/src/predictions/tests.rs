//! Predictions files of both forms hold the same.

use std::fs;

use overnight_record::result::BackendInfo;
use overnight_record::{AnswerAttempt, Line, TimingsMs, Usage};
use parquet::file::reader::{FileReader as _, SerializedFileReader};

use super::*;

fn backend() -> BackendInfo {
    BackendInfo {
        name: "b".to_owned(),
        kind: "test".to_owned(),
        fingerprint: "f1".to_owned(),
        runtime: "none 1".to_owned(),
        device: "cpu".to_owned(),
        threads: 1,
        models: Vec::new(),
    }
}

fn line(n_corners: usize, text: &str, confidence: Option<f32>) -> Line {
    let corner = |index: usize| [index as f32 * 1.1, -0.1 / (index as f32 + 1.0)];
    Line {
        polygon: (0..n_corners).map(corner).collect(),
        text: text.to_owned(),
        confidence,
    }
}

fn prediction(id: &str, status: PredictionStatus, lines: Vec<Line>) -> Prediction {
    Prediction {
        id: id.to_owned(),
        image: format!("img/{id}.png"),
        image_sha256: format!("{id:0>64}"),
        backend: "b".to_owned(),
        fingerprint: "f1".to_owned(),
        status,
        text: lines.iter().map(|line| line.text.as_str()).collect(),
        lines,
        timings_ms: TimingsMs::default(),
        usage: None,
        attempts: 1,
        error: None,
        notes: Vec::new(),
        finish_reason: None,
        raw: None,
        fields: Default::default(),
        attempt_log: Vec::new(),
    }
}

/// Everything that may be missing, missing and there, in every neighbourhood.
fn odd_ones() -> Vec<Prediction> {
    let mut full = prediction(
        "full",
        PredictionStatus::Ok,
        vec![
            line(4, "합계 2.50 \u{1f9fe}\n\"", Some(0.1)),
            line(0, "", None),
            line(7, "\u{0}", Some(1.0)),
        ],
    );
    full.timings_ms = TimingsMs {
        decode: Some(0.1),
        detect: Some(1e-9),
        crop: Some(0.0),
        recognise: Some(1_234.567_890_123),
        post: Some(0.3),
        first_token: Some(2.5),
        request: Some(5.0),
        total: 1e9,
    };
    full.usage = Some(Usage {
        prompt_tokens: u64::MAX,
        completion_tokens: 0,
    });
    full.attempts = u32::MAX;
    full.error = Some(String::new());
    full.finish_reason = Some("stop".to_owned());
    full.raw = Some("```\n합계\n```".to_owned());
    full.fields = [("total".to_owned(), "5.00 \"".to_owned())].into();
    full.attempt_log = vec![AnswerAttempt {
        status: PredictionStatus::Loop,
        http_status: Some(200),
        finish_reason: None,
        usage: None,
        first_token_ms: Some(0.1),
        total_ms: 1e-9,
        temperature: 0.3,
        image_size: [28, 56],
        raw: "\"\u{0}합\n".to_owned(),
        reasoning: None,
        error: Some("why".to_owned()),
    }];
    full.notes = vec!["one".to_owned(), String::new(), "three".to_owned()];
    let mut noted = prediction("noted", PredictionStatus::Ok, vec![line(0, "a", Some(0.5))]);
    noted.notes = vec!["only the first frame is read".to_owned()];
    let mut failed = prediction("failed", PredictionStatus::ParseError, Vec::new());
    failed.error = Some("why".to_owned());
    failed.timings_ms.request = Some(7.5);
    let plain = prediction("plain", PredictionStatus::Ok, vec![line(4, "b", None)]);
    vec![
        failed.clone(),
        full.clone(),
        plain,
        noted,
        prediction("empty", PredictionStatus::Empty, Vec::new()),
        Prediction {
            id: "again".to_owned(),
            ..full
        },
        Prediction {
            id: "last".to_owned(),
            ..failed
        },
    ]
}

fn write(path: &Path, predictions: &[Prediction]) {
    let mut writer = PredictionsWriter::begin(path, &backend()).unwrap();
    for prediction in predictions {
        writer.push(prediction).unwrap();
    }
    assert!(!path.exists(), "a file appears when it is whole");
    writer.finish().unwrap();
}

#[test]
fn both_forms_give_back_what_was_written() {
    let dir = tempfile::tempdir().unwrap();
    for (name, predictions) in [("odd", odd_ones()), ("none", Vec::new())] {
        for form in ["jsonl", "parquet", "PARQUET"] {
            let path = dir.path().join(format!("{name}.{form}"));
            write(&path, &predictions);
            assert_eq!(read(&path).unwrap(), predictions, "{name}.{form}");
        }
    }
}

#[test]
fn many_rows_are_several_groups() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("many.parquet");
    let odd = odd_ones();
    let many: Vec<Prediction> = (0..2500)
        .map(|n| Prediction {
            id: n.to_string(),
            ..odd[n % odd.len()].clone()
        })
        .collect();
    write(&path, &many);
    assert_eq!(read(&path).unwrap(), many);
    let reader = SerializedFileReader::new(fs::File::open(&path).unwrap()).unwrap();
    assert_eq!(reader.num_row_groups(), 3);
    let about = reader.metadata().file_metadata().key_value_metadata();
    let about: Vec<(&str, &str)> = about
        .unwrap()
        .iter()
        .filter_map(|entry| Some((entry.key.as_str(), entry.value.as_deref()?)))
        .collect();
    assert!(about.contains(&("overnight.format", "overnight.predictions/1")));
    assert!(about.contains(&("overnight.fingerprint", "f1")));
}

#[test]
fn what_is_no_predictions_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.parquet");
    let refused = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let error = read(&path).unwrap_err();
        assert_eq!(error.exit_code(), ExitCode::Usage);
        assert!(error.to_string().contains("p.parquet"), "{error}");
        error
    };
    refused(b"");
    refused(b"{\"id\": \"a JSON line\"}\n");
    let written = dir.path().join("whole.parquet");
    write(&written, &odd_ones());
    let whole = fs::read(&written).unwrap();
    refused(&whole[..whole.len() / 2]);
    let mut garbled = whole.clone();
    garbled[200..260].fill(0xff);
    refused(&garbled);
    // The name of the form stands in the file as it is.
    let newer: Vec<u8> = String::from_utf8_lossy(FORM_1)
        .replace("/1", "/9")
        .into_bytes();
    let at = whole
        .windows(FORM_1.len())
        .position(|w| w == FORM_1)
        .unwrap();
    let mut other = whole;
    other[at..at + FORM_1.len()].copy_from_slice(&newer);
    let error = refused(&other);
    assert!(matches!(error, PredictionsError::Form { .. }), "{error:?}");
    assert_eq!(
        read(&dir.path().join("gone.parquet"))
            .unwrap_err()
            .exit_code(),
        ExitCode::Precondition
    );
}

const FORM_1: &[u8] = b"overnight.predictions/1";

#[test]
fn a_sample_twice_is_refused_in_both_forms() {
    let dir = tempfile::tempdir().unwrap();
    let twice = vec![prediction("a", PredictionStatus::Ok, Vec::new()); 2];
    for form in ["jsonl", "parquet"] {
        let path = dir.path().join(format!("twice.{form}"));
        write(&path, &twice);
        let error = read(&path).unwrap_err();
        assert!(
            matches!(error, PredictionsError::Repeated { .. }),
            "{error:?}"
        );
    }
}

#[test]
fn every_column_is_described() {
    let page = include_str!("../../../../docs/studies.md");
    let schema = columns::schema().unwrap();
    for column in schema.get_fields() {
        let name = format!("`{}`", column.name());
        let is_described = page
            .lines()
            .any(|l| l.starts_with("| ") && l.contains(&name));
        assert!(is_described, "docs/studies.md says nothing about {name}");
    }
}
