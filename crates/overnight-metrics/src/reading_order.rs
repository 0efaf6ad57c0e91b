//! The order in which a person reads boxes on a page: rows from top to bottom, within a
//! row from left to right, as the page lies when its text is upright.
//!
//! Predictions and references go through the same function, because neither the order of
//! a dataset's boxes nor that of a detector means anything. It is geometry only: columns
//! of a page are not recognised.

use std::borrow::Cow;

/// Share of the lower box's height that two neighbours in a row have in common, at least.
const ROW_OVERLAP: f32 = 0.5;
/// Share of the narrower box's width that two boxes of a row may have in common, at most.
const SIDE_OVERLAP: f32 = 0.5;
/// Steeper directions (in radians, 30 degrees) are not taken for a slant of the page.
const MAX_SLANT: f32 = 0.524;
/// How often the slant is estimated anew with neighbours found under the last estimate.
const SLANT_ROUNDS: usize = 3;

/// A box in the page's own axes: those of the image, turned by the slant.
#[derive(Debug, Clone, Copy)]
struct Extent {
    index: usize,
    left: f32,
    right: f32,
    middle: f32,
    height: f32,
}

/// Groups boxes into rows: each row holds indices from left to right, rows run from top to
/// bottom, and every index occurs once. Boxes are polygons in pixels, `[x, y]` a corner,
/// clockwise from the corner where the text starts; a box without corners makes a row of
/// its own at the end.
///
/// The page is first laid upright: turned by quarters so that most of the text, by the length
/// of its boxes, runs to the right. A box says where its text runs by its first edge, and is
/// asked only when its corners go clockwise and that edge is no shorter than the next: another
/// order of the corners is a habit of the dataset and says nothing about the page.
///
/// A slant of the whole page is taken out next: the median direction from each box to its
/// neighbour on the right, which serves upright boxes around slanted text as well as
/// slanted boxes. A box then belongs to the row whose horizontally nearest member it
/// overlaps most, if that is at least half of the lower one's height, and unless it lies
/// above or below a member of that row. Ties are broken by x, then by index.
///
/// ```
/// let price = vec![[90.0, 12.0], [120.0, 12.0], [120.0, 30.0], [90.0, 30.0]];
/// let title = vec![[10.0, -20.0], [80.0, -20.0], [80.0, -2.0], [10.0, -2.0]];
/// let item = vec![[10.0, 10.0], [60.0, 10.0], [60.0, 28.0], [10.0, 28.0]];
/// let rows = overnight_metrics::reading_order(&[price, title, item]);
/// assert_eq!(rows, [vec![1], vec![2, 0]]);
/// ```
pub fn reading_order(boxes: &[Vec<[f32; 2]>]) -> Vec<Vec<usize>> {
    let upright = laid_upright(boxes);
    let boxes = upright.as_ref();
    let slant = slant_of(boxes);
    let mut rows: Vec<Vec<Extent>> = Vec::new();
    for extent in extents(boxes, slant) {
        let best = rows
            .iter_mut()
            .filter_map(|row| Some((overlap_with(row, &extent)?, row)))
            .max_by(|(a, _), (b, _)| a.total_cmp(b));
        match best {
            Some((_, row)) => row.push(extent),
            None => rows.push(vec![extent]),
        }
    }
    let middle =
        |row: &[Extent]| row.iter().map(|member| member.middle).sum::<f32>() / row.len() as f32;
    rows.sort_by(|a, b| middle(a).total_cmp(&middle(b)));
    let placed = rows.into_iter().map(|mut row| {
        row.sort_by(|a, b| a.left.total_cmp(&b.left).then(a.index.cmp(&b.index)));
        row.iter().map(|member| member.index).collect()
    });
    let unplaced = (0..boxes.len())
        .filter(|&index| boxes[index].is_empty())
        .map(|index| vec![index]);
    placed.chain(unplaced).collect()
}

/// The boxes turned by as many quarters as the page is, counted by the boxes' first edges.
fn laid_upright(boxes: &[Vec<[f32; 2]>]) -> Cow<'_, [Vec<[f32; 2]>]> {
    // Text to the right, downwards, to the left, upwards.
    let mut lengths = [0.0_f32; 4];
    for (quarter, length) in boxes.iter().filter_map(|corners| direction(corners)) {
        lengths[quarter] += length;
    }
    // The first of equals: a page nobody can decide about stays as it is.
    let turned = (1..4).fold(0, |best, quarter| {
        if lengths[quarter] > lengths[best] {
            quarter
        } else {
            best
        }
    });
    let turn: fn([f32; 2]) -> [f32; 2] = match turned {
        0 => return Cow::Borrowed(boxes),
        1 => |[x, y]| [y, -x],
        2 => |[x, y]| [-x, -y],
        _ => |[x, y]| [-y, x],
    };
    boxes
        .iter()
        .map(|corners| corners.iter().copied().map(turn).collect())
        .collect()
}

