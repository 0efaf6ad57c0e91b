//! Turned rectangles around sets of pixels.
//!
//! The hull is found in whole numbers: hulls by rounded angles, as in rten-imageproc
//! 0.27, lose the far corners of long flat outlines, and with them whole lines of text.

use crate::Quad;

/// A rectangle with any direction, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rectangle {
    centre: [f32; 2],
    /// Unit vector along the side called width.
    along: [f32; 2],
    width: f32,
    height: f32,
}

impl Rectangle {
    /// The smallest rectangle around points `[x, y]`; `None` without points. One of its
    /// sides lies on an edge of the convex hull.
    pub(super) fn around(points: &[[i32; 2]]) -> Option<Self> {
        let hull = convex_hull(points);
        let first = *hull.first()?;
        let edges = (0..hull.len()).map(|i| {
            let ([x0, y0], [x1, y1]) = (hull[i], hull[(i + 1) % hull.len()]);
            [(x1 - x0) as f32, (y1 - y0) as f32]
        });
        edges
            .filter(|edge| *edge != [0.0, 0.0])
            .map(|[dx, dy]| {
                let length = dx.hypot(dy);
                Self::along_axis(&hull, [dx / length, dy / length])
            })
            .min_by(|a, b| (a.width * a.height).total_cmp(&(b.width * b.height)))
            .or(Some(Self {
                centre: first.map(|value| value as f32),
                along: [1.0, 0.0],
                width: 0.0,
                height: 0.0,
            }))
    }

    /// The smallest rectangle with a given direction.
    fn along_axis(hull: &[[i32; 2]], along: [f32; 2]) -> Self {
        let across = [-along[1], along[0]];
        let range = |axis: [f32; 2]| {
            hull.iter()
                .fold((f32::MAX, f32::MIN), |(low, high), point| {
                    let at = point[0] as f32 * axis[0] + point[1] as f32 * axis[1];
                    (low.min(at), high.max(at))
                })
        };
        let (left, right) = range(along);
        let (top, bottom) = range(across);
        let (u, v) = (f32::midpoint(left, right), f32::midpoint(top, bottom));
        Self {
            centre: [u * along[0] + v * across[0], u * along[1] + v * across[1]],
            along,
            width: right - left,
            height: bottom - top,
        }
    }

    /// Length of the shorter side.
    pub(super) fn short_side(&self) -> f32 {
        self.width.min(self.height)
    }

    /// `area / perimeter`: a quarter of the harmonic mean of the sides.
    pub(super) fn area_per_perimeter(&self) -> f32 {
        let perimeter = 2.0 * (self.width + self.height);
        if perimeter > 0.0 {
            self.width * self.height / perimeter
        } else {
            0.0
        }
    }

    /// The rectangle with every side moved outwards by `offset`.
    pub(super) fn grown(&self, offset: f32) -> Self {
        Self {
            width: self.width + 2.0 * offset,
            height: self.height + 2.0 * offset,
            ..*self
        }
    }

    /// The corners `[x, y]`, clockwise on the screen, first the one where text would start:
    /// of the four possible first edges the one that points most to the right.
    pub(super) fn corners(&self) -> Quad {
        let [ax, ay] = self.along;
        // The direction is known up to quarter turns; take the rightmost of the four.
        let (right, width, height) = [
            ([ax, ay], self.width, self.height),
            ([-ay, ax], self.height, self.width),
            ([-ax, -ay], self.width, self.height),
            ([ay, -ax], self.height, self.width),
        ]
        .into_iter()
        .reduce(|best, next| if next.0[0] > best.0[0] { next } else { best })
        .unwrap_or((self.along, self.width, self.height));
        let down = [-right[1], right[0]];
        let corner = |u: f32, v: f32| {
            [0, 1].map(|axis| {
                self.centre[axis] + right[axis] * u * width / 2.0 + down[axis] * v * height / 2.0
            })
        };
        [
            corner(-1.0, -1.0),
            corner(1.0, -1.0),
            corner(1.0, 1.0),
            corner(-1.0, 1.0),
        ]
    }
}

/// Corners of the convex hull in order, without points on its edges (Andrew's monotone
/// chain).
fn convex_hull(points: &[[i32; 2]]) -> Vec<[i32; 2]> {
    let mut sorted = points.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() < 3 {
        return sorted;
    }
    let mut hull = half_hull(sorted.iter().copied());
    let other = half_hull(sorted.iter().rev().copied());
    hull.pop();
    hull.extend(&other[..other.len() - 1]);
    hull
}

fn half_hull(points: impl Iterator<Item = [i32; 2]>) -> Vec<[i32; 2]> {
    let mut half: Vec<[i32; 2]> = Vec::new();
    for point in points {
        while let [.., a, b] = half.as_slice()
            && cross(*a, *b, point) <= 0
        {
            half.pop();
        }
        half.push(point);
    }
    half
}

/// Twice the area of the triangle `a`, `b`, `c`; positive when it turns one way.
fn cross(a: [i32; 2], b: [i32; 2], c: [i32; 2]) -> i64 {
    let difference = |p: [i32; 2], axis: usize| i64::from(p[axis]) - i64::from(a[axis]);
    difference(b, 0) * difference(c, 1) - difference(b, 1) * difference(c, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_long_flat_outline_keeps_its_height() {
        // A bar of 387 x 16 pixels with one corner pixel missing, row by row.
        let mut points = Vec::new();
        for y in 1356..=1372 {
            for x in 141..=528 {
                if (x, y) != (141, 1372) {
                    points.push([x, y]);
                }
            }
        }
        let rectangle = Rectangle::around(&points).unwrap();
        assert_eq!(rectangle.short_side(), 16.0);
        assert_eq!(rectangle.corners()[0], [141.0, 1356.0]);
        assert_eq!(rectangle.corners()[2], [528.0, 1372.0]);
    }

    #[test]
    fn few_points_are_flat_rectangles() {
        assert_eq!(Rectangle::around(&[]), None);
        let dot = Rectangle::around(&[[3, 4], [3, 4]]).unwrap();
        assert_eq!(
            (dot.corners(), dot.area_per_perimeter()),
            ([[3.0, 4.0]; 4], 0.0)
        );
        let line = Rectangle::around(&[[0, 0], [6, 0], [3, 0]]).unwrap();
        assert_eq!(line.short_side(), 0.0);
    }

    proptest! {
        #[test]
        fn every_point_lies_inside(
            points in prop::collection::vec((0_i32..900, 0_i32..900), 1..80)
        ) {
            let points: Vec<[i32; 2]> = points.into_iter().map(|(x, y)| [x, y]).collect();
            let corners = Rectangle::around(&points).unwrap().corners();
            for point in &points {
                for i in 0..4 {
                    let (a, b) = (corners[i], corners[(i + 1) % 4]);
                    let turn = (b[0] - a[0]) * (point[1] as f32 - a[1])
                        - (b[1] - a[1]) * (point[0] as f32 - a[0]);
                    let length = (b[0] - a[0]).hypot(b[1] - a[1]).max(1.0);
                    prop_assert!(turn / length > -0.01, "{:?} outside {:?}", point, corners);
                }
            }
        }
    }
}
