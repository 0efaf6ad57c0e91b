//! Enhancements tried before recognition.

use std::fmt;
use std::str::FromStr;

use image::RgbImage;

/// A change of pixels that is said to help recognition.
///
/// ```
/// use overnight_image::Filter;
/// assert_eq!("sepia".parse::<Filter>(), Ok(Filter::Sepia));
/// assert!("sharpen".parse::<Filter>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Filter {
    /// The image as it is.
    None,
    /// The classic sepia matrix.
    Sepia,
    /// Luma in all three channels.
    Grayscale,
}

/// Text that names no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a filter; known are none, sepia and grayscale")]
pub struct ParseFilterError(String);

/// The sepia matrix spread by Microsoft's .NET samples and the W3C `sepia(100%)` filter
/// (Filter Effects Module Level 1): one row an output channel, over R, G, B.
const SEPIA: [[f32; 3]; 3] = [
    [0.393, 0.769, 0.189],
    [0.349, 0.686, 0.168],
    [0.272, 0.534, 0.131],
];

impl Filter {
    /// Every filter, `none` first.
    pub const ALL: [Self; 3] = [Self::None, Self::Sepia, Self::Grayscale];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Sepia => "sepia",
            Self::Grayscale => "grayscale",
        }
    }

    /// What it computes, in words and numbers, with its source.
    pub fn definition(self) -> &'static str {
        match self {
            Self::None => "the image as it is",
            Self::Sepia => {
                "sepia matrix of the W3C Filter Effects Module: R' = 0.393 R + 0.769 G + 0.189 B, \
                 G' = 0.349 R + 0.686 G + 0.168 B, B' = 0.272 R + 0.534 G + 0.131 B on sRGB values \
                 as they are, clipped at 255; its red row sums to 1.351 and its green row to 1.203, \
                 so light paper is brightened into saturation"
            }
            Self::Grayscale => {
                "luma Y = 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601) on sRGB values as they are, \
                 in all three channels"
            }
        }
    }

    /// Applies it.
    pub fn apply(self, image: &RgbImage) -> RgbImage {
        match self {
            Self::None => image.clone(),
            Self::Sepia => linear(image, SEPIA),
            Self::Grayscale => linear(image, [[0.299, 0.587, 0.114]; 3]),
        }
    }
}

/// Fixed-point form of a coefficient: 16 fractional bits hold 1.351 * 255 in 32 bits.
fn fixed(coefficient: f32) -> u32 {
    (coefficient * 65_536.0).round() as u32
}

/// Every output channel is a weighted sum of the input channels, rounded and clipped.
fn linear(image: &RgbImage, matrix: [[f32; 3]; 3]) -> RgbImage {
    let rows = matrix.map(|row| row.map(fixed));
    let mut changed = image.clone();
    for pixel in changed.as_mut().chunks_exact_mut(3) {
        let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
        for (value, row) in pixel.iter_mut().zip(&rows) {
            let sum = (row[0] * r + row[1] * g + row[2] * b + 32_768) >> 16;
            *value = sum.min(255) as u8;
        }
    }
    changed
}

impl FromStr for Filter {
    type Err = ParseFilterError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|filter| filter.name() == text)
            .ok_or_else(|| ParseFilterError(text.to_owned()))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(filter: Filter, rgb: [u8; 3]) -> [u8; 3] {
        let image = RgbImage::from_pixel(1, 1, image::Rgb(rgb));
        filter.apply(&image).get_pixel(0, 0).0
    }

    #[test]
    fn sepia_is_the_matrix_clipped() {
        assert_eq!(one(Filter::Sepia, [0, 0, 0]), [0, 0, 0]);
        // 0.393*100 + 0.769*50 + 0.189*20 = 81.53, and so on.
        assert_eq!(one(Filter::Sepia, [100, 50, 20]), [82, 73, 57]);
        assert_eq!(one(Filter::Sepia, [255, 255, 255]), [255, 255, 239]);
    }

    #[test]
    fn sepia_agrees_with_floating_point_everywhere() {
        for r in (0..=255).step_by(5) {
            for g in (0..=255).step_by(5) {
                for b in (0..=255).step_by(5) {
                    let got = one(Filter::Sepia, [r, g, b]);
                    for (value, row) in got.iter().zip(SEPIA) {
                        let exact =
                            (row[0] * f32::from(r) + row[1] * f32::from(g) + row[2] * f32::from(b))
                                .min(255.0);
                        assert!((f32::from(*value) - exact).abs() < 0.51);
                    }
                }
            }
        }
    }

    #[test]
    fn gray_is_gray() {
        let [r, g, b] = one(Filter::Grayscale, [200, 30, 90]);
        assert!(r == g && g == b && r == 88);
        assert_eq!(one(Filter::Grayscale, [255, 255, 255]), [255, 255, 255]);
    }
}