/// Where the text of a box runs, in quarters clockwise from "to the right", and how long the
/// box is that way; `None` when the box does not say.
fn direction(corners: &[[f32; 2]]) -> Option<(usize, f32)> {
    let &[a, b, c, _] = corners else { return None };
    let (along, down) = ([b[0] - a[0], b[1] - a[1]], [c[0] - b[0], c[1] - b[1]]);
    let is_clockwise = along[0] * down[1] - along[1] * down[0] > 0.0;
    let long = along[0].hypot(along[1]);
    if !is_clockwise || !long.is_finite() || long < down[0].hypot(down[1]) {
        return None;
    }
    let quarter = match along {
        [x, y] if x.abs() >= y.abs() => usize::from(x < 0.0) * 2,
        [_, y] => 1 + usize::from(y < 0.0) * 2,
    };
    Some((quarter, long))
}

/// Height the box has in common with the row's nearest member, as a share of the lower
/// one; `None` when the box does not belong to the row.
fn overlap_with(row: &[Extent], extent: &Extent) -> Option<f32> {
    let narrower = |member: &Extent| (member.right - member.left).min(extent.right - extent.left);
    if row
        .iter()
        .any(|member| -gap(member, extent) > narrower(member) * SIDE_OVERLAP)
    {
        return None;
    }
    let nearest = row
        .iter()
        .min_by(|a, b| gap(a, extent).total_cmp(&gap(b, extent)))?;
    let share = common_height(nearest, extent);
    (share >= ROW_OVERLAP).then_some(share)
}

/// Horizontal distance between two boxes; negative when they overlap.
fn gap(a: &Extent, b: &Extent) -> f32 {
    a.left.max(b.left) - a.right.min(b.right)
}

/// Height in common as a share of the lower box. Two boxes without height at the same
/// place share no height, yet lie in one row: their share is 1.
fn common_height(a: &Extent, b: &Extent) -> f32 {
    let half = f32::midpoint(a.height, b.height);
    let lower = a.height.min(b.height);
    let apart = (a.middle - b.middle).abs();
    let common = (half - apart).min(lower);
    if lower > 0.0 {
        common / lower
    } else if apart <= half {
        1.0
    } else {
        0.0
    }
}

/// The boxes turned by `-slant`, from top to bottom; those without corners are left out.
fn extents(boxes: &[Vec<[f32; 2]>], slant: f32) -> Vec<Extent> {
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
    extents
}

/// Where the box lies once the page is turned by `-slant`. The height of a box with four
/// corners is that of its steeper sides, so that an upright and a slanted box of one line agree.
fn extent_of(index: usize, corners: &[[f32; 2]], slant: f32) -> Option<Extent> {
    let (sin, cos) = slant.sin_cos();
    let xs = corners.iter().map(|[x, y]| x * cos + y * sin);
    let ys = corners.iter().map(|[x, y]| y * cos - x * sin);
    let left = xs.clone().reduce(f32::min)?;
    let right = xs.reduce(f32::max)?;
    let top = ys.clone().reduce(f32::min)?;
    let bottom = ys.clone().reduce(f32::max)?;
    let height = match corners {
        [a, b, c, d] => {
            let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
            // Upright writing on a page of lines starts with an edge that goes down.
            if (dx * cos + dy * sin).abs() >= (dy * cos - dx * sin).abs() {
                f32::midpoint(length(*a, *d), length(*b, *c))
            } else {
                f32::midpoint(length(*a, *b), length(*c, *d))
            }
        }
        _ => bottom - top,
    };
    Some(Extent {
        index,
        left,
        right,
        middle: ys.sum::<f32>() / corners.len() as f32,
        height,
    })
}

fn length(a: [f32; 2], b: [f32; 2]) -> f32 {
    (b[0] - a[0]).hypot(b[1] - a[1])
}

/// Direction of the page's rows in radians: begins with the direction of the boxes' own
/// first edges, then follows the rows themselves.
fn slant_of(boxes: &[Vec<[f32; 2]>]) -> f32 {
    let edges = boxes.iter().filter(|corners| corners.len() == 4);
    let mut slant = median_direction(
        edges.map(|corners| [corners[1][0] - corners[0][0], corners[1][1] - corners[0][1]]),
    );
    for _ in 0..SLANT_ROUNDS {
        let extents = extents(boxes, slant);
        let steps = extents
            .iter()
            .filter_map(|extent| step_to_the_right(&extents, extent));
        slant = (slant + median_direction(steps)).clamp(-MAX_SLANT, MAX_SLANT);
    }
    slant
}

