//! What a comparison leaves on disk: every sample with both texts, the hard ones with pictures
//! and as a dataset of their own, and the suspect references.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use overnight_record::result::{Artifact, HardClass, HardSample, LabelSuspect, PairedSample};
use overnight_record::store::{self, StoreError};
use overnight_record::{Prediction, Progress, StopFlag};
use serde::Serialize;

use super::CompareSpec;
use super::hard::Found;
use super::pictures::{self, Pictures, Shot};
use super::side::ScoredSide;
use super::suspects::Suspect;
use crate::dataset::Sample;

/// What was written.
pub(super) struct Exported {
    pub(super) hard_samples: Vec<HardSample>,
    pub(super) hard_dataset: Option<String>,
    pub(super) label_suspects: Vec<LabelSuspect>,
    pub(super) artifacts: Vec<Artifact>,
}

/// Writes everything below `spec.export_dir` and removes pictures that an earlier comparison
/// left there.
pub(super) fn export(
    spec: &CompareSpec<'_>,
    sides: [&ScoredSide<'_>; 2],
    pairs: &[PairedSample],
    hard: Vec<Found<'_>>,
    suspects: Vec<Suspect<'_>>,
    (progress, stop): (&dyn Progress, &StopFlag),
) -> Result<Exported, StoreError> {
    let folder = &spec.export_dir;
    let result_dir = spec.result_dir.as_deref();
    let picture_dir = folder.join("pictures");
    let stem = |rank: usize, id: &str| format!("{:02}-{}", rank + 1, safe_name(id));
    let hard_shots = hard.iter().enumerate().map(|(rank, found)| Shot {
        sample: found.sample,
        stem: stem(rank, &found.row.id),
        region: found.region,
    });
    let suspect_shots = suspects.iter().enumerate().map(|(rank, suspect)| Shot {
        sample: suspect.sample,
        stem: format!("suspect-{}", stem(rank, &suspect.row.id)),
        region: suspect.region,
    });
    let shots: Vec<Shot<'_>> = hard_shots.chain(suspect_shots).collect();
    let mut taken = pictures::take(&picture_dir, &shots, progress, stop)?;
    keep_only(
        &picture_dir,
        taken.iter().flat_map(|p| [&p.thumbnail, &p.crop]).flatten(),
    );
    let mut artifacts = Vec::new();
    let mut note = |name: Option<&String>, kind: &str| {
        let path = shown(&picture_dir.join(name?), result_dir);
        artifacts.push(Artifact {
            path: path.clone(),
            kind: kind.to_owned(),
        });
        Some(path)
    };
    let suspect_pictures: Vec<Pictures> = taken.split_off(hard.len());
    let mut hard_samples = Vec::new();
    let mut members: Vec<&Sample> = Vec::new();
    for (found, pictures) in hard.into_iter().zip(&taken) {
        members.push(found.sample);
        hard_samples.push(HardSample {
            thumbnail: note(pictures.thumbnail.as_ref(), "hard-sample image"),
            crop: note(pictures.crop.as_ref(), "hard-sample image"),
            ..found.row
        });
    }
    let mut label_suspects = Vec::new();
    for (suspect, pictures) in suspects.into_iter().zip(&suspect_pictures) {
        label_suspects.push(LabelSuspect {
            thumbnail: note(pictures.thumbnail.as_ref(), "label-suspect image"),
            crop: note(pictures.crop.as_ref(), "label-suspect image"),
            ..suspect.row
        });
    }
    let mut rows = |name: &str, kind: &str, written: Result<(), StoreError>| {
        written.map(|()| {
            let path = shown(&folder.join(name), result_dir);
            artifacts.push(Artifact {
                path: path.clone(),
                kind: kind.to_owned(),
            });
            path
        })
    };
    let every = every_sample(spec, sides, pairs);
    let file = "samples.jsonl";
    rows(
        file,
        "compared samples",
        store::write_json_lines(&folder.join(file), &every),
    )?;
    let file = "hard_samples.jsonl";
    rows(
        file,
        "hard samples",
        store::write_json_lines(&folder.join(file), &hard_samples),
    )?;
    let file = "label_suspects.jsonl";
    rows(
        file,
        "label suspects",
        store::write_json_lines(&folder.join(file), &label_suspects),
    )?;
    let hard_dataset = if hard_samples.is_empty() {
        let _ = std::fs::remove_file(folder.join("dataset/samples.jsonl"));
        keep_only(&folder.join("dataset/img"), []);
        None
    } else {
        let written = write_dataset(&folder.join("dataset"), &members, &hard_samples);
        Some(rows(
            "dataset/samples.jsonl",
            "hard-sample dataset",
            written,
        )?)
    };
    Ok(Exported {
        hard_samples,
        hard_dataset,
        label_suspects,
        artifacts,
    })
}

/// A row of `samples.jsonl`: everything the numbers were made from.
#[derive(Serialize)]
struct EverySample<'a> {
    #[serde(flatten)]
    pair: &'a PairedSample,
    reference: &'a str,
    baseline_text: &'a str,
    candidate_text: &'a str,
    baseline_ms: Option<f64>,
    candidate_ms: Option<f64>,
}

