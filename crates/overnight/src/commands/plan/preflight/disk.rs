//! Free space, now and after a night like the last one.

use std::fs;
use std::path::{Path, PathBuf};

use overnight_plan::format_size;

use super::{Depth, Findings, Note, Scene};

/// Files that are counted before a folder is taken to be as large as it was found so far.
const MOST_FILES: usize = 200_000;

pub(super) fn look(scene: &Scene<'_>, depth: Depth, findings: &mut Findings) {
    let Ok(disk) = rustix::fs::statvfs(&scene.context.project) else {
        return;
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let least = scene.config.run.disk_min_free.0;
    if free < least {
        let message = format!(
            "{} of disk are free; the night pauses below {}",
            rounded(free),
            format_size(least)
        );
        findings.problem(
            "disk_space",
            None,
            message,
            Some("free some, or lower `disk_min_free`"),
        );
        return;
    }
    if depth == Depth::Fast {
        return;
    }
    if let Some((run, size)) = last_night(scene)
        && free < least.saturating_add(size)
    {
        findings.note(Note {
            kind: "disk_forecast",
            message: format!(
                "{} of disk are free; the night {run} left {}, and below {} a night pauses",
                rounded(free),
                rounded(size),
                format_size(least)
            ),
            ..Note::default()
        });
    }
}

fn rounded(bytes: u64) -> String {
    format_size((bytes >> 20).max(1) << 20)
}

/// The last run that left a folder, and what its folders hold in bytes.
fn last_night(scene: &Scene<'_>) -> Option<(String, u64)> {
    let places = [
        &scene.config.project.logs,
        &scene.config.project.large_artifacts,
    ]
    .map(|place| scene.context.project.join(place));
    let mut runs: Vec<String> = places
        .iter()
        .filter_map(|place| fs::read_dir(place).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        // A run's name begins with its date.
        .filter(|name| name.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    runs.sort();
    let run = runs.pop()?;
    let size = places.iter().map(|place| size_of(&place.join(&run))).sum();
    Some((run, size))
}

/// Bytes of the files below a folder; links are not followed.
fn size_of(folder: &Path) -> u64 {
    let mut size = 0;
    let mut files = 0;
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(meta) = entry.metadata() else {
                continue;
            };
            if meta.is_dir() {
                folders.push(entry.path());
            } else if meta.is_file() {
                size += meta.len();
                files += 1;
            }
            if files >= MOST_FILES {
                return size;
            }
        }
    }
    size
}
