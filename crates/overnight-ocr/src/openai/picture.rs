//! An image as it is sent: upright, of a size the model takes as it is, PNG or JPEG.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;
use overnight_image::{Encoding, Enough, Format, encode, resize};

use super::smart_size::smart_size;
use super::spec::PictureSpec;
use crate::intake::{Upright, ms_since, upright};
use crate::{ImageInput, ImageSource};

/// Largest file that is sent as it is, in bytes.
const MOST_AS_IS: usize = 4 << 20;
/// A large JPEG is decoded to no fewer than so many times the pixels that are sent.
const DECODED_OVER_SENT: u64 = 4;

/// An image on its way to a server.
#[derive(Debug)]
pub(super) struct Picture {
    /// Width and height as it is sent.
    pub(super) size: (u32, u32),
    /// `data:image/jpeg;base64,...`.
    pub(super) data_url: String,
    /// What was done to it.
    pub(super) notes: Vec<String>,
    /// What making it took, in milliseconds.
    pub(super) ms: f64,
}

/// Why there is no picture.
#[derive(Debug)]
pub(super) struct NoPicture(pub(super) String);

impl Picture {
    /// Makes the picture of an image with at most `max_pixels` pixels, which a second try may
    /// set below the spec's. A JPEG or PNG file that is upright and has the right size already
    /// is sent as it is.
    ///
    /// # Errors
    /// [`NoPicture`] when the image cannot be decoded or encoded.
    pub(super) fn of(
        input: &ImageInput,
        spec: &PictureSpec,
        max_pixels: u64,
    ) -> Result<Self, NoPicture> {
        let start = Instant::now();
        // Twice as long a side as is sent, at least: reducing then still averages.
        let enough = Enough {
            pixels: max_pixels.saturating_mul(DECODED_OVER_SENT),
            shorter_side: 1,
        };
        let Upright {
            image, mut notes, ..
        } = upright(input, enough).map_err(NoPicture)?;
        let size = smart_size(
            image.dimensions(),
            spec.patch,
            spec.min_pixels.min(max_pixels),
            max_pixels,
        );
        if let Some((mime, bytes)) = as_it_is(input, &image, size, &notes) {
            return Ok(Self {
                size,
                data_url: data_url(mime, bytes),
                notes,
                ms: ms_since(start),
            });
        }
        let (width, height) = image.dimensions();
        let encoded = match size == (width, height) {
            true => encode(&image, spec.encoding),
            false => {
                notes.push(format!(
                    "sent as {}x{} of {width}x{height} pixels",
                    size.0, size.1
                ));
                encode(&resize(&image, size.0, size.1), spec.encoding)
            }
        };
        let bytes = encoded.map_err(|error| NoPicture(error.to_string()))?;
        let mime = match spec.encoding {
            Encoding::Png => "image/png",
            Encoding::Jpeg { .. } => "image/jpeg",
            Encoding::WebP { .. } | Encoding::WebPLossless => "image/webp",
        };
        Ok(Self {
            size,
            data_url: data_url(mime, &bytes),
            notes,
            ms: ms_since(start),
        })
    }

    /// Pixels as it is sent.
    pub(super) fn pixels(&self) -> u64 {
        u64::from(self.size.0) * u64::from(self.size.1)
    }
}

/// The bytes of a file that a server would decode to the very picture we would send.
fn as_it_is<'a>(
    input: &'a ImageInput,
    image: &RgbImage,
    size: (u32, u32),
    notes: &[String],
) -> Option<(&'static str, &'a [u8])> {
    let ImageSource::Encoded(bytes) = &input.source else {
        return None;
    };
    let mime = match Format::of(bytes)? {
        Format::Jpeg => "image/jpeg",
        Format::Png => "image/png",
        _ => return None,
    };
    // A note says that decoding was more than decoding: turned, reduced, on white.
    let is_plain = notes.is_empty() && image.dimensions() == size;
    (is_plain && bytes.len() <= MOST_AS_IS).then_some((mime, bytes))
}

fn data_url(mime: &str, bytes: &[u8]) -> String {
    let mut url = format!("data:{mime};base64,");
    STANDARD.encode_string(bytes, &mut url);
    url
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn input(image: &RgbImage, encoding: Encoding) -> ImageInput {
        ImageInput {
            id: "a".to_owned(),
            image: "a".to_owned(),
            sha256: String::new(),
            source: ImageSource::Encoded(Arc::from(encode(image, encoding).unwrap())),
        }
    }

    fn bytes_of(picture: &Picture) -> Vec<u8> {
        let (_, code) = picture.data_url.split_once(',').unwrap();
        STANDARD.decode(code).unwrap()
    }

    #[test]
    fn only_what_needs_nothing_is_sent_as_it_is() {
        let spec = PictureSpec::default();
        let fitting = RgbImage::from_pixel(112, 56, image::Rgb([200; 3]));
        let jpeg = input(&fitting, Encoding::Jpeg { quality: 80 });
        let picture = Picture::of(&jpeg, &spec, spec.max_pixels).unwrap();
        let ImageSource::Encoded(file) = &jpeg.source else {
            panic!("it was encoded");
        };
        assert_eq!(bytes_of(&picture), file.as_ref());
        assert!(picture.notes.is_empty() && picture.size == (112, 56));

        let webp = input(&fitting, Encoding::WebPLossless);
        let picture = Picture::of(&webp, &spec, spec.max_pixels).unwrap();
        assert!(picture.data_url.starts_with("data:image/jpeg;base64,"));

        let large = input(&RgbImage::new(1000, 900), Encoding::Png);
        let small = Picture::of(&large, &spec, 100_000).unwrap();
        assert_eq!(small.size, (308, 280));
        assert!(
            small.notes[0].contains("308x280 of 1000x900"),
            "{:?}",
            small.notes
        );
        let back = image::load_from_memory(&bytes_of(&small)).unwrap();
        assert_eq!((back.width(), back.height()), small.size);
    }

    #[test]
    fn what_is_no_image_is_said() {
        let broken = ImageInput {
            source: ImageSource::Encoded(Arc::from(&b"no image"[..])),
            ..input(&RgbImage::new(1, 1), Encoding::Png)
        };
        let spec = PictureSpec::default();
        assert!(Picture::of(&broken, &spec, spec.max_pixels).is_err());
    }
}
