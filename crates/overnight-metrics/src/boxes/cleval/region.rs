//! A box as CLEval sees it.

use super::super::area::{Fill, Ring, area_where, edges_of};
use super::super::outline::{Bounds, Outline, Point};
use super::super::text_box::TextBox;

/// Below this width / height a quadrilateral's text runs downwards.
const VERTICAL: f64 = 0.5;
/// As many characters a shape suggests at most.
const MOST_SUGGESTED: f64 = 10.0;

#[derive(Debug)]
pub(super) struct Region {
    /// The corners areas are made of: cut to whole pixels for a quadrilateral.
    corners: Vec<Point>,
    fill: Fill,
    /// Area as a share is taken of it, in square pixels.
    pub(super) area: f64,
    /// Around the corners and the centres; `None` without a corner.
    pub(super) bounds: Option<Bounds>,
    pub(super) is_dont_care: bool,
    pub(super) text: Vec<char>,
    /// Where the characters stand; empty for a found box.
    pub(super) centres: Vec<Point>,
    /// Characters the shape suggests if the box matches nothing, at most 10.
    pub(super) suggested: u64,
}

impl Region {
    pub(super) fn of_ground_truth(region: &TextBox, case_sensitive: bool) -> Self {
        let mut made = Self::of_found(region, case_sensitive);
        made.centres = match &region.outline {
            Outline::Quad(corners) => quad_centres(corners, made.text.len()),
            Outline::Poly(corners) => poly_centres(&completed(corners).1, made.text.len()),
        };
        let everything: Vec<Point> = made.corners.iter().chain(&made.centres).copied().collect();
        made.bounds = Bounds::of(&everything);
        made
    }

    pub(super) fn of_found(found: &TextBox, case_sensitive: bool) -> Self {
        let is_dont_care = found.is_dont_care();
        let (corners, fill) = match &found.outline {
            Outline::Quad(corners) => {
                let whole = corners.map(|corner| corner.map(f64::trunc));
                (whole.to_vec(), Fill::EvenOdd)
            }
            Outline::Poly(corners) => (completed(corners).0, Fill::Forward),
        };
        let (suggested, hashes) = match &found.outline {
            Outline::Quad(corners) => suggested(aspect(corners)),
            // The published program adds 100,000 to a polygon's aspect ratio (where it means
            // 0.00001), so that it suggests 1 when wrong and 10 when not cared for.
            Outline::Poly(_) => (1, 10),
        };
        let text: Vec<char> = match found.text.as_deref() {
            _ if is_dont_care => vec!['#'; hashes],
            Some(text) if !case_sensitive => text.to_uppercase().chars().collect(),
            text => text.unwrap_or_default().chars().collect(),
        };
        let ring = Ring {
            corners: &corners,
            fill,
        };
        let area = match fill {
            // Of a line that crosses itself the published library returns this, although it
            // intersects by the odd-even rule.
            Fill::EvenOdd => ring.doubled_area().abs() / 2.0,
            Fill::Forward => area_where(&[ring], |inside| inside[0]),
        };
        Self {
            area,
            fill,
            bounds: Bounds::of(&corners),
            corners,
            is_dont_care,
            text,
            centres: Vec::new(),
            suggested,
        }
    }

    pub(super) fn ring(&self) -> Ring<'_> {
        Ring {
            corners: &self.corners,
            fill: self.fill,
        }
    }

    pub(super) fn touches(&self, other: &Self) -> bool {
        self.bounds
            .zip(other.bounds)
            .is_some_and(|(a, b)| a.touches(&b))
    }

    /// Whether `point` is inside. On the border: of a quadrilateral when it is on the left or
    /// upper side, of a polygon never.
    pub(super) fn holds(&self, point: Point) -> bool {
        match self.fill {
            Fill::EvenOdd => crosses_odd(&self.corners, point),
            Fill::Forward => {
                let around = f64::from(winding(&self.corners, point));
                around * self.ring().doubled_area() > 0.0 && !on_border(&self.corners, point)
            }
        }
    }
}

/// Whether a ray to the right crosses the line an odd number of times. The order of the
/// operations decides about points on a border, so it is that of the published library.
fn crosses_odd(corners: &[Point], [x, y]: Point) -> bool {
    let mut odd = false;
    for (before, here) in edges_of(corners) {
        let spans = (here[1] <= y && y < before[1]) || (before[1] <= y && y < here[1]);
        if spans && x < (before[0] - here[0]) * (y - here[1]) / (before[1] - here[1]) + here[0] {
            odd = !odd;
        }
    }
    odd
}

/// Twice the signed area of the triangle from `point` over an edge: its sign is the side.
fn side(from: Point, to: Point, point: Point) -> f64 {
    (to[0] - from[0]) * (point[1] - from[1]) - (point[0] - from[0]) * (to[1] - from[1])
}

