//! The outline of a box.

use super::area::{Fill, Ring, area_where, intersection_area};

/// A place in an image, `[x, y]` in pixels.
pub type Point = [f64; 2];

/// The smallest upright rectangle around something, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Left and upper edge.
    pub least: Point,
    /// Right and lower edge.
    pub most: Point,
}

impl Bounds {
    /// The bounds of `points`; `None` without any.
    pub fn of(points: &[Point]) -> Option<Self> {
        let (first, rest) = points.split_first()?;
        let mut bounds = Self {
            least: *first,
            most: *first,
        };
        for [x, y] in rest {
            bounds.least = [bounds.least[0].min(*x), bounds.least[1].min(*y)];
            bounds.most = [bounds.most[0].max(*x), bounds.most[1].max(*y)];
        }
        Some(bounds)
    }

    /// Whether the two have at least a border point in common.
    pub fn touches(&self, other: &Self) -> bool {
        (0..2).all(|axis| {
            self.least[axis] <= other.most[axis] && other.least[axis] <= self.most[axis]
        })
    }
}

/// The outline of a box in pixels.
///
/// ```
/// use overnight_metrics::boxes::Outline;
/// let box_ = Outline::ltrb(0.0, 0.0, 4.0, 3.0);
/// assert_eq!(box_.area(), 12.0);
/// assert_eq!(box_.iou(&Outline::ltrb(2.0, 0.0, 6.0, 3.0)), 1.0 / 3.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Outline {
    /// Four corners: upper left, upper right, lower right, lower left, as the text is read.
    Quad([Point; 4]),
    /// A closed line through any number of corners: first along the upper edge from left to
    /// right, then back along the lower edge.
    Poly(Vec<Point>),
}

impl Outline {
    /// An upright rectangle from its left, upper, right and lower edge.
    pub fn ltrb(left: f64, top: f64, right: f64, bottom: f64) -> Self {
        Self::Quad([[left, top], [right, top], [right, bottom], [left, bottom]])
    }

    /// The corners in order.
    pub fn corners(&self) -> &[Point] {
        match self {
            Self::Quad(corners) => corners,
            Self::Poly(corners) => corners,
        }
    }

    fn ring(&self) -> Ring<'_> {
        Ring {
            corners: self.corners(),
            fill: Fill::EvenOdd,
        }
    }

    /// Area in square pixels. Where the outline crosses itself, what it goes around an odd
    /// number of times counts.
    pub fn area(&self) -> f64 {
        area_where(&[self.ring()], |inside| inside[0])
    }

    /// Area in square pixels that both cover.
    pub fn intersection(&self, other: &Self) -> f64 {
        intersection_area(&self.ring(), &other.ring())
    }

    /// Intersection over union, in [0, 1]; 0 when neither has an area.
    pub fn iou(&self, other: &Self) -> f64 {
        let common = self.intersection(other);
        let union = self.area() + other.area() - common;
        if union > 0.0 { common / union } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polygon_with_a_notch_covers_what_it_covers() {
        // A U: 3 x 3 with a slot of 1 x 2 cut from above.
        let u = Outline::Poly(vec![
            [0.0, 0.0],
            [1.0, 0.0],
            [1.0, 2.0],
            [2.0, 2.0],
            [2.0, 0.0],
            [3.0, 0.0],
            [3.0, 3.0],
            [0.0, 3.0],
        ]);
        assert_eq!(u.area(), 7.0);
        // The slot is not covered, so a bar across it has two pieces in common with it.
        assert_eq!(u.intersection(&Outline::ltrb(0.0, 0.0, 3.0, 1.0)), 2.0);
        assert_eq!(u.intersection(&u), 7.0);
        assert_eq!(u.iou(&u), 1.0);
    }

    #[test]
    fn a_point_and_a_line_have_no_area() {
        let line = Outline::Poly(vec![[0.0, 0.0], [5.0, 5.0]]);
        assert_eq!(line.area(), 0.0);
        assert_eq!(line.iou(&line), 0.0);
        assert_eq!(Outline::Poly(Vec::new()).area(), 0.0);
    }
}
