//! Which found boxes match which regions.

use super::super::area::{Ring, area_where, intersection_area};
use super::region::Region;
use super::{Cleval, ClevalCounts, Splits, walk_order};

/// How many regions and boxes a match joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// One region, one box.
    OneToOne,
    /// One region, several boxes: it was split.
    OneToMany,
    /// Several regions, one box: they were merged.
    ManyToOne,
}

/// Regions and boxes that belong together, by their places in the lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Regions of the ground truth, ascending.
    pub gt: Vec<usize>,
    /// Found boxes, ascending.
    pub det: Vec<usize>,
    /// How many of each.
    pub relation: Relation,
}

/// A region and a box that have something in common.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) gt: usize,
    pub(super) det: usize,
    /// Share of the box's area that lies in the region. In single precision, as thresholds
    /// are compared in it.
    precision: f32,
    /// The region's characters whose centres the box holds, ascending.
    pub(super) held: Vec<usize>,
    pub(super) is_matched: bool,
}

impl Pair {
    /// Whether enough of the box lies in the region.
    fn is_precise(&self) -> bool {
        self.precision >= Cleval::AREA_PRECISION as f32
    }

    fn is_strong(&self) -> bool {
        self.is_precise() && !self.held.is_empty()
    }
}

/// All pairs of a page, and what matches.
#[derive(Debug)]
pub(super) struct Matching {
    /// By region, then by box.
    pub(super) pairs: Vec<Pair>,
    /// For each region the places of its pairs in `pairs`, by box.
    pub(super) of_gt: Vec<Vec<usize>>,
    /// For each box the places of its pairs in `pairs`, by region.
    pub(super) of_det: Vec<Vec<usize>>,
    /// Whether a box is left out, because it lies in don't-care regions.
    pub(super) det_left_out: Vec<bool>,
    pub(super) matches: Vec<Match>,
}

impl Matching {
    pub(super) fn of(gt: &[Region], det: &[Region]) -> Self {
        let mut made = Self {
            pairs: pairs(gt, det),
            of_gt: vec![Vec::new(); gt.len()],
            of_det: vec![Vec::new(); det.len()],
            det_left_out: vec![false; det.len()],
            matches: Vec::new(),
        };
        for (place, pair) in made.pairs.iter().enumerate() {
            made.of_gt[pair.gt].push(place);
            made.of_det[pair.det].push(place);
        }
        let dont_care = walk_order::of((0..gt.len()).filter(|&index| gt[index].is_dont_care));
        made.det_left_out = (0..det.len())
            .map(|index| made.is_left_out(index, &dont_care))
            .collect();
        made.find_matches(gt);
        made
    }

    /// Whether box `det` is precise in one don't-care region, or in all of those together in
    /// which it holds a centre.
    fn is_left_out(&self, det: usize, dont_care: &[usize]) -> bool {
        let mut sum = 0.0_f32;
        for region in dont_care {
            let of_det = &self.of_det[det];
            let Ok(found) = of_det.binary_search_by_key(region, |&place| self.pairs[place].gt)
            else {
                continue;
            };
            let pair = &self.pairs[of_det[found]];
            if pair.is_precise() {
                return true;
            }
            if !pair.held.is_empty() {
                sum += pair.precision;
            }
        }
        sum >= Cleval::AREA_PRECISION as f32
    }

    fn find_matches(&mut self, gt: &[Region]) {
        let strong = |places: &[usize]| {
            let strong = places
                .iter()
                .filter(|&&place| self.pairs[place].is_strong());
            strong.copied().collect::<Vec<usize>>()
        };
        let asked = |place: &usize| !gt[self.pairs[*place].gt].is_dont_care;
        let counted = |place: &usize| !self.det_left_out[self.pairs[*place].det];
        let mut matched: Vec<(Vec<usize>, Relation)> = Vec::new();
        for (places, _) in self.of_gt.iter().zip(gt).filter(|(_, gt)| !gt.is_dont_care) {
            if let [only] = strong(places)[..]
                && strong(&self.of_det[self.pairs[only].det]).len() == 1
                && counted(&only)
            {
                matched.push((vec![only], Relation::OneToOne));
            }
        }
        for (places, _) in self.of_gt.iter().zip(gt).filter(|(_, gt)| !gt.is_dont_care) {
            let mut several = strong(places);
            several.retain(counted);
            if several.len() >= 2 {
                matched.push((several, Relation::OneToMany));
            }
        }
        for places in &self.of_det {
            let holding = places.iter().copied().filter(|place| {
                asked(place) && counted(place) && !self.pairs[*place].held.is_empty()
            });
            let several: Vec<usize> = holding.collect();
            let precision: f64 = several
                .iter()
                .map(|&place| f64::from(self.pairs[place].precision))
                .sum();
            if several.len() >= 2 && precision >= Cleval::AREA_PRECISION {
                matched.push((several, Relation::ManyToOne));
            }
        }
        for (places, relation) in matched {
            let mut gt: Vec<usize> = places.iter().map(|&place| self.pairs[place].gt).collect();
            let mut det: Vec<usize> = places.iter().map(|&place| self.pairs[place].det).collect();
            gt.dedup();
            det.dedup();
            self.matches.push(Match { gt, det, relation });
            for place in places {
                self.pairs[place].is_matched = true;
            }
        }
    }

