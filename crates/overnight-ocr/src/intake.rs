//! From an input to upright pixels, and from nothing to a prediction that says so.

use std::borrow::Cow;
use std::time::Instant;

use image::RgbImage;
use overnight_image::{Enough, Limits, Reduction, decode_enough};
use overnight_record::result::BackendInfo;
use overnight_record::{Prediction, PredictionStatus, TimingsMs};

use crate::{ImageInput, ImageSource};

/// Milliseconds since `start`.
pub(crate) fn ms_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}

/// An input as a backend reads it.
pub(crate) struct Upright<'a> {
    /// Upright pixels.
    pub(crate) image: Cow<'a, RgbImage>,
    /// Their place in the original.
    pub(crate) reduction: Reduction,
    /// What decoding took; `None` for pixels.
    pub(crate) decode_ms: Option<f64>,
    /// What was done to the image, for [`Prediction::notes`].
    pub(crate) notes: Vec<String>,
}

/// Decodes the input if need be, a large JPEG image no larger than is `enough`.
///
/// # Errors
/// The reason in one line.
pub(crate) fn upright(input: &ImageInput, enough: Enough) -> Result<Upright<'_>, String> {
    match &input.source {
        ImageSource::Pixels(image) if image.width() == 0 || image.height() == 0 => Err(format!(
            "the image is {}x{} pixels",
            image.width(),
            image.height()
        )),
        ImageSource::Pixels(image) => Ok(Upright {
            image: Cow::Borrowed(image.as_ref()),
            reduction: Reduction::none(image.width(), image.height()),
            decode_ms: None,
            notes: Vec::new(),
        }),
        ImageSource::Encoded(bytes) => {
            let start = Instant::now();
            let decoded = decode_enough(bytes, &Limits::default(), enough)
                .map_err(|error| reason_of(&error))?;
            Ok(Upright {
                image: Cow::Owned(decoded.image),
                reduction: decoded.reduction,
                decode_ms: Some(ms_since(start)),
                notes: decoded.notes,
            })
        }
    }
}

/// An error with its causes in one line. Some errors repeat their cause in their own
/// message; it is said once.
pub(crate) fn reason_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text.replace('\n', " ")
}

/// A prediction without text.
pub(crate) fn without_text(
    info: &BackendInfo,
    input: &ImageInput,
    status: PredictionStatus,
    timings_ms: TimingsMs,
    error: Option<String>,
) -> Prediction {
    Prediction {
        id: input.id.clone(),
        image: input.image.clone(),
        image_sha256: input.sha256.clone(),
        backend: info.name.clone(),
        fingerprint: info.fingerprint.clone(),
        status,
        text: String::new(),
        lines: Vec::new(),
        timings_ms,
        usage: None,
        attempts: 1,
        error,
        notes: Vec::new(),
        finish_reason: None,
        raw: None,
        fields: Default::default(),
        attempt_log: Vec::new(),
    }
}
