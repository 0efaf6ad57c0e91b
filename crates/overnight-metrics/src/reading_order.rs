//! The order in which a person reads boxes on a page: rows from top to bottom, within a
//! row from left to right.
//!
//! Predictions and references go through the same function, because neither the order of
//! a dataset's boxes nor that of a detector means anything. It is geometry only: columns
//! of a page are not recognised.

/// Share of the lower box's height that two boxes of a row have in common, at least.
const ROW_OVERLAP: f32 = 0.5;
/// Share of the narrower box's width that two boxes of a row may have in common, at most.
const SIDE_OVERLAP: f32 = 0.5;
/// Steeper baselines (in radians, 30 degrees) are not taken for a slant of the page.
const MAX_SLANT: f32 = 0.524;

/// A box after the page's slant was taken out.
#[derive(Debug, Clone, Copy)]
struct Extent {
    index: usize,
    left: f32,
    right: f32,
    middle: f32,
    height: f32,
}

#[derive(Debug)]
struct Row {
    members: Vec<Extent>,
    middle: f32,
    height: f32,
}

/// Groups boxes into rows: each row holds indices from left to right, rows run from top to
/// bottom, and every index occurs once. Boxes are polygons in pixels, `[x, y]` a corner,
/// clockwise from the corner where the text starts; a box without corners makes a row of
/// its own at the end.
///
/// A slant of the whole page (the width-weighted median direction of the boxes' first
/// edges) is taken out first. A box belongs to the row it overlaps most, if that is at
/// least half of the lower one's height, and unless it lies above or below a member of
/// that row. Ties are broken by x, then by index.
///
/// ```
/// let price = vec![[90.0, 12.0], [120.0, 12.0], [120.0, 30.0], [90.0, 30.0]];
/// let title = vec![[10.0, -20.0], [80.0, -20.0], [80.0, -2.0], [10.0, -2.0]];
/// let item = vec![[10.0, 10.0], [60.0, 10.0], [60.0, 28.0], [10.0, 28.0]];
/// let rows = overnight_metrics::reading_order(&[price, title, item]);
/// assert_eq!(rows, [vec![1], vec![2, 0]]);
/// ```
pub fn reading_order(boxes: &[Vec<[f32; 2]>]) -> Vec<Vec<usize>> {
    let slant = slant_of(boxes);
    let mut extents: Vec<Extent> = boxes
        .iter()
        .enumerate()
        .filter_map(|(index, corners)| extent_of(index, corners, slant))
        .collect();
    extents.sort_by(|a, b| {
        (a.middle.total_cmp(&b.middle))
            .then(a.left.total_cmp(&b.left))
            .then(a.index.cmp(&b.index))
    });
    let mut rows: Vec<Row> = Vec::new();
    for extent in extents {
        let best = rows
            .iter_mut()
            .filter_map(|row| Some((row.overlap_with(&extent)?, row)))
            .max_by(|(a, _), (b, _)| a.total_cmp(b));
        match best {
            Some((_, row)) => row.push(extent),
            None => rows.push(Row {
                members: vec![extent],
                middle: extent.middle,
                height: extent.height,
            }),
        }
    }
    rows.sort_by(|a, b| a.middle.total_cmp(&b.middle));
    let placed = rows.into_iter().map(Row::into_indices);
    let unplaced = (0..boxes.len())
        .filter(|&index| boxes[index].is_empty())
        .map(|index| vec![index]);
    placed.chain(unplaced).collect()
}

impl Row {
    /// Height in common with the box, as a share of the lower one; `None` when the box
    /// does not belong here.
    fn overlap_with(&self, extent: &Extent) -> Option<f32> {
        let top = (self.middle - self.height / 2.0).max(extent.middle - extent.height / 2.0);
        let bottom = (self.middle + self.height / 2.0).min(extent.middle + extent.height / 2.0);
        let share = (bottom - top) / self.height.min(extent.height).max(f32::MIN_POSITIVE);
        // Two flat boxes at the same height share no height, yet lie in one row.
        let share = if self.height == 0.0 && extent.height == 0.0 && bottom == top {
            1.0
        } else {
            share
        };
        let beside = |member: &Extent| {
            let common = member.right.min(extent.right) - member.left.max(extent.left);
            let narrower = (member.right - member.left).min(extent.right - extent.left);
            common <= narrower * SIDE_OVERLAP
        };
        (share >= ROW_OVERLAP && self.members.iter().all(beside)).then_some(share)
    }

    fn push(&mut self, extent: Extent) {
        self.members.push(extent);
        let n = self.members.len() as f32;
        self.middle += (extent.middle - self.middle) / n;
        self.height += (extent.height - self.height) / n;
    }

    fn into_indices(mut self) -> Vec<usize> {
        self.members
            .sort_by(|a, b| a.left.total_cmp(&b.left).then(a.index.cmp(&b.index)));
        self.members.iter().map(|member| member.index).collect()
    }
}

