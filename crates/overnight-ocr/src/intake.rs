//! From an input to upright pixels, and from nothing to a prediction that says so.

use std::borrow::Cow;
use std::time::Instant;

use image::RgbImage;
use overnight_image::{Limits, decode};
use overnight_record::result::BackendInfo;
use overnight_record::{Prediction, PredictionStatus, TimingsMs};

use crate::{ImageInput, ImageSource};

/// Milliseconds since `start`.
pub(crate) fn ms_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}

/// Decodes the input if need be; the time is `None` for pixels.
///
/// # Errors
/// The reason in one line.
pub(crate) fn pixels_of(input: &ImageInput) -> Result<(Cow<'_, RgbImage>, Option<f64>), String> {
    match &input.source {
        ImageSource::Pixels(image) if image.width() == 0 || image.height() == 0 => Err(format!(
            "the image is {}x{} pixels",
            image.width(),
            image.height()
        )),
        ImageSource::Pixels(image) => Ok((Cow::Borrowed(image.as_ref()), None)),
        ImageSource::Encoded(bytes) => {
            let start = Instant::now();
            let decoded = decode(bytes, &Limits::default()).map_err(|error| reason_of(&error))?;
            Ok((Cow::Owned(decoded.image), Some(ms_since(start))))
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
    }
}