    /// The matched pairs among `places`.
    pub(super) fn matched<'a>(
        &'a self,
        places: &'a [usize],
    ) -> impl Iterator<Item = &'a Pair> + 'a {
        let pairs = places.iter().map(|&place| &self.pairs[place]);
        pairs.filter(|pair| pair.is_matched)
    }

    /// Counts for detection. A character counts for the first box that holds it.
    pub(super) fn count(&self, gt: &[Region], det: &[Region]) -> (ClevalCounts, Splits) {
        let mut counts = ClevalCounts::default();
        let mut splits = Splits::default();
        let mut had: Vec<Vec<bool>> = gt.iter().map(|gt| vec![false; gt.centres.len()]).collect();
        for (index, places) in self.of_det.iter().enumerate() {
            if self.det_left_out[index] {
                continue;
            }
            let mut n_regions = 0;
            for pair in self.matched(places) {
                n_regions += 1;
                for &character in &pair.held {
                    counts.n_det += 1;
                    if std::mem::replace(&mut had[pair.gt][character], true) {
                        splits.n_char_overlapped += 1;
                    } else {
                        counts.tp += 1;
                    }
                }
            }
            splits.n_merged += u64::from(n_regions > 1);
            counts.granularity_precision += u64::saturating_sub(n_regions, 1);
            if n_regions == 0 {
                counts.fp += det[index].suggested;
            }
        }
        counts.n_det += counts.fp;
        for (region, places) in gt.iter().zip(&self.of_gt) {
            if region.is_dont_care {
                continue;
            }
            counts.n_gt += region.text.len() as u64;
            let n_boxes = self.matched(places).count() as u64;
            splits.n_split += u64::from(n_boxes > 1);
            counts.granularity_recall += n_boxes.saturating_sub(1);
        }
        (counts, splits)
    }
}

/// Every region and box that may have a common place, by region, then by box.
fn pairs(gt: &[Region], det: &[Region]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (gt_index, region) in gt.iter().enumerate() {
        for (det_index, found) in det.iter().enumerate() {
            if !region.touches(found) {
                continue;
            }
            let common = if found.area > 0.0 {
                common_area(region, found, gt)
            } else {
                0.0
            };
            let held = region.centres.iter().enumerate();
            let held: Vec<usize> = held
                .filter_map(|(place, &centre)| found.holds(centre).then_some(place))
                .collect();
            if common > 0.0 || !held.is_empty() {
                pairs.push(Pair {
                    gt: gt_index,
                    det: det_index,
                    precision: if found.area > 0.0 {
                        (common / found.area) as f32
                    } else {
                        0.0
                    },
                    held,
                    is_matched: false,
                });
            }
        }
    }
    pairs
}

/// The area that a box has in a region, in square pixels: in a don't-care region without
/// what other regions cover of it.
fn common_area(region: &Region, found: &Region, gt: &[Region]) -> f64 {
    let (ring, box_) = (region.ring(), found.ring());
    if !region.is_dont_care {
        return intersection_area(&ring, &box_);
    }
    let mut rings: Vec<Ring<'_>> = vec![ring, box_];
    let asked = gt.iter().filter(|other| !other.is_dont_care);
    rings.extend(
        asked
            .filter(|other| other.touches(region) && other.touches(found))
            .map(Region::ring),
    );
    if rings.len() == 2 {
        return intersection_area(&ring, &box_);
    }
    area_where(&rings, |inside| {
        inside[0] && inside[1] && !inside[2..].contains(&true)
    })
}
