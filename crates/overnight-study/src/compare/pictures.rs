//! The pictures of hard samples.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use overnight_image::{Limits, RgbImage, crop, decode, thumbnail_jpeg};
use overnight_record::result::{Artifact, HardSample};
use overnight_record::store::{self, StoreError};
use overnight_record::{Progress, StopFlag};
use rayon::prelude::*;

use super::CompareSpec;
use super::hard::Found;

/// Longer side of the reduced copy, in pixels.
const THUMBNAIL_SIDE: u32 = 480;
/// Longer side of the picture of a line, in pixels.
const CROP_SIDE: u32 = 960;
/// JPEG quality of both.
const QUALITY: u8 = 70;

/// Writes the pictures of every hard sample and names them in its row. An image that cannot
/// be decoded has none.
pub(super) fn export(
    spec: &CompareSpec<'_>,
    hard: Vec<Found<'_>>,
    progress: &dyn Progress,
    stop: &StopFlag,
) -> Result<(Vec<HardSample>, Vec<Artifact>), StoreError> {
    progress.begin("exporting hard samples", hard.len() as u64);
    let exported: Result<Vec<HardSample>, StoreError> = hard
        .into_par_iter()
        .enumerate()
        .map(|(rank, found)| {
            let row = if stop.is_requested() {
                Ok(found.row)
            } else {
                pictures_of(spec, rank, found)
            };
            progress.advance(1);
            row
        })
        .collect();
    progress.end();
    let rows = exported?;
    let artifacts: Vec<Artifact> = rows
        .iter()
        .flat_map(|row| [&row.thumbnail, &row.crop])
        .flatten()
        .map(|path| Artifact {
            path: path.clone(),
            kind: "hard-sample image".to_owned(),
        })
        .collect();
    remove_stale(spec, &artifacts);
    Ok((rows, artifacts))
}

fn pictures_of(
    spec: &CompareSpec<'_>,
    rank: usize,
    found: Found<'_>,
) -> Result<HardSample, StoreError> {
    let mut row = found.row;
    let decoded = std::fs::read(&found.sample.path)
        .ok()
        .and_then(|bytes| decode(&bytes, &Limits::default()).ok());
    let Some(decoded) = decoded else {
        return Ok(row);
    };
    let stem = format!("{:02}-{}", rank + 1, safe_name(&row.id));
    let save = |image: &RgbImage, side: u32, name: String| -> Result<Option<String>, StoreError> {
        let Ok(jpeg) = thumbnail_jpeg(image, side, QUALITY) else {
            return Ok(None);
        };
        let path = spec.hard_samples_dir.join(name);
        store::write_atomically(&path, &jpeg)?;
        Ok(Some(shown(&path, spec.result_dir.as_deref())))
    };
    row.thumbnail = save(&decoded.image, THUMBNAIL_SIDE, format!("{stem}.jpg"))?;
    if let Some(part) = found.region.and_then(|region| cut(&decoded.image, region)) {
        row.crop = save(&part, CROP_SIDE, format!("{stem}-line.jpg"))?;
    }
    Ok(row)
}

/// The region clipped to the image; `None` when it lies outside.
fn cut(image: &RgbImage, [left, top, width, height]: [f32; 4]) -> Option<RgbImage> {
    let clip = |from: f32, length: f32, limit: u32| {
        let (from, to) = (from.max(0.0), (from + length).min(limit as f32));
        (to - from >= 1.0).then_some((from as u32, (to - from).ceil() as u32))
    };
    let (x, width) = clip(left, width, image.width())?;
    let (y, height) = clip(top, height, image.height())?;
    Some(crop(image, x, y, width, height))
}

/// Removes pictures that an earlier comparison left in the same folder. They are only in
/// the way, so a failure to remove one changes nothing.
fn remove_stale(spec: &CompareSpec<'_>, artifacts: &[Artifact]) {
    let name_of = |path: &Path| path.file_name().map(std::ffi::OsStr::to_owned);
    let current: HashSet<_> = artifacts
        .iter()
        .filter_map(|artifact| name_of(Path::new(&artifact.path)))
        .collect();
    let Ok(entries) = std::fs::read_dir(&spec.hard_samples_dir) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_picture = path.extension().is_some_and(|extension| extension == "jpg");
        if is_picture && name_of(&path).is_some_and(|name| !current.contains(&name)) {
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// The path as the result gives it: relative to the result's folder when it lies below.
pub(super) fn shown(path: &Path, result_dir: Option<&Path>) -> String {
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
    id.chars()
        .map(|c| {
            if c.is_alphanumeric() || c == '-' || c == '_' {
                c
            } else {
                '_'
            }
        })
        .take(60)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_clipped() {
        let image = RgbImage::new(100, 50);
        let size = |region| cut(&image, region).map(|part| part.dimensions());
        assert_eq!(size([-10.0, -10.0, 30.0, 30.0]), Some((20, 20)));
        assert_eq!(size([90.0, 40.0, 30.0, 30.0]), Some((10, 10)));
        assert_eq!(size([200.0, 0.0, 30.0, 30.0]), None);
    }

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
