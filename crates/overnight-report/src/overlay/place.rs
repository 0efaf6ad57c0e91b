//! Where the text of a line is drawn so that it stands as it does in the image.

/// A box at least this many times as high as wide holds upright writing.
const UPRIGHT: f32 = 1.5;
/// Height of capitals and descenders of a font in parts of its size.
const FONT_HEIGHT: f32 = 1.15;
/// Where the baseline is, from the upper edge, in parts of the box's height.
const BASELINE: f32 = 0.78;
/// Coordinates beyond this are not of an image.
const FARTHEST: f32 = 1e6;

/// A point, in pixels of the drawing.
type Point = [f32; 2];

/// The baseline of a line's text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Baseline {
    /// Where it begins.
    pub(super) start: Point,
    /// Degrees, clockwise.
    pub(super) angle: f32,
    /// Size of the font.
    pub(super) size: f32,
    /// Length of the box along the text.
    pub(super) length: f32,
}

/// The corners scaled to the drawing; `None` for what is no box.
pub(super) fn corners(polygon: &[Point], scale: f32) -> Option<Vec<Point>> {
    let is_place = polygon
        .iter()
        .flatten()
        .all(|number| number.is_finite() && number.abs() <= FARTHEST);
    (polygon.len() >= 3 && is_place).then(|| {
        polygon
            .iter()
            .map(|[x, y]| [x * scale, y * scale])
            .collect()
    })
}

/// The baseline within a box given by its scaled corners, clockwise from the corner at the
/// start of the text; `is_single` for a text of one character, which stands whatever the
/// shape of its box.
pub(super) fn baseline(corners: &[Point], is_single: bool) -> Option<Baseline> {
    let [a, b, .., d] = corners else { return None };
    let (along, down) = (between(*a, *b), between(*a, *d));
    let (width, height) = (length(along), length(down));
    // Upright writing is read downwards along the right edge, with the letters' feet left.
    let (start, along, down, length_along, height) = if height >= UPRIGHT * width && !is_single {
        (*b, down, [-along[0], -along[1]], height, width)
    } else {
        (*a, along, down, width, height)
    };
    if length_along < 0.1 || height < 0.1 {
        return None;
    }
    Some(Baseline {
        start: [start[0] + down[0] * BASELINE, start[1] + down[1] * BASELINE],
        angle: along[1].atan2(along[0]).to_degrees(),
        size: (height / FONT_HEIGHT).max(1.0),
        length: length_along,
    })
}

fn between(from: Point, to: Point) -> Point {
    [to[0] - from[0], to[1] - from[1]]
}

fn length([x, y]: Point) -> f32 {
    x.hypot(y)
}

/// Width of a text in a common font in parts of its size: roughly, to know whether it must be
/// squeezed into its box.
pub(super) fn natural_width(text: &str) -> f32 {
    let width = |c: char| match u32::from(c) {
        0x1100..=0x11ff | 0x2e80..=0xd7a3 | 0xf900..=0xfaff | 0xff00..=0xff60 | 0x20000.. => 1.0,
        _ if c.is_uppercase() => 0.68,
        _ => 0.53,
    };
    text.chars().map(width).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_line_stands_on_its_lower_edge() {
        let line = baseline(
            &[[10.0, 20.0], [110.0, 20.0], [110.0, 43.0], [10.0, 43.0]],
            false,
        );
        let line = line.unwrap();
        assert_eq!((line.angle, line.length, line.size), (0.0, 100.0, 20.0));
        assert!((line.start[0] - 10.0).abs() < 0.01 && (line.start[1] - 37.94).abs() < 0.01);
    }

    #[test]
    fn a_slanted_line_is_turned_with_its_box() {
        let line = baseline(
            &[[0.0, 0.0], [100.0, 100.0], [90.0, 110.0], [-10.0, 10.0]],
            false,
        );
        assert!((line.unwrap().angle - 45.0).abs() < 0.01);
    }

    #[test]
    fn upright_writing_runs_down_and_a_single_letter_stands() {
        let tall = [[10.0, 0.0], [30.0, 0.0], [30.0, 200.0], [10.0, 200.0]];
        let line = baseline(&tall, false).unwrap();
        assert_eq!((line.angle, line.length), (90.0, 200.0));
        assert!(line.start[0] < 30.0 && line.start[1] == 0.0, "{line:?}");
        assert_eq!(baseline(&tall, true).unwrap().angle, 0.0);
    }

    #[test]
    fn what_is_no_box_has_no_place() {
        assert_eq!(corners(&[[0.0, 0.0], [1.0, 1.0]], 1.0), None);
        assert_eq!(corners(&[[0.0, f32::NAN]; 4], 1.0), None);
        assert_eq!(corners(&[[0.0, 1e30]; 4], 1.0), None);
        assert_eq!(baseline(&[[5.0, 5.0]; 4], false), None);
    }
}
