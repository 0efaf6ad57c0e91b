//! Steps that read images, and where the plan wants what they read.

use overnight_record::StepId;

use super::{Surroundings, command, native};
use crate::document::{Plan, Task};

/// The steps of a plan that read images by themselves.
#[derive(Debug)]
pub(super) struct Readings<'a> {
    /// The backend that stands for a vision language model.
    pub(super) vlm: &'a str,
    all: Vec<Reading>,
}

/// A step that reads images.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) step: StepId,
    is_of_vlm: bool,
    /// Where what it read belongs besides the run's own folder.
    pub(super) place: Option<Place>,
    /// The step whose words say so.
    saved_by: Option<StepId>,
}

/// A place a plan names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// As `--out` has it: a file, or a folder with `/` at its end.
    pub(super) out: String,
    /// The predictions file there.
    pub(super) file: String,
    /// The folder that is written to.
    pub(super) folder: String,
}

impl<'a> Readings<'a> {
    /// Those of `plan` that name no command that can run here.
    pub(super) fn of(plan: &Plan, around: &Surroundings<'a>) -> Self {
        let mut all = Vec::new();
        for task in plan.tasks() {
            all.extend(of_task(task, around));
        }
        Self {
            vlm: around.vlm,
            all,
        }
    }

    /// The first with a vision language model.
    pub(super) fn of_vlm(&self) -> Option<&Reading> {
        self.all.iter().find(|reading| reading.is_of_vlm)
    }

    /// Where what `step` reads belongs.
    pub(super) fn place_of(&self, step: StepId) -> Option<&Place> {
        let reading = self.all.iter().find(|reading| reading.step == step)?;
        reading.place.as_ref()
    }

    /// The reading that `step` wants saved, and where.
    pub(super) fn saved_by(&self, step: StepId) -> Option<(StepId, &Place)> {
        let is_it = |reading: &&Reading| reading.saved_by == Some(step);
        let reading = self.all.iter().find(is_it)?;
        Some((reading.step, reading.place.as_ref()?))
    }

    /// The folders that are written to.
    pub(super) fn folders(&self) -> Vec<String> {
        let places = self.all.iter().filter_map(|reading| reading.place.as_ref());
        let mut folders: Vec<String> = places.map(|place| place.folder.clone()).collect();
        folders.sort();
        folders.dedup();
        folders
    }
}

fn of_task(task: &Task, around: &Surroundings<'_>) -> Vec<Reading> {
    let mut found: Vec<Reading> = Vec::new();
    for step in &task.steps {
        let text = &step.text;
        if native::is_saving(text) {
            if let Some(last) = found.last_mut()
                && last.place.is_none()
                && let Some(place) = place_in(text)
            {
                last.place = Some(place);
                last.saved_by = Some(step.id);
            }
        } else if native::is_reading(task, text)
            && !matches!(command::from_text(text, around), command::Found::Command(_))
        {
            let lower = text.to_lowercase();
            let saves = ["save", "store", "write"]
                .iter()
                .any(|word| lower.contains(word));
            found.push(Reading {
                step: step.id,
                is_of_vlm: native::is_about_vlm(text),
                place: saves.then(|| place_in(text)).flatten(),
                saved_by: None,
            });
        }
    }
    found
}

/// The first place in the project that stands between back-ticks and can take predictions: a
/// folder, or a file that ends in `.jsonl` or `.parquet`.
fn place_in(text: &str) -> Option<Place> {
    command::inline_code(text).into_iter().find_map(place)
}

fn place(code: &str) -> Option<Place> {
    let code = code.trim();
    let path = code.strip_prefix("./").unwrap_or(code);
    let plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    let is_inside = path.contains('/')
        && !path.starts_with('/')
        && path.chars().all(plain)
        && path
            .trim_end_matches('/')
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != ".." && !part.starts_with('-'));
    if !is_inside {
        return None;
    }
    let (above, name) = path.trim_end_matches('/').rsplit_once('/').unzip();
    let name = name.unwrap_or(path.trim_end_matches('/'));
    if !path.ends_with('/') && (name.ends_with(".jsonl") || name.ends_with(".parquet")) {
        return Some(Place {
            out: path.to_owned(),
            file: path.to_owned(),
            folder: above?.to_owned(),
        });
    }
    // A name with another ending is a file of a form we do not write.
    if !path.ends_with('/') && name.contains('.') {
        return None;
    }
    let folder = path.trim_end_matches('/');
    Some(Place {
        out: format!("{folder}/"),
        file: format!("{folder}/predictions.jsonl"),
        folder: folder.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_folders_and_files_of_predictions() {
        for (code, out, file, folder) in [
            ("a/b/", "a/b/", "a/b/predictions.jsonl", "a/b"),
            ("./a/b", "a/b/", "a/b/predictions.jsonl", "a/b"),
            ("out/", "out/", "out/predictions.jsonl", "out"),
            ("a/p.jsonl", "a/p.jsonl", "a/p.jsonl", "a"),
        ] {
            let found = place(code).unwrap_or_else(|| panic!("{code}"));
            let shown = (&*found.out, &*found.file, &*found.folder);
            assert_eq!(shown, (out, file, folder));
        }
        for code in [
            "/abs/", "../up/", "a//b/", "a b/", "word", "p.jsonl", "a/p.csv", "a/$X/", "a/-x/",
            "/", "",
        ] {
            assert_eq!(place(code), None, "{code}");
        }
    }
}