/// The way from the middle of a box to that of its nearest neighbour on the right, when
/// there is one at the same height.
fn step_to_the_right(extents: &[Extent], from: &Extent) -> Option<[f32; 2]> {
    let centre = |extent: &Extent| f32::midpoint(extent.left, extent.right);
    extents
        .iter()
        .filter(|to| to.left >= from.right && common_height(from, to) >= ROW_OVERLAP)
        .min_by(|a, b| {
            (a.left.total_cmp(&b.left)).then(
                (a.middle - from.middle)
                    .abs()
                    .total_cmp(&(b.middle - from.middle).abs()),
            )
        })
        .map(|to| [centre(to) - centre(from), to.middle - from.middle])
}

/// Median direction of the steps, weighted by their lengths; 0 without any. Steps steeper
/// than [`MAX_SLANT`] are left out.
fn median_direction(steps: impl Iterator<Item = [f32; 2]>) -> f32 {
    let mut directions: Vec<(f32, f32)> = steps
        .map(|[dx, dy]| (dy.atan2(dx), dx.hypot(dy)))
        .filter(|(angle, length)| angle.abs() <= MAX_SLANT && length.is_finite())
        .collect();
    directions.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
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

    #[test]
    fn a_page_turned_by_quarters_reads_like_an_upright_one() {
        let upright: Vec<Vec<[f32; 2]>> = (0..30)
            .flat_map(|line| {
                let y = 30.0 * line as f32;
                // A price taller than wide, too short a text to say how the page lies.
                [at(0.0, y, 300.0, 22.0), at(700.0, y + 2.0, 12.0, 22.0)]
            })
            .collect();
        let expected: Vec<Vec<usize>> = (0..30).map(|line| vec![2 * line, 2 * line + 1]).collect();
        for degrees in [0.0_f32, 90.0, 180.0, 270.0, 94.0, 176.0, 265.0] {
            let turn = |corners: &Vec<_>| turned(corners, degrees.to_radians());
            let mut boxes: Vec<_> = upright.iter().map(turn).collect();
            assert_eq!(reading_order(&boxes), expected, "{degrees} degrees");
            // A few lines are taken for standing on their head: the others decide.
            for corners in boxes.iter_mut().step_by(6) {
                corners.rotate_left(2);
            }
            assert_eq!(
                reading_order(&boxes),
                expected,
                "{degrees} degrees, some wrong"
            );
        }
    }

    #[test]
    fn upright_writing_beside_lines_keeps_its_row() {
        // The text of the last box runs down; its corners start where its text does.
        let mut down = at(400.0, 29.0, 12.0, 24.0);
        down.rotate_left(1);
        let boxes = [at(0.0, 0.0, 300.0, 22.0), at(0.0, 30.0, 300.0, 22.0), down];
        assert_eq!(reading_order(&boxes), [vec![0], vec![1, 2]]);
    }

    #[test]
    fn corners_in_another_order_do_not_turn_the_page() {
        let upright = [at(0.0, 0.0, 300.0, 22.0), at(0.0, 30.0, 300.0, 22.0)];
        let anticlockwise = upright.clone().map(|mut corners| {
            corners.reverse();
            corners
        });
        // From the bottom left upwards.
        let from_below = upright.clone().map(|mut corners| {
            corners.rotate_right(1);
            corners
        });
        for boxes in [upright, anticlockwise, from_below] {
            assert_eq!(reading_order(&boxes), [[0], [1]], "{boxes:?}");
        }
    }

    #[test]
    fn upright_boxes_around_slanted_text_keep_their_rows() {
        // Three columns of a page slanted by 2 degrees, boxed without turning: across the
        // page a row sinks by more than its height.
        let slope = 2.0_f32.to_radians().tan();
        let boxes: Vec<Vec<[f32; 2]>> = (0..20)
            .flat_map(|line| {
                [0.0, 320.0, 640.0].map(|x| {
                    at(
                        x,
                        30.0 * line as f32 + x * slope,
                        200.0,
                        20.0 + 200.0 * slope,
                    )
                })
            })
            .collect();
        let expected: Vec<Vec<usize>> = (0..20)
            .map(|line| (3 * line..3 * line + 3).collect())
            .collect();
        assert_eq!(reading_order(&boxes), expected);
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
