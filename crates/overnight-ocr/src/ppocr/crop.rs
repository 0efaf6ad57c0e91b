//! Cutting a line out of an image and laying it straight.

use image::RgbImage;

use crate::Quad;

/// A crop at least this much taller than wide is taken for upright writing and turned.
pub(super) const TURN_RATIO: f32 = 1.5;

/// The pixels inside `quad` as an upright image, in the image's own resolution: the four
/// corners are joined bilinearly (exact for rectangles, turned or not) and sampled
/// bilinearly; outside the image the border is continued. A crop of at least
/// [`TURN_RATIO`] times its width in height is turned by a quarter, anticlockwise.
pub(super) fn cut_line(image: &RgbImage, quad: &Quad) -> RgbImage {
    let [a, b, c, d] = *quad;
    let (columns, rows) = size(image, quad);
    let mut line = RgbImage::new(columns, rows);
    for (x, y, pixel) in line.enumerate_pixels_mut() {
        let u = (x as f32 + 0.5) / columns as f32;
        let v = (y as f32 + 0.5) / rows as f32;
        let at = |i: usize| {
            let top = a[i] + (b[i] - a[i]) * u;
            let bottom = d[i] + (c[i] - d[i]) * u;
            top + (bottom - top) * v
        };
        pixel.0 = sample(image, at(0) - 0.5, at(1) - 0.5);
    }
    if is_upright_writing(columns, rows) {
        image::imageops::rotate270(&line)
    } else {
        line
    }
}

/// The quad with its corners clockwise from the first one of the crop that [`cut_line`] makes
/// of it: where the text starts, unless it stands on its head. `quad` is in pixels of `image`.
pub(super) fn as_cut(image: &RgbImage, quad: &Quad) -> Quad {
    let (columns, rows) = size(image, quad);
    let mut quad = *quad;
    quad.rotate_left(usize::from(is_upright_writing(columns, rows)));
    quad
}

/// Columns and rows of a quad's pixels before they are turned.
fn size(image: &RgbImage, quad: &Quad) -> (u32, u32) {
    let [a, b, c, d] = *quad;
    let width = distance(a, b).max(distance(d, c));
    let height = distance(a, d).max(distance(b, c));
    // A quad from elsewhere may be anything; a crop is never larger than the image's diagonal.
    let longest = (image.width() as f32).hypot(image.height() as f32);
    let side = |length: f32| length.min(longest).round().max(1.0) as u32;
    (side(width), side(height))
}

fn is_upright_writing(columns: u32, rows: u32) -> bool {
    rows as f32 >= columns as f32 * TURN_RATIO
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (b[0] - a[0]).hypot(b[1] - a[1])
}

/// Bilinear sample; integer coordinates are pixel centres.
fn sample(image: &RgbImage, x: f32, y: f32) -> [u8; 3] {
    let (x0, x1, fx) = neighbours(x, image.width());
    let (y0, y1, fy) = neighbours(y, image.height());
    let width = image.width() as usize;
    let raw = image.as_raw();
    let at = |x: usize, y: usize, channel: usize| f32::from(raw[(y * width + x) * 3 + channel]);
    std::array::from_fn(|channel| {
        let top = at(x0, y0, channel) * (1.0 - fx) + at(x1, y0, channel) * fx;
        let bottom = at(x0, y1, channel) * (1.0 - fx) + at(x1, y1, channel) * fx;
        (top * (1.0 - fy) + bottom * fy + 0.5) as u8
    })
}

/// The two pixels around a coordinate, clamped into the image, and the share of the second.
fn neighbours(at: f32, length: u32) -> (usize, usize, f32) {
    let last = length.saturating_sub(1) as usize;
    // NaN falls to 0 here.
    let clamped = at.max(0.0).min(last as f32);
    let first = clamped as usize;
    (first, (first + 1).min(last), clamped - first as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered() -> RgbImage {
        RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8 * 5, y as u8 * 7, 0]))
    }

    #[test]
    fn an_upright_box_is_cut_pixel_by_pixel() {
        let line = cut_line(
            &numbered(),
            &[[4.0, 6.0], [20.0, 6.0], [20.0, 14.0], [4.0, 14.0]],
        );
        assert_eq!(line.dimensions(), (16, 8));
        assert_eq!(line.get_pixel(0, 0).0, [20, 42, 0]);
        assert_eq!(line.get_pixel(15, 7).0, [95, 91, 0]);
    }

    #[test]
    fn upright_writing_is_turned_anticlockwise() {
        let tall = [[4.0, 2.0], [12.0, 2.0], [12.0, 22.0], [4.0, 22.0]];
        let line = cut_line(&numbered(), &tall);
        assert_eq!(line.dimensions(), (20, 8));
        // The right edge becomes the top: the first pixel comes from the top right corner.
        assert_eq!(line.get_pixel(0, 0).0, [55, 14, 0]);
        let turned = as_cut(&numbered(), &tall);
        assert_eq!(turned[0], [12.0, 2.0]);
        assert_eq!(cut_line(&numbered(), &turned), line);
        assert_eq!(as_cut(&numbered(), &turned), turned);
    }

    #[test]
    fn a_box_outside_or_without_sense_gives_some_pixels() {
        for bad in [f32::NAN, f32::INFINITY, -1e9, 1e9] {
            let line = cut_line(
                &numbered(),
                &[[bad, bad], [9.0, 9.0], [bad, 9.0], [0.0, bad]],
            );
            assert!(line.width() >= 1 && line.height() >= 1);
        }
    }
}
