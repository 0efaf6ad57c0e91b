//! Where everything lies, and what exactly was compared.

use std::path::Path;

use overnight_record::result::{BackendInfo, CompareResult, DatasetInfo};

use super::section::{Section, Topic};
use super::words::{Name, Prose};
use crate::facts::{Night, StepResult};
use crate::markdown::short;
use crate::number::{count, counted};

pub(super) fn section(night: &Night, result: &StepResult<CompareResult>) -> Section {
    let compare = result.body();
    let mut section = Section::new("Files", ["samples"]).about(Topic::Files);
    section.list(files(night, result));
    section.heading("What was compared");
    let mut what = vec![dataset(&compare.dataset)];
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

fn files(night: &Night, result: &StepResult<CompareResult>) -> Vec<String> {
    let compare = result.body();
    let mut files = vec![
        format!(
            "Baseline predictions: {}",
            Name(&night.shown(Path::new(&compare.baseline.predictions)))
        ),
        format!(
            "Candidate predictions: {}",
            Name(&night.shown(Path::new(&compare.candidate.predictions)))
        ),
    ];
    let mut pictures = 0;
    for artifact in &result.file.artifacts {
        let path = artifact.path.to_ascii_lowercase();
        if [".jpg", ".jpeg", ".png"]
            .iter()
            .any(|end| path.ends_with(end))
        {
            pictures += 1;
        } else {
            files.push(format!(
                "{}: {}",
                Prose(&crate::verdict::capitalised(&artifact.kind)),
                Name(&night.shown(&result.dir.join(&artifact.path)))
            ));
        }
    }
    if pictures > 0 {
        files.push(format!("{} beside them", counted(pictures, "picture")));
    }
    files
}

fn dataset(info: &DatasetInfo) -> String {
    format!(
        "Samples: {} of {} of {} ({}, {}; content {})",
        count(info.n),
        counted(info.n_total, "sample"),
        Name(&info.name),
        Prose(&info.format),
        Name(&info.path),
        Name(short(&info.content_sha256)),
    )
}

fn backend(info: &BackendInfo) -> String {
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