/// How often the line goes around `point`; positive when x turns to y.
fn winding(corners: &[Point], point: Point) -> i32 {
    let mut around = 0;
    for (from, to) in edges_of(corners) {
        if from[1] <= point[1] {
            if to[1] > point[1] && side(from, to, point) > 0.0 {
                around += 1;
            }
        } else if to[1] <= point[1] && side(from, to, point) < 0.0 {
            around -= 1;
        }
    }
    around
}

fn on_border(corners: &[Point], point: Point) -> bool {
    edges_of(corners).any(|(from, to)| {
        let between = |axis: usize| {
            from[axis].min(to[axis]) <= point[axis] && point[axis] <= from[axis].max(to[axis])
        };
        side(from, to, point) == 0.0 && between(0) && between(1)
    })
}

fn distance(a: Point, b: Point) -> f64 {
    let (x, y) = ((a[0] - b[0]).abs(), (a[1] - b[1]).abs());
    (x * x + y * y).sqrt()
}

/// Mean width / mean height of a quadrilateral.
fn aspect(corners: &[Point; 4]) -> f64 {
    let [a, b, c, d] = *corners;
    let across = (distance(a, b) + distance(c, d)) / 2.0;
    let down = (distance(b, c) + distance(d, a)) / 2.0;
    (across + 1e-5) / (down + 1e-5)
}

/// Characters that a shape of this aspect ratio suggests: as a wrong box, and as a region
/// that is not cared for. Halves go to the even number.
fn suggested(aspect: f64) -> (u64, usize) {
    let wrong = (0.5 + 1.0 / (1e-5 + aspect)).round_ties_even();
    let unread = (0.5 + aspect.max(1.0 / aspect)).round_ties_even();
    (
        wrong.min(MOST_SUGGESTED) as u64,
        unread.min(MOST_SUGGESTED) as usize,
    )
}

fn middle(a: Point, b: Point) -> Point {
    [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0]
}

/// The middles of `n` equal parts of the line half-way between the long sides.
fn quad_centres(corners: &[Point; 4], n: usize) -> Vec<Point> {
    let [a, b, c, d] = *corners;
    let (start, end) = if aspect(corners) >= VERTICAL {
        (middle(a, d), middle(b, c))
    } else {
        (middle(d, c), middle(a, b))
    };
    let unit = [0, 1].map(|axis| (end[axis] - start[axis]) / n as f64);
    (0..n)
        .map(|index| [0, 1].map(|axis| start[axis] + unit[axis] / 2.0 + unit[axis] * index as f64))
        .collect()
}

/// The corners of a polygon that areas are made of, and those its centres are: a triangle
/// gets a fourth corner, a line and a point get corners without area.
fn completed(corners: &[Point]) -> (Vec<Point>, Vec<Point>) {
    match *corners {
        [a] => (vec![a; 4], vec![a, [a[0]; 2], [a[0]; 2], [a[0]; 2]]),
        [a, b] => (vec![a, b, a, b], vec![a, b, [b[0], a[1]], [a[0], b[1]]]),
        [a, b, c] => {
            let four = vec![a, b, c, [a[0], c[1]]];
            (four.clone(), four)
        }
        _ => (corners.to_vec(), corners.to_vec()),
    }
}

/// The middles of `n` parts of a polygon with an upper and a lower side. Each stretch between
/// two corners of a side is cut into `n` at whole pixels; a part has as many of these pieces
/// as there are stretches.
fn poly_centres(corners: &[Point], n: usize) -> Vec<Point> {
    let half = corners.len() / 2;
    if half < 2 || n == 0 {
        return Vec::new();
    }
    let stretches = half - 1;
    let lower: Vec<Point> = corners[half..].iter().rev().copied().collect();
    let (above, below) = (cut(&corners[..half], half, n), cut(&lower, half, n));
    (0..n)
        .map(|part| {
            let (start, end) = (part * stretches, (part + 1) * stretches);
            [0, 1].map(|axis| {
                (above[start][axis] + above[end][axis] + below[start][axis] + below[end][axis])
                    / 4.0
            })
        })
        .collect()
}

/// Cuts each of the `n_corners - 1` stretches of a side into `n`, and adds the last corner.
fn cut(side: &[Point], n_corners: usize, n: usize) -> Vec<Point> {
    let mut places = Vec::with_capacity((n_corners - 1) * n + 1);
    for stretch in side[..n_corners].windows(2) {
        let step = [0, 1].map(|axis| (stretch[1][axis] - stretch[0][axis]) / n as f64);
        places.push(stretch[0]);
        places.extend((1..n).map(|index| {
            [0, 1].map(|axis| (stretch[0][axis] + step[axis] * index as f64).trunc())
        }));
    }
    places.extend(side.last());
    places
}
