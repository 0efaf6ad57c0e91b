//! Lays a page upright: turns it by quarters, and finds the slant that remains.

use std::borrow::Cow;

use super::extent::{Extent, common_height, extents};
use super::rows::ROW_OVERLAP;

/// Steeper directions (in radians, 30 degrees) are not taken for a slant of the page.
pub(super) const MAX_SLANT: f32 = 0.524;
/// How often the slant is estimated anew with neighbours found under the last estimate.
const SLANT_ROUNDS: usize = 3;
/// So many boxes, evenly from top to bottom, are asked for their neighbour: enough for a
/// median, and looking for one passes over all boxes.
const ASKED: usize = 1_000;

/// The boxes turned by as many quarters as the page is, counted by the boxes' first edges.
pub(super) fn laid_upright(boxes: &[Vec<[f32; 2]>]) -> Cow<'_, [Vec<[f32; 2]>]> {
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

/// Direction of the page's rows in radians: begins with the direction of the boxes' own
/// first edges, then follows the rows themselves.
pub(super) fn slant_of(boxes: &[Vec<[f32; 2]>]) -> f32 {
    let edges = boxes.iter().filter(|corners| corners.len() == 4);
    let mut slant = median_direction(
        edges.map(|corners| [corners[1][0] - corners[0][0], corners[1][1] - corners[0][1]]),
    );
    for _ in 0..SLANT_ROUNDS {
        let extents = extents(boxes, slant);
        let steps = extents
            .iter()
            .step_by(extents.len().div_ceil(ASKED).max(1))
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
