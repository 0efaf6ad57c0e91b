//! Joins boxes that stand beside each other into rows.

use super::extent::{Extent, common_height, gap};

/// Share of the lower box's height that two neighbours in a row have in common, at least.
pub(super) const ROW_OVERLAP: f32 = 0.5;
/// Share of the narrower box's width that two boxes of a row may have in common, at most.
const SIDE_OVERLAP: f32 = 0.5;
/// Middles of two boxes that share half of the lower one's height are at most half of the
/// higher one's height apart; a little more, because of rounding.
const REACH: f32 = 0.51;

/// A row that may still grow.
struct Open {
    /// Place among the rows.
    row: usize,
    /// The lowest middle of a member.
    last: f32,
    /// How far down a box's middle may lie to meet a member that is the higher of the two.
    reach: f32,
}

/// Rows from top to bottom, each from left to right; `extents` run from top to bottom.
pub(super) fn rows(extents: &[Extent]) -> Vec<Vec<usize>> {
    // The greatest height from each box on: a row nobody below can meet is closed.
    let mut tallest = vec![0.0_f32; extents.len()];
    extents
        .iter()
        .enumerate()
        .rev()
        .fold(0.0_f32, |so_far, (at, extent)| {
            tallest[at] = so_far.max(extent.height);
            tallest[at]
        });
    let mut rows: Vec<Vec<Extent>> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    for (extent, tallest) in extents.iter().zip(tallest) {
        open.retain(|open| open.reach.max(open.last + tallest * REACH) >= extent.middle);
        let best = open
            .iter_mut()
            .filter(|open| open.reach.max(open.last + extent.height * REACH) >= extent.middle)
            .filter_map(|open| Some((overlap_with(&rows[open.row], extent)?, open)))
            .max_by(|(a, _), (b, _)| a.total_cmp(b));
        let reach = extent.middle + extent.height * REACH;
        match best {
            Some((_, open)) => {
                open.last = extent.middle;
                open.reach = open.reach.max(reach);
                rows[open.row].push(*extent);
            }
            None => {
                open.push(Open {
                    row: rows.len(),
                    last: extent.middle,
                    reach,
                });
                rows.push(vec![*extent]);
            }
        }
    }
    let middle =
        |row: &[Extent]| row.iter().map(|member| member.middle).sum::<f32>() / row.len() as f32;
    rows.sort_by(|a, b| middle(a).total_cmp(&middle(b)));
    rows.into_iter()
        .map(|mut row| {
            row.sort_by(|a, b| a.left.total_cmp(&b.left).then(a.index.cmp(&b.index)));
            row.iter().map(|member| member.index).collect()
        })
        .collect()
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
