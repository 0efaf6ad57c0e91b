//! What the arms read, put in order and scored by one definition for all.

use overnight_metrics::{Bootstrap, Case, Changes, Profile, WhiteSpace, reading_order};
use overnight_record::result::ProfileScore;
use overnight_record::{Line, Prediction, PredictionStatus, TimingsMs};
use overnight_study::dataset::Sample;
use overnight_study::score::{Judged, score_under};

use super::arm::Image;
use super::measure::Phase;
use super::runner::Runner;

/// The definition of the error rate: case folded, because the references of SROIE have upper
/// case only, and white space removed, because spacing within a receipt's row is layout.
pub(super) fn profile() -> anyhow::Result<Profile> {
    let changes = Changes {
        case: Some(Case::Fold),
        white_space: Some(WhiteSpace::Remove),
        ..Changes::default()
    };
    Ok(Profile::derived("peers", "default", changes)?)
}

/// What an arm read in a phase as predictions: one a sample, in the samples' order.
/// `image_hashes` are the SHA-256 of the image files.
pub(super) fn predictions(
    runner: &Runner,
    phase: Phase,
    fingerprint: &str,
    samples: &[Sample],
    image_hashes: &[String],
) -> Vec<Prediction> {
    let numbered = samples.iter().zip(image_hashes).enumerate();
    let one = |(index, (sample, hash)): (usize, (&Sample, &String))| {
        let (status, rows, error) = match runner.readings.get(&(phase, index)) {
            Some(Image::Lines(lines)) if lines.iter().all(|line| line.text.trim().is_empty()) => {
                (PredictionStatus::Empty, Vec::new(), None)
            }
            Some(Image::Lines(lines)) => (PredictionStatus::Ok, rows(lines), None),
            Some(Image::Error(why)) => (PredictionStatus::Crashed, Vec::new(), Some(why.clone())),
            None => {
                let why = runner.failure.clone();
                (PredictionStatus::Crashed, Vec::new(), why)
            }
        };
        Prediction {
            id: sample.id.clone(),
            image: sample.image.clone(),
            image_sha256: hash.clone(),
            backend: runner.name.to_owned(),
            fingerprint: fingerprint.to_owned(),
            status,
            text: text_of(&rows),
            lines: rows.concat(),
            timings_ms: TimingsMs::default(),
            usage: None,
            attempts: 1,
            error,
            notes: Vec::new(),
            finish_reason: None,
            raw: None,
            fields: Default::default(),
            attempt_log: Vec::new(),
        }
    };
    numbered.map(one).collect()
}

/// Rows from top to bottom, the lines of a row from left to right.
fn rows(lines: &[Line]) -> Vec<Vec<Line>> {
    let boxes: Vec<_> = lines.iter().map(|line| line.polygon.clone()).collect();
    let rows = reading_order(&boxes).into_iter();
    rows.map(|row| row.into_iter().map(|index| lines[index].clone()).collect())
        .collect()
}

/// Rows joined by line breaks, the lines of a row by spaces.
fn text_of(rows: &[Vec<Line>]) -> String {
    let rows = rows.iter().map(|row| {
        let texts: Vec<&str> = row.iter().map(|line| line.text.as_str()).collect();
        texts.join(" ")
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// The scores of predictions, over the samples that have a reference.
pub(super) fn score(
    samples: &[Sample],
    predictions: &[Prediction],
    profile: &Profile,
    bootstrap: &Bootstrap,
) -> ProfileScore {
    let judged: Vec<Judged> = samples
        .iter()
        .zip(predictions)
        .filter_map(|(sample, prediction)| {
            Some(Judged {
                id: sample.id.clone(),
                status: prediction.status,
                reference: sample.reference.clone()?,
                hypothesis: prediction.text.clone(),
                raw: None,
            })
        })
        .collect();
    score_under(&judged, profile, bootstrap)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::*;

    fn line(x: f32, y: f32, text: &str) -> Line {
        Line {
            polygon: vec![[x, y], [x + 40.0, y], [x + 40.0, y + 10.0], [x, y + 10.0]],
            text: text.to_owned(),
            confidence: None,
        }
    }

    fn sample(id: &str, reference: &str) -> Sample {
        Sample {
            id: id.to_owned(),
            image: format!("{id}.jpg"),
            path: PathBuf::from(format!("/nowhere/{id}.jpg")),
            reference: Some(reference.to_owned()),
            fields: Default::default(),
            language: None,
        }
    }

    #[test]
    fn order_is_ours_and_failures_are_no_text() {
        let samples = [
            sample("a", "SHOP\nTEA 4.50"),
            sample("b", "TOTAL"),
            sample("c", "GST"),
            sample("d", "CASH"),
        ];
        let readings = [
            Image::Lines(vec![
                line(100.0, 52.0, "4.50"),
                line(0.0, 0.0, "Shop"),
                line(0.0, 50.0, "Tea"),
            ]),
            Image::Error("no such file".to_owned()),
            Image::Lines(vec![line(0.0, 0.0, " ")]),
        ];
        let readings: BTreeMap<_, _> = readings
            .into_iter()
            .enumerate()
            .map(|(index, reading)| ((Phase::Chunk, index), reading))
            .collect();
        let runner = Runner {
            failure: Some("it has ended".to_owned()),
            readings,
            ..Runner::idle("rapidocr")
        };
        let hashes = vec![String::new(); 4];
        let read = predictions(&runner, Phase::Chunk, "f", &samples, &hashes);
        assert_eq!(read[0].text, "Shop\nTea 4.50");
        let statuses: Vec<&str> = read.iter().map(|p| p.status.name()).collect();
        assert_eq!(statuses, ["ok", "crashed", "empty", "crashed"]);
        assert_eq!(read[3].error.as_deref(), Some("it has ended"));
        let score = score(&samples, &read, &profile().unwrap(), &Bootstrap::new(1));
        assert_eq!((score.cer.edits, score.cer.reference_len), (0, 11));
        assert_eq!(score.cer.failures_as_one, Some(12.0 / 23.0));
    }
}
