//! Pictures of samples that a person should look at.

use std::path::Path;

use overnight_image::{Limits, RgbImage, crop, decode, thumbnail_jpeg};
use overnight_record::store::{self, StoreError};
use overnight_record::{Progress, StopFlag};
use rayon::prelude::*;

use crate::dataset::Sample;

/// Longer side of the reduced copy, in pixels.
const THUMBNAIL_SIDE: u32 = 480;
/// Longer side of the picture of a line, in pixels.
const CROP_SIDE: u32 = 960;
/// JPEG quality of both.
const QUALITY: u8 = 70;

/// What is to be taken.
pub(super) struct Shot<'a> {
    pub(super) sample: &'a Sample,
    /// Name of the files without `.jpg`.
    pub(super) stem: String,
    /// The part of the image to be shown larger: left, top, width, height in pixels.
    pub(super) region: Option<[f32; 4]>,
}

/// Names of the files in the folder; `None` for what could not be taken.
#[derive(Default)]
pub(super) struct Pictures {
    pub(super) thumbnail: Option<String>,
    pub(super) crop: Option<String>,
}

/// Takes every shot, in order. An image that cannot be decoded, or that is reached after a
/// stop was asked for, has none.
pub(super) fn take(
    folder: &Path,
    shots: &[Shot<'_>],
    progress: &dyn Progress,
    stop: &StopFlag,
) -> Result<Vec<Pictures>, StoreError> {
    progress.begin("taking pictures", shots.len() as u64);
    let taken = shots
        .par_iter()
        .map(|shot| {
            let pictures = if stop.is_requested() {
                Ok(Pictures::default())
            } else {
                pictures_of(folder, shot)
            };
            progress.advance(1);
            pictures
        })
        .collect();
    progress.end();
    taken
}

fn pictures_of(folder: &Path, shot: &Shot<'_>) -> Result<Pictures, StoreError> {
    let decoded = std::fs::read(&shot.sample.path)
        .ok()
        .and_then(|bytes| decode(&bytes, &Limits::default()).ok());
    let Some(decoded) = decoded else {
        return Ok(Pictures::default());
    };
    let save = |image: &RgbImage, side: u32, name: String| -> Result<Option<String>, StoreError> {
        let Ok(jpeg) = thumbnail_jpeg(image, side, QUALITY) else {
            return Ok(None);
        };
        store::write_atomically(&folder.join(&name), &jpeg)?;
        Ok(Some(name))
    };
    let stem = &shot.stem;
    let part = shot.region.and_then(|region| cut(&decoded.image, region));
    Ok(Pictures {
        thumbnail: save(&decoded.image, THUMBNAIL_SIDE, format!("{stem}.jpg"))?,
        crop: match part {
            Some(part) => save(&part, CROP_SIDE, format!("{stem}-line.jpg"))?,
            None => None,
        },
    })
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
}
