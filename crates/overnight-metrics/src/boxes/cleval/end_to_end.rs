//! How many of the characters were read.

use super::matching::Matching;
use super::region::Region;
use super::{ClevalCounts, subsequence, walk_order};

/// Counts for end-to-end: each region takes its longest common subsequence with the texts of
/// its boxes out of these texts, and what is left in them is wrong.
pub(super) fn count(
    matching: &Matching,
    gt: &[Region],
    det: &[Region],
    detection: &ClevalCounts,
) -> ClevalCounts {
    let mut left: Vec<Vec<char>> = det.iter().map(|found| found.text.clone()).collect();
    let mut tp = 0;
    for region in walk_order::of_asked(gt.iter().map(|region| region.is_dont_care)) {
        let boxes = in_order(matching, region);
        let target: Vec<char> = boxes
            .iter()
            .flat_map(|&box_| &left[box_])
            .copied()
            .collect();
        for character in subsequence::longest_common(&gt[region].text, &target) {
            tp += 1;
            for &box_ in &boxes {
                if let Some(place) = left[box_].iter().position(|&c| c == character) {
                    left[box_].remove(place);
                    break;
                }
            }
        }
    }
    let n_det = det
        .iter()
        .zip(&matching.det_left_out)
        .filter(|(_, is_left_out)| !**is_left_out)
        .map(|(found, _)| found.text.len() as u64)
        .sum();
    ClevalCounts {
        n_det,
        tp,
        fp: n_det - tp,
        ..*detection
    }
}

/// The boxes that match a region, in the order in which its centres lie in them. Of boxes
/// that have no centre to themselves only the first stays, as in the published program.
fn in_order(matching: &Matching, region: usize) -> Vec<usize> {
    let mut open: Vec<_> = matching.matched(&matching.of_gt[region]).collect();
    let mut ordered = Vec::with_capacity(open.len());
    let n_centres = open.iter().filter_map(|pair| pair.held.last()).max();
    for centre in 0..n_centres.map_or(0, |last| last + 1) {
        if open.len() == 1 {
            break;
        }
        let holding = open
            .iter()
            .position(|pair| pair.held.binary_search(&centre).is_ok());
        if let Some(place) = holding {
            ordered.push(open.remove(place).det);
        }
    }
    ordered.extend(open.first().map(|pair| pair.det));
    ordered
}
