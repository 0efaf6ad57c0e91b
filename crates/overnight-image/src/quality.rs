//! How far two images are apart.

use image::RgbImage;

/// Two images that cannot be compared pixel by pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "failed to compare images of {}x{} and {}x{} pixels",
    first[0],
    first[1],
    second[0],
    second[1]
)]
pub struct SizeMismatch {
    /// Width and height of the first image.
    pub first: [u32; 2],
    /// Width and height of the second image.
    pub second: [u32; 2],
}

/// Peak signal-to-noise ratio in dB over all channels: `10 log10(255^2 / MSE)`; `None`
/// when the images are equal, where it is infinite.
///
/// # Errors
/// [`SizeMismatch`].
pub fn psnr_db(a: &RgbImage, b: &RgbImage) -> Result<Option<f64>, SizeMismatch> {
    if a.dimensions() != b.dimensions() {
        return Err(SizeMismatch {
            first: a.dimensions().into(),
            second: b.dimensions().into(),
        });
    }
    let squares: u64 = a
        .as_raw()
        .iter()
        .zip(b.as_raw())
        .map(|(x, y)| u64::from(x.abs_diff(*y)).pow(2))
        .sum();
    if squares == 0 {
        return Ok(None);
    }
    let mean = squares as f64 / a.as_raw().len() as f64;
    Ok(Some(10.0 * (255.0_f64.powi(2) / mean).log10()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let black = RgbImage::new(4, 3);
        let white = RgbImage::from_pixel(4, 3, image::Rgb([255; 3]));
        let dim = RgbImage::from_pixel(4, 3, image::Rgb([1; 3]));
        assert_eq!(psnr_db(&black, &black), Ok(None));
        assert!(psnr_db(&black, &white).unwrap().unwrap().abs() < 1e-12);
        assert!((psnr_db(&black, &dim).unwrap().unwrap() - 48.130_803_608_679).abs() < 1e-9);
        assert!(psnr_db(&black, &RgbImage::new(3, 4)).is_err());
    }
}
