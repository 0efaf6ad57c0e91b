//! One image in every arm.

use std::time::Instant;

use overnight_image::{Encoding, Limits, RgbImage, decode, encode, psnr_db};
use overnight_metrics::median;

use crate::reason::reason;
use crate::stopwatch::milliseconds_since;

/// Milliseconds of decoding, all arms together, up to which an image is decoded again.
const DECODING_MS: f64 = 200.0;
/// Decodes of one image in one arm at most, unless the caller asks for more.
const REPEATS_MAX: usize = 15;

/// What one arm did to one image.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measured {
    /// Bytes of the encoded image.
    pub(crate) bytes: Vec<u8>,
    /// Milliseconds to encode; `None` for the source.
    pub(crate) encode_ms: Option<f64>,
    /// Median milliseconds to decode.
    pub(crate) decode_ms: f64,
    /// Peak signal-to-noise ratio against the source in dB; `None` when equal.
    pub(crate) psnr_db: Option<f64>,
}

/// One image in all arms.
#[derive(Debug)]
pub(crate) struct MeasuredImage {
    /// Width and height of the upright source.
    pub(crate) size: [u32; 2],
    /// The source.
    pub(crate) source: Measured,
    /// The encodings in the order asked for, or why one failed.
    pub(crate) arms: Vec<Result<Measured, String>>,
}

/// Encodes an image in every arm and times decoding, at least `repeats` times, arms
/// interleaved in an order that rotates with `turn`, so that no arm always follows the same
/// other.
///
/// # Errors
/// Why the source cannot be decoded, in one line.
pub(crate) fn measure(
    file: Vec<u8>,
    encodings: &[Encoding],
    repeats: usize,
    turn: usize,
) -> Result<MeasuredImage, String> {
    let pixels = decoded(&file)?;
    let mut arms = vec![Ok((file, None, None))];
    for encoding in encodings {
        arms.push(encode_one(&pixels, *encoding));
    }
    let size = [pixels.width(), pixels.height()];
    drop(pixels);
    let mut times = vec![Vec::new(); arms.len()];
    let mut repeat = 0;
    while repeat < repeats.max(1) || has_time_left(repeat, &times) {
        for index in rotation(arms.len(), turn + repeat) {
            if let Ok((bytes, _, _)) = &arms[index] {
                let started = Instant::now();
                // Every copy was decoded without complaint before.
                let image = decoded(bytes);
                times[index].push(milliseconds_since(started));
                drop(image);
            }
        }
        repeat += 1;
    }
    let mut measured = arms.into_iter().zip(times).map(|(arm, times)| {
        arm.map(|(bytes, encode_ms, psnr_db)| Measured {
            bytes,
            encode_ms,
            decode_ms: median(&times).unwrap_or_default(),
            psnr_db,
        })
    });
    let source = measured.next().unwrap_or_else(|| Err("no source".into()))?;
    Ok(MeasuredImage {
        size,
        source,
        arms: measured.collect(),
    })
}

/// A small image decodes in a few milliseconds, less than what another process may steal at
/// once; so it is decoded more often, within [`DECODING_MS`] and [`REPEATS_MAX`].
fn has_time_left(repeat: usize, times: &[Vec<f64>]) -> bool {
    repeat < REPEATS_MAX && times.iter().flatten().sum::<f64>() < DECODING_MS
}

type Encoded = (Vec<u8>, Option<f64>, Option<f64>);

fn encode_one(pixels: &RgbImage, encoding: Encoding) -> Result<Encoded, String> {
    let started = Instant::now();
    let bytes = encode(pixels, encoding).map_err(|error| reason(&error))?;
    let encode_ms = milliseconds_since(started);
    let back = decoded(&bytes)?;
    let psnr = psnr_db(pixels, &back).map_err(|error| reason(&error))?;
    Ok((bytes, Some(encode_ms), psnr))
}

fn decoded(bytes: &[u8]) -> Result<RgbImage, String> {
    match decode(bytes, &Limits::default()) {
        Ok(decoded) => Ok(decoded.image),
        Err(error) => Err(reason(&error)),
    }
}

/// The numbers `0..n` beginning at `turn`.
pub(crate) fn rotation(n: usize, turn: usize) -> impl Iterator<Item = usize> {
    (0..n).map(move |place| (place + turn) % n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> RgbImage {
        RgbImage::from_fn(64, 48, |x, y| {
            let ink = if (x / 5 + y / 7) % 3 == 0 { 30 } else { 235 };
            [ink, ink, 255 - ink / 2].into()
        })
    }

    #[test]
    fn every_arm_is_measured_and_lossless_ones_are_equal() {
        let file = encode(&picture(), Encoding::Png).unwrap();
        let n_bytes = file.len();
        let encodings = [Encoding::WebP { quality: 80 }, Encoding::WebPLossless];
        let image = measure(file, &encodings, 3, 1).unwrap();
        assert_eq!((image.size, image.source.bytes.len()), ([64, 48], n_bytes));
        assert_eq!((image.source.encode_ms, image.source.psnr_db), (None, None));
        let [Ok(lossy), Ok(lossless)] = image.arms.as_slice() else {
            panic!("{image:?}");
        };
        assert!(lossy.psnr_db.is_some() && lossless.psnr_db.is_none());
        assert!(lossy.decode_ms > 0.0 && lossy.encode_ms.unwrap() > 0.0);
    }

    #[test]
    fn a_broken_file_is_a_reason_and_a_failing_arm_stays_alone() {
        assert!(measure(b"nothing".to_vec(), &[], 3, 0).is_err());
        let long = RgbImage::from_pixel(16_384, 1, [200; 3].into());
        let file = encode(&long, Encoding::Png).unwrap();
        let encodings = [Encoding::WebPLossless, Encoding::Jpeg { quality: 90 }];
        let image = measure(file, &encodings, 1, 0).unwrap();
        assert!(image.arms[0].is_err() && image.arms[1].is_ok());
    }

    #[test]
    fn the_order_rotates() {
        assert_eq!(rotation(3, 4).collect::<Vec<_>>(), [1, 2, 0]);
    }
}
