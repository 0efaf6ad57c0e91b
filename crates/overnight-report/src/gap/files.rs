//! Where everything lies, and what exactly was read and compared.

use std::path::Path;

use overnight_record::result::{
    Artifact, BackendInfo, CompareResult, DatasetInfo, InferResult, ScoreResult,
};

use super::section::{Section, Topic};
use super::words::{File, Name, Prose};
use crate::facts::{Night, StepResult};
use crate::number::{count, counted};
use crate::text::capitalised;
use crate::text::short;

pub(super) fn of_comparison(night: &Night, result: &StepResult<CompareResult>) -> Section {
    let compare = result.body();
    let mut section = Section::new("Files", ["samples"]).about(Topic::Files);
    let place = |path: &str| night.place(&result.dir, path);
    let mut files = vec![
        format!(
            "Baseline predictions: {}",
            File(&place(&compare.baseline.predictions))
        ),
        format!(
            "Candidate predictions: {}",
            File(&place(&compare.candidate.predictions))
        ),
    ];
    files.extend(artifacts(night, &result.dir, result.file.artifacts.iter()));
    section.list(files);
    section.heading("What was compared");
    let mut what = vec![format!("Samples: {}", dataset(&compare.dataset))];
    for side in [&compare.baseline, &compare.candidate] {
        what.push(match &side.backend {
            Some(info) => backend(info),
            None => format!(
                "{}: predictions made elsewhere; the backend is not recorded",
                Name(&side.name)
            ),
        });
    }
    section.list(what);
    section
}

pub(super) fn of_score(night: &Night, result: &StepResult<ScoreResult>) -> Section {
    let score = result.body();
    let mut section =
        Section::new("Files", ["predictions", "dataset", "samples"]).about(Topic::Files);
    let mut files = Vec::new();
    if !score.predictions.is_empty() {
        let place = night.place(&result.dir, &score.predictions);
        files.push(format!("Predictions: {}", File(&place)));
    }
    files.extend(artifacts(night, &result.dir, result.file.artifacts.iter()));
    files.extend(
        score
            .dataset
            .as_ref()
            .map(|info| format!("Samples: {}", dataset(info))),
    );
    section.list(files);
    section
}

pub(super) fn of_inference(night: &Night, result: &StepResult<InferResult>) -> Section {
    let infer = result.body();
    let mut section =
        Section::new("Files", ["predictions", "dataset", "backend"]).about(Topic::Files);
    let place = |path: &str| night.place(&result.dir, path);
    let mut named = vec![&infer.predictions];
    let mut files = vec![format!("Predictions: {}", File(&place(&infer.predictions)))];
    for path in &infer.further_predictions {
        files.push(format!("The same predictions: {}", File(&place(path))));
        named.push(path);
    }
    if !infer.further_predictions.is_empty() {
        section.fields.push("further_predictions".to_owned());
    }
    if let Some(overlay) = &infer.overlay {
        files.push(format!(
            "What was read, drawn into the images: {}",
            File(&place(overlay))
        ));
        named.push(overlay);
        section.fields.push("overlay".to_owned());
    }
    let others = result.file.artifacts.iter();
    let others = others.filter(|artifact| !named.contains(&&artifact.path));
    files.extend(artifacts(night, &result.dir, others));
    files.push(format!("Samples: {}", dataset(&infer.dataset)));
    files.push(backend(&infer.backend));
    section.list(files);
    section
}

/// What a study left besides its result, pictures in one item.
fn artifacts<'a>(
    night: &Night,
    dir: &Path,
    artifacts: impl Iterator<Item = &'a Artifact>,
) -> Vec<String> {
    let mut files = Vec::new();
    let mut pictures = 0;
    for artifact in artifacts {
        let path = artifact.path.to_ascii_lowercase();
        if [".jpg", ".jpeg", ".png"]
            .iter()
            .any(|end| path.ends_with(end))
        {
            pictures += 1;
        } else {
            // Relative ones lie beside the result, whether they are still there or not.
            let path = dir.join(&artifact.path);
            let place = night.place(dir, &path.to_string_lossy());
            files.push(format!(
                "{}: {}",
                Prose(&capitalised(&artifact.kind)),
                File(&place)
            ));
        }
    }
    if pictures > 0 {
        files.push(format!("{} beside them", counted(pictures, "picture")));
    }
    files
}

/// The samples of a study in one sentence, with marked names.
pub(crate) fn dataset(info: &DatasetInfo) -> String {
    format!(
        "{} of {} of {} ({}, {}; content {})",
        count(info.n),
        counted(info.n_total, "sample"),
        Name(&info.name),
        Prose(&info.format),
        Name(&info.path),
        Name(short(&info.content_sha256)),
    )
}

/// A backend in one sentence, with marked names.
pub(crate) fn backend(info: &BackendInfo) -> String {
    let models: Vec<String> = info
        .models
        .iter()
        .map(|model| {
            format!(
                "{} {} {}",
                Prose(&model.role),
                Name(&model.name),
                Name(short(&model.sha256))
            )
        })
        .collect();
    let models = if models.is_empty() {
        String::new()
    } else {
        format!("; {}", models.join(", "))
    };
    format!(
        "{}: kind {}, {}, {}, {}, fingerprint {}{models}",
        Name(&info.name),
        Name(&info.kind),
        Prose(&info.runtime),
        Prose(&info.device),
        counted(info.threads, "thread"),
        Name(short(&info.fingerprint)),
    )
}