/// Direction of the page's text in radians: the median over boxes, weighted by width.
fn slant_of(boxes: &[Vec<[f32; 2]>]) -> f32 {
    let mut directions: Vec<(f32, f32)> = boxes
        .iter()
        .filter(|corners| corners.len() == 4)
        .map(|corners| {
            let (dx, dy) = (corners[1][0] - corners[0][0], corners[1][1] - corners[0][1]);
            (dy.atan2(dx), dx.hypot(dy))
        })
        .filter(|(angle, length)| angle.abs() <= MAX_SLANT && length.is_finite())
        .collect();
    directions.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = directions.iter().map(|(_, length)| length).sum::<f32>() / 2.0;
    let mut passed = 0.0;
    for (angle, length) in directions {
        passed += length;
        if passed >= half {
            return angle;
        }
    }
    0.0
}

/// Where the box lies once the page is turned by `-slant`.
fn extent_of(index: usize, corners: &[[f32; 2]], slant: f32) -> Option<Extent> {
    let (sin, cos) = slant.sin_cos();
    let xs = corners.iter().map(|[x, y]| x * cos + y * sin);
    let ys = corners.iter().map(|[x, y]| y * cos - x * sin);
    let left = xs.clone().reduce(f32::min)?;
    let right = xs.reduce(f32::max)?;
    let top = ys.clone().reduce(f32::min)?;
    let bottom = ys.reduce(f32::max)?;
    Some(Extent {
        index,
        left,
        right,
        middle: f32::midpoint(top, bottom),
        height: bottom - top,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(x: f32, y: f32, width: f32, height: f32) -> Vec<[f32; 2]> {
        vec![
            [x, y],
            [x + width, y],
            [x + width, y + height],
            [x, y + height],
        ]
    }

    fn turned(corners: &[[f32; 2]], angle: f32) -> Vec<[f32; 2]> {
        let (sin, cos) = angle.sin_cos();
        corners
            .iter()
            .map(|[x, y]| [x * cos - y * sin, x * sin + y * cos])
            .collect()
    }

    #[test]
    fn nothing_gives_nothing() {
        assert!(reading_order(&[]).is_empty());
        assert_eq!(reading_order(&[vec![], vec![]]), [[0], [1]]);
    }

    #[test]
    fn a_tall_box_beside_two_rows_joins_only_one() {
        let boxes = [
            at(0.0, 0.0, 100.0, 20.0),
            at(0.0, 25.0, 100.0, 20.0),
            at(120.0, 0.0, 80.0, 45.0),
        ];
        let rows = reading_order(&boxes);
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().any(|row| row.len() == 2));
    }

    #[test]
    fn a_slanted_receipt_reads_like_a_straight_one() {
        let straight: Vec<Vec<[f32; 2]>> = (0..30)
            .flat_map(|line| {
                let y = 30.0 * line as f32;
                [at(0.0, y, 300.0, 22.0), at(700.0, y + 2.0, 90.0, 22.0)]
            })
            .collect();
        let expected: Vec<Vec<usize>> = (0..30).map(|line| vec![2 * line, 2 * line + 1]).collect();
        for degrees in [-8.0_f32, -3.0, 0.0, 3.0, 8.0] {
            let boxes: Vec<_> = straight
                .iter()
                .map(|corners| turned(corners, degrees.to_radians()))
                .collect();
            assert_eq!(reading_order(&boxes), expected, "{degrees} degrees");
        }
    }

    proptest! {
        #[test]
        fn every_box_occurs_once(
            boxes in prop::collection::vec(
                (-1e4_f32..1e4, -1e4_f32..1e4, 0.0_f32..500.0, 0.0_f32..80.0), 0..60)
        ) {
            let boxes: Vec<_> = boxes.into_iter().map(|(x, y, w, h)| at(x, y, w, h)).collect();
            let mut seen: Vec<usize> = reading_order(&boxes).into_iter().flatten().collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..boxes.len()).collect::<Vec<_>>());
        }

        #[test]
        fn the_order_of_the_boxes_does_not_matter(
            boxes in prop::collection::vec((0_i16..900, 0_i16..2000), 1..40),
            turn in 0_usize..40
        ) {
            let distinct: std::collections::BTreeSet<(i16, i16)> = boxes.into_iter().collect();
            let boxes: Vec<_> = distinct
                .into_iter()
                .map(|(x, y)| at(f32::from(x), f32::from(y), 90.0, 20.0))
                .collect();
            let mut other = boxes.clone();
            other.rotate_left(turn % boxes.len());
            let texts = |boxes: &[Vec<[f32; 2]>]| -> Vec<Vec<Vec<[f32; 2]>>> {
                reading_order(boxes)
                    .into_iter()
                    .map(|row| row.into_iter().map(|i| boxes[i].clone()).collect())
                    .collect()
            };
            prop_assert_eq!(texts(&boxes), texts(&other));
        }
    }
}
