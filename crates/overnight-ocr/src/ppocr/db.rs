//! From a probability map to line rectangles: the post-processing of Differentiable
//! Binarization (Liao et al., AAAI 2020), as PaddleOCR runs it.
//!
//! PaddleOCR traces the outlines of connected regions and boxes each. Here regions are put
//! together from runs of pixels in a row: the rectangle around a region only needs the ends of
//! its rows. The outlines of holes, which the tracing also yields, are not looked at.

use super::map::Map;
use super::rectangle::Rectangle;
use super::region::{Region, regions};
use crate::Quad;

/// Settings of the post-processing; all of them are in the fingerprint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DbSettings {
    /// Probability above which a pixel belongs to text.
    pub(super) pixel_threshold: f32,
    /// Mean probability inside a rectangle below which it is dropped.
    pub(super) box_threshold: f32,
    /// How much the shrunk kernels of the network are grown back: the offset is
    /// `area * ratio / perimeter`.
    pub(super) unclip_ratio: f32,
    /// Most regions looked at, the largest ones.
    pub(super) max_candidates: usize,
    /// Shortest side of a kernel in pixels of the map.
    pub(super) min_side: f32,
}

impl Default for DbSettings {
    /// The values PaddleOCR sets for PP-OCRv6; `docs/backends.md` compares them with others.
    fn default() -> Self {
        Self {
            pixel_threshold: 0.2,
            box_threshold: 0.45,
            unclip_ratio: 1.4,
            max_candidates: 3000,
            min_side: 3.0,
        }
    }
}

/// Finds the rectangles of text lines in `map`, in pixels of the map (a pixel's centre
/// lies at +0.5), each clockwise from the corner where the text starts.
pub(super) fn line_boxes(map: &Map<'_>, settings: &DbSettings) -> Vec<Quad> {
    let mut found = regions(map, settings.pixel_threshold);
    if found.len() > settings.max_candidates {
        found.sort_by_key(|region| std::cmp::Reverse(region.n_pixels()));
        found.truncate(settings.max_candidates);
    }
    let box_of = |region: &Region| {
        let kernel = Rectangle::around(&region.row_ends())?;
        // A mean that is no number is not that of text.
        let is_text = || mean_inside(map, &kernel.corners()) >= settings.box_threshold;
        if kernel.short_side() < settings.min_side || !is_text() {
            return None;
        }
        // Offsetting the outline with round joins and boxing it again, as the original
        // does, gives the same rectangle as moving the sides.
        let line = kernel.grown(settings.unclip_ratio * kernel.area_per_perimeter());
        Some(line.corners().map(|[x, y]| [x + 0.5, y + 0.5]))
    };
    found.iter().filter_map(box_of).collect()
}

/// Mean of the map over the pixels whose centres lie in the rectangle.
fn mean_inside(map: &Map<'_>, corners: &Quad) -> f32 {
    let top = corners.iter().map(|[_, y]| *y).fold(f32::MAX, f32::min);
    let bottom = corners.iter().map(|[_, y]| *y).fold(f32::MIN, f32::max);
    let first = top.ceil().max(0.0) as usize;
    let last = bottom.floor().min(map.n_rows() as f32 - 1.0).max(0.0) as usize;
    let mut sum = 0.0;
    let mut n = 0_usize;
    for y in first..=last {
        let Some((left, right)) = span(corners, y as f32) else {
            continue;
        };
        let left = left.ceil().max(0.0) as usize;
        let right = right.floor().min(map.n_columns() as f32 - 1.0);
        if right < left as f32 {
            continue;
        }
        let inside = &map.row(y)[left..=right as usize];
        sum += inside.iter().sum::<f32>();
        n += inside.len();
    }
    if n == 0 { 0.0 } else { sum / n as f32 }
}

/// Where the horizontal line at `y` enters and leaves a convex outline.
fn span(corners: &Quad, y: f32) -> Option<(f32, f32)> {
    let mut left = f32::MAX;
    let mut right = f32::MIN;
    for i in 0..4 {
        let (a, b) = (corners[i], corners[(i + 1) % 4]);
        let ([low_x, low_y], [high_x, high_y]) = if a[1] <= b[1] { (a, b) } else { (b, a) };
        if y < low_y || y > high_y {
            continue;
        }
        let ends = if high_y == low_y {
            [low_x, high_x]
        } else {
            let x = low_x + (high_x - low_x) * (y - low_y) / (high_y - low_y);
            [x, x]
        };
        for x in ends {
            left = left.min(x);
            right = right.max(x);
        }
    }
    (left <= right).then_some((left, right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxes(rows: usize, columns: usize, probability: impl Fn(f32, f32) -> f32) -> Vec<Quad> {
        let at = |i: usize| probability((i % columns) as f32, (i / columns) as f32);
        let values: Vec<f32> = (0..rows * columns).map(at).collect();
        line_boxes(&Map::new(columns, &values), &DbSettings::default())
    }

    fn inside(is_inside: bool) -> f32 {
        if is_inside { 0.9 } else { 0.01 }
    }

    #[test]
    fn an_upright_bar_grows_by_the_analytic_offset() {
        let boxes = boxes(64, 128, |x, y| {
            inside((20.0..=80.0).contains(&x) && (30.0..=40.0).contains(&y))
        });
        assert_eq!(boxes.len(), 1);
        // 60 x 10 between the centres of the border pixels: offset 600 * 1.4 / 140.
        let offset = 600.0 * 1.4 / 140.0;
        let expected = [
            [20.5 - offset, 30.5 - offset],
            [80.5 + offset, 30.5 - offset],
            [80.5 + offset, 40.5 + offset],
            [20.5 - offset, 40.5 + offset],
        ];
        for (corner, wanted) in boxes[0].iter().zip(expected) {
            assert!(
                (corner[0] - wanted[0]).abs() < 0.01 && (corner[1] - wanted[1]).abs() < 0.01,
                "{boxes:?}"
            );
        }
    }

    #[test]
    fn a_slanted_bar_keeps_its_direction() {
        let (sin, cos) = 12.0_f32.to_radians().sin_cos();
        let boxes = boxes(160, 200, |x, y| {
            let (dx, dy) = (x - 100.0, y - 80.0);
            inside((dx * cos + dy * sin).abs() <= 60.0 && (dy * cos - dx * sin).abs() <= 7.0)
        });
        assert_eq!(boxes.len(), 1);
        let [[x0, y0], [x1, y1], ..] = boxes[0];
        let angle = (y1 - y0).atan2(x1 - x0).to_degrees();
        assert!((angle - 12.0).abs() < 2.0, "{angle}");
    }

    #[test]
    fn what_is_no_number_makes_no_box() {
        let bar = |x, y| (20.0..=80.0).contains(&x) && (30.0..=40.0).contains(&y);
        let with = |odd: f32| {
            boxes(64, 128, |x, y| match (x, y) {
                (50.0, 35.0) => odd,
                _ => inside(bar(x, y)),
            })
        };
        assert!(with(f32::NAN).is_empty());
        assert_eq!(with(f32::INFINITY).len(), 1);
    }

    #[test]
    fn faint_and_tiny_spots_are_dropped() {
        assert!(boxes(64, 64, |_, _| 0.3).is_empty());
        assert!(boxes(64, 64, |x, y| inside(x == 9.0 && y == 9.0)).is_empty());
    }
}