fn every_sample<'a>(
    spec: &'a CompareSpec<'_>,
    [baseline, candidate]: [&ScoredSide<'a>; 2],
    pairs: &'a [PairedSample],
) -> Vec<EverySample<'a>> {
    let samples = spec.dataset.samples().iter();
    let read = baseline.by_sample.iter().zip(&candidate.by_sample);
    let with_reference = samples
        .zip(read)
        .filter_map(|(sample, read)| Some((sample.reference.as_deref()?, read)));
    let text = |prediction: &Option<&'a Prediction>| {
        prediction
            .filter(|p| p.status.is_scored())
            .map_or("", |p| p.text.as_str())
    };
    let ms = |prediction: &Option<&Prediction>| {
        prediction
            .map(|p| p.timings_ms.total)
            .filter(|total| *total > 0.0)
    };
    pairs
        .iter()
        .zip(with_reference)
        .map(|(pair, (reference, (first, second)))| EverySample {
            pair,
            reference,
            baseline_text: text(first),
            candidate_text: text(second),
            baseline_ms: ms(first),
            candidate_ms: ms(second),
        })
        .collect()
}

/// A row of the exported dataset: a sample of the format `jsonl`, and why it is in it.
#[derive(Serialize)]
struct DatasetRow<'a> {
    id: &'a str,
    image: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    class: HardClass,
    reason: &'a str,
    baseline_text: &'a str,
    candidate_text: &'a str,
}

/// Copies the images, unchanged, and writes the file that names them. An image that cannot be
/// read keeps its row: the sample must not vanish.
fn write_dataset(
    folder: &Path,
    members: &[&Sample],
    rows: &[HardSample],
) -> Result<(), StoreError> {
    let images = folder.join("img");
    let mut written = Vec::new();
    let mut names = Vec::new();
    for (rank, (sample, row)) in members.iter().zip(rows).enumerate() {
        let extension = sample
            .path
            .extension()
            .unwrap_or_default()
            .to_string_lossy();
        let name = format!("{:04}-{}.{extension}", rank + 1, safe_name(&sample.id));
        if let Ok(bytes) = std::fs::read(&sample.path) {
            store::write_atomically(&images.join(&name), &bytes)?;
        }
        written.push(DatasetRow {
            id: &sample.id,
            image: format!("img/{name}"),
            text: sample.reference.as_deref(),
            fields: &sample.fields,
            language: sample.language.as_deref(),
            class: row.class,
            reason: &row.reason,
            baseline_text: &row.baseline_text,
            candidate_text: &row.candidate_text,
        });
        names.push(name);
    }
    keep_only(&images, &names);
    store::write_json_lines(&folder.join("samples.jsonl"), &written)
}

/// Removes files of other names that an earlier comparison left in the folder. They are only
/// in the way, so a failure to remove one changes nothing.
fn keep_only<'n>(folder: &Path, names: impl IntoIterator<Item = &'n String>) {
    let current: HashSet<OsString> = names.into_iter().map(OsString::from).collect();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_current = path.file_name().is_some_and(|name| current.contains(name));
        if !is_current && path.is_file() {
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// The path as the result gives it: relative to the result's folder when it lies below.
fn shown(path: &Path, result_dir: Option<&Path>) -> String {
    let relative: Option<PathBuf> =
        result_dir.and_then(|dir| path.strip_prefix(dir).ok().map(Path::to_owned));
    relative
        .as_deref()
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned()
}

/// A sample id as part of a file name: letters, digits, `-` and `_`, of moderate length.
fn safe_name(id: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    id.chars()
        .map(|c| if safe(c) { c } else { '_' })
        .take(60)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_cannot_leave_the_folder() {
        assert_eq!(safe_name("../../etc/passwd"), "______etc_passwd");
        assert_eq!(safe_name("영수증 1"), "영수증_1");
    }

    #[test]
    fn paths_below_the_result_are_relative() {
        let dir = Some(Path::new("/run/steps/1"));
        assert_eq!(shown(Path::new("/run/steps/1/h/a.jpg"), dir), "h/a.jpg");
        assert_eq!(shown(Path::new("/data/a.jpg"), dir), "/data/a.jpg");
        assert_eq!(shown(Path::new("/data/a.jpg"), None), "/data/a.jpg");
    }
}
