//! The size an image is sent in.

/// Width and height that Qwen2-VL's image processor would give an image, so that it finds
/// nothing left to do: multiples of `patch` near the image's own shape, with `min_pixels` to
/// `max_pixels` in all (the upper bound holds exactly unless one patch a side is more).
///
/// Source: `smart_resize` in `image_processing_qwen2_vl.py` of Hugging Face `transformers`,
/// with the floor of one patch a side that `qwen-vl-utils` adds.
pub(super) fn smart_size(
    (width, height): (u32, u32),
    patch: u32,
    min_pixels: u64,
    max_pixels: u64,
) -> (u32, u32) {
    let patch = f64::from(patch.max(1));
    let (w, h) = (f64::from(width.max(1)), f64::from(height.max(1)));
    // Python's `round`: ties go to the even neighbour.
    let near = |side: f64| ((side / patch).round_ties_even() * patch).max(patch);
    let (mut across, mut down) = (near(w), near(h));
    if across * down > max_pixels as f64 {
        let beta = (w * h / max_pixels as f64).sqrt();
        let less = |side: f64| ((side / beta / patch).floor() * patch).max(patch);
        (across, down) = (less(w), less(h));
    } else if across * down < min_pixels as f64 {
        let beta = (min_pixels as f64 / (w * h)).sqrt();
        let more = |side: f64| (side * beta / patch).ceil() * patch;
        (across, down) = (more(w), more(h));
    }
    (across as u32, down as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of transformers' function for (height, width) with min 3136 and max 1,003,520.
    #[test]
    fn sizes_are_those_of_the_reference() {
        let size = |w, h| smart_size((w, h), 28, 3136, 1_003_520);
        for (image, expected) in SIZES {
            assert_eq!(size(image.0, image.1), expected, "{image:?}");
        }
    }

    const SIZES: [((u32, u32), (u32, u32)); 11] = [
        ((28, 28), (56, 56)),
        ((42, 70), (56, 56)),
        ((640, 480), (644, 476)),
        ((463, 1013), (476, 1008)),
        ((1240, 1754), (840, 1176)),
        ((3000, 3000), (980, 980)),
        ((4961, 7016), (840, 1176)),
        ((100, 30), (112, 28)),
        ((56, 56), (56, 56)),
        ((98, 1000), (112, 1008)),
        ((2480, 3508), (840, 1176)),
    ];

    #[test]
    fn sides_stay_multiples_and_within_bounds() {
        for (w, h) in [(1, 1), (10_000, 20), (14, 42), (4961, 7016), (3000, 3000)] {
            let (across, down) = smart_size((w, h), 28, 3136, 2_007_040);
            assert!(across % 28 == 0 && down % 28 == 0 && across > 0 && down > 0);
            assert!(u64::from(across) * u64::from(down) <= 2_007_040);
            assert_eq!(
                smart_size((across, down), 28, 3136, 2_007_040),
                (across, down)
            );
        }
    }
}
