//! Area of any combination of polygons, by slabs.
//!
//! Between two neighbouring heights at which an edge ends or crosses another, all edges are
//! straight and in a fixed order, so what lies between two of them is a trapezium whose width
//! half-way up is its mean width. The sum over slabs is exact but for the rounding of
//! crossings; it needs no convexity, no orientation, and nothing special for polygons that
//! cross themselves or share edges. Work is quadratic in the number of edges, which for
//! outlines of text is small.

use super::outline::{Bounds, Point};

/// Which places count as inside a closed line that crosses itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// Those it goes around an odd number of times.
    EvenOdd,
    /// Those it goes around, on balance, in the direction in which it goes around the most
    /// area.
    Forward,
}

/// A closed line through its corners, in pixels; the last is joined to the first.
#[derive(Debug, Clone, Copy)]
pub struct Ring<'a> {
    /// The corners in order.
    pub corners: &'a [Point],
    /// What counts as inside.
    pub fill: Fill,
}

impl Ring<'_> {
    /// Twice the area, signed: positive when x turns to y.
    pub(super) fn doubled_area(&self) -> f64 {
        edges_of(self.corners)
            .map(|([x0, y0], [x1, y1])| (x0 + x1) * (y1 - y0))
            .sum()
    }

    /// The rectangle when the ring is an upright one, each corner visited once.
    fn rectangle(&self) -> Option<Bounds> {
        let [a, b, c, d] = *self.corners else {
            return None;
        };
        let flat_first = a[1] == b[1] && b[0] == c[0] && c[1] == d[1] && d[0] == a[0];
        let steep_first = a[0] == b[0] && b[1] == c[1] && c[0] == d[0] && d[1] == a[1];
        (flat_first || steep_first).then(|| Bounds {
            least: [a[0].min(c[0]), a[1].min(c[1])],
            most: [a[0].max(c[0]), a[1].max(c[1])],
        })
    }
}

/// The edges of a closed line.
pub(super) fn edges_of(corners: &[Point]) -> impl Iterator<Item = (Point, Point)> + '_ {
    corners
        .iter()
        .zip(corners.iter().cycle().skip(1))
        .map(|(from, to)| (*from, *to))
}

/// An edge that is not level, from its upper to its lower end.
#[derive(Debug, Clone, Copy)]
struct Edge {
    top: Point,
    bottom: Point,
    ring: usize,
    /// 1 when the ring runs downwards here, otherwise -1.
    direction: i32,
}

impl Edge {
    fn x_at(&self, y: f64) -> f64 {
        let share = (y - self.top[1]) / (self.bottom[1] - self.top[1]);
        self.top[0] + share * (self.bottom[0] - self.top[0])
    }

    /// The height at which two edges cross, if they do.
    fn crossing(&self, other: &Self) -> Option<f64> {
        let from = self.top[1].max(other.top[1]);
        let to = self.bottom[1].min(other.bottom[1]);
        if from >= to {
            return None;
        }
        let before = self.x_at(from) - other.x_at(from);
        let after = self.x_at(to) - other.x_at(to);
        if before * after >= 0.0 {
            return None;
        }
        Some(from + (to - from) * (before / (before - after)))
    }
}

/// Area in square pixels of the places for which `wanted` holds. It is told of each ring, in
/// the order of `rings`, whether the place is inside. It must not hold outside of all.
///
/// ```
/// use overnight_metrics::boxes::{Fill, Ring, area_where};
/// let square = |left: f64| [[left, 0.0], [left + 2.0, 0.0], [left + 2.0, 2.0], [left, 2.0]];
/// let (a, b) = (square(0.0), square(1.0));
/// let rings = [&a, &b].map(|corners| Ring { corners, fill: Fill::EvenOdd });
/// assert_eq!(area_where(&rings, |inside| inside[0] && !inside[1]), 2.0);
/// ```
pub fn area_where(rings: &[Ring<'_>], wanted: impl Fn(&[bool]) -> bool) -> f64 {
    let mut edges = Vec::new();
    for (index, ring) in rings.iter().enumerate() {
        for (from, to) in edges_of(ring.corners) {
            if from[1] < to[1] {
                edges.push(edge(from, to, index, 1));
            } else if to[1] < from[1] {
                edges.push(edge(to, from, index, -1));
            }
        }
    }
    let mut heights: Vec<f64> = edges
        .iter()
        .flat_map(|edge| [edge.top[1], edge.bottom[1]])
        .collect();
    for (index, edge) in edges.iter().enumerate() {
        heights.extend(edges[index + 1..].iter().filter_map(|o| edge.crossing(o)));
    }
    heights.sort_by(f64::total_cmp);
    heights.dedup();
    let forward: Vec<i32> = rings
        .iter()
        .map(|ring| if ring.doubled_area() > 0.0 { -1 } else { 1 })
        .collect();

    let mut area = 0.0;
    let mut crossed: Vec<(f64, usize, i32)> = Vec::new();
    let mut around = vec![0_i32; rings.len()];
    let mut inside = vec![false; rings.len()];
    for slab in heights.windows(2) {
        let middle = slab[0] + (slab[1] - slab[0]) / 2.0;
        crossed.clear();
        crossed.extend(
            edges
                .iter()
                .filter(|edge| edge.top[1] <= slab[0] && slab[1] <= edge.bottom[1])
                .map(|edge| (edge.x_at(middle), edge.ring, edge.direction)),
        );
        crossed.sort_by(|a, b| a.0.total_cmp(&b.0));
        around.fill(0);
        inside.fill(false);
        let mut width = 0.0;
        for pair in crossed.windows(2) {
            let (x, ring, direction) = pair[0];
            around[ring] += direction;
            inside[ring] = match rings[ring].fill {
                Fill::EvenOdd => around[ring] % 2 != 0,
                Fill::Forward => around[ring] * forward[ring] > 0,
            };
            if wanted(&inside) {
                width += pair[1].0 - x;
            }
        }
        area += width * (slab[1] - slab[0]);
    }
    area
}

fn edge(top: Point, bottom: Point, ring: usize, direction: i32) -> Edge {
    Edge {
        top,
        bottom,
        ring,
        direction,
    }
}

/// Area in square pixels inside both rings.
pub fn intersection_area(a: &Ring<'_>, b: &Ring<'_>) -> f64 {
    match (a.rectangle(), b.rectangle()) {
        (Some(a), Some(b)) => (0..2)
            .map(|axis| {
                (a.most[axis].min(b.most[axis]) - a.least[axis].max(b.least[axis])).max(0.0)
            })
            .product(),
        _ => match (Bounds::of(a.corners), Bounds::of(b.corners)) {
            (Some(x), Some(y)) if x.touches(&y) => {
                area_where(&[*a, *b], |inside| inside[0] && inside[1])
            }
            _ => 0.0,
        },
    }
}
