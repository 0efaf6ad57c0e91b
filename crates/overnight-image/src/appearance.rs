//! What an image looks like, in a few numbers.

use image::RgbImage;

/// Properties that OCR is said to depend on. All but the size lie in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Appearance {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Mean luminance; 1 is white.
    pub brightness: f64,
    /// 99th minus 1st percentile of the luminance: about 1 for black print on white paper, if
    /// print covers a hundredth of it.
    pub contrast: f64,
    /// How much of the contrast the steepest edges cross from one pixel to the next: the 99th
    /// percentile of the gradient's length / `contrast`, at most 1. An edge that takes four
    /// pixels from dark to light gives about 0.25. 0 for an image without contrast.
    pub sharpness: f64,
    /// Mean over pixels of (largest - smallest channel): 0 for grey.
    pub tint: f64,
}

/// Levels of a channel.
const LEVELS: usize = 256;
/// Longest gradient: 255 in both directions, rounded up.
const STEEPEST: usize = 361;

impl Appearance {
    /// Measures an image, every pixel once. The luminance is that of ITU-R BT.601 in whole
    /// levels, `(299 R + 587 G + 114 B) / 1000` rounded down; the gradient of a pixel is that
    /// to its right and its lower neighbour, its length rounded down to whole levels.
    ///
    /// ```
    /// use overnight_image::{Appearance, RgbImage};
    /// let grey = Appearance::of(&RgbImage::from_pixel(8, 8, [51; 3].into()));
    /// assert_eq!((grey.brightness, grey.contrast, grey.sharpness, grey.tint), (0.2, 0.0, 0.0, 0.0));
    /// ```
    pub fn of(image: &RgbImage) -> Self {
        let (width, height) = image.dimensions();
        let mut levels = [0_u64; LEVELS];
        let mut steepness = [0_u64; STEEPEST];
        let (mut brightness, mut tint) = (0_u64, 0_u64);
        let mut above: Vec<u8> = Vec::new();
        let mut row: Vec<u8> = Vec::with_capacity(width as usize);
        for pixels in image.rows() {
            row.clear();
            for pixel in pixels {
                let [r, g, b] = pixel.0;
                let luminance = luminance(r, g, b);
                levels[usize::from(luminance)] += 1;
                brightness += u64::from(luminance);
                tint += u64::from(r.max(g).max(b) - r.min(g).min(b));
                row.push(luminance);
            }
            if !above.is_empty() {
                count_gradients(&above, &row, &mut steepness);
            }
            std::mem::swap(&mut above, &mut row);
        }
        let n_pixels = u64::from(width) * u64::from(height);
        let mean = |sum: u64| {
            if n_pixels == 0 {
                0.0
            } else {
                sum as f64 / n_pixels as f64 / 255.0
            }
        };
        let range = percentile(&levels, 99).saturating_sub(percentile(&levels, 1));
        let steepest = percentile(&steepness, 99);
        Self {
            width,
            height,
            brightness: mean(brightness),
            contrast: range as f64 / 255.0,
            sharpness: if range == 0 {
                0.0
            } else {
                (steepest as f64 / range as f64).min(1.0)
            },
            tint: mean(tint),
        }
    }
}

fn luminance(r: u8, g: u8, b: u8) -> u8 {
    let sum = 299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b);
    u8::try_from(sum / 1000).unwrap_or(u8::MAX)
}

/// Counts the gradients of the upper row of two, its last pixel left out.
fn count_gradients(upper: &[u8], lower: &[u8], steepness: &mut [u64; STEEPEST]) {
    for ((pixel, right), below) in upper.iter().zip(&upper[1..]).zip(lower) {
        let across = u32::from(pixel.abs_diff(*right));
        let down = u32::from(pixel.abs_diff(*below));
        let length = (across * across + down * down).isqrt() as usize;
        steepness[length] += 1;
    }
}

/// The least index at which at least `percent` of the counts lie at or below; 0 without any.
fn percentile(counts: &[u64], percent: u64) -> usize {
    let total: u64 = counts.iter().sum();
    let wanted = (total * percent).div_ceil(100);
    let mut seen = 0;
    counts
        .iter()
        .position(|count| {
            seen += count;
            seen >= wanted && seen > 0
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use image::Rgb;
    use proptest::prelude::*;

    use super::*;

    /// White with black bars, each as wide as the gap, whose sides take `ramp` pixels.
    fn bars(ramp: u32) -> RgbImage {
        RgbImage::from_fn(200, 40, |x, _| {
            let place = x % 40;
            let level = match place {
                0..20 => place.min(ramp) * 255 / ramp,
                _ => 255 - (place - 20).min(ramp) * 255 / ramp,
            };
            Rgb([level as u8; 3])
        })
    }

    #[test]
    fn blurred_edges_are_less_sharp() {
        let sharpness = |ramp| Appearance::of(&bars(ramp)).sharpness;
        assert_eq!(sharpness(1), 1.0);
        assert!((sharpness(2) - 0.5).abs() < 0.01);
        assert!((sharpness(5) - 0.2).abs() < 0.01);
    }

    #[test]
    fn sharpness_does_not_ask_how_dark_the_print_is() {
        let faint = |ramp| {
            let mut image = bars(ramp);
            for pixel in image.pixels_mut() {
                pixel.0 = pixel.0.map(|level| 200 + level / 5);
            }
            Appearance::of(&image)
        };
        assert_eq!(faint(1).sharpness, 1.0);
        assert!((faint(1).contrast - 0.2).abs() < 0.001);
        assert!((faint(5).sharpness - 0.2).abs() < 0.03);
    }

    #[test]
    fn colour_is_no_brightness() {
        let sepia = Appearance::of(&RgbImage::from_pixel(3, 3, Rgb([240, 200, 150])));
        assert!((sepia.tint - 90.0 / 255.0).abs() < 1e-12);
        assert_eq!(sepia.contrast, 0.0);
        assert!((sepia.brightness - 206.0 / 255.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn every_value_has_its_range(width in 0_u32..6, height in 0_u32..6, seed in any::<u64>()) {
            let image = RgbImage::from_fn(width, height, |x, y| {
                let bits = seed.rotate_left(x * 7 + y * 13);
                Rgb([bits as u8, (bits >> 8) as u8, (bits >> 16) as u8])
            });
            let look = Appearance::of(&image);
            for value in [look.brightness, look.contrast, look.sharpness, look.tint] {
                prop_assert!((0.0..=1.0).contains(&value), "{look:?}");
            }
        }
    }
}
