//! Connected regions of a probability map.

use super::map::Map;

/// Text pixels beside each other in one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    row: u32,
    /// First and last column.
    first: u32,
    last: u32,
}

/// Pixels that touch each other, corners included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Region {
    /// From the top.
    runs: Vec<Run>,
}

impl Region {
    /// Number of pixels.
    pub(super) fn n_pixels(&self) -> u64 {
        self.runs
            .iter()
            .map(|run| u64::from(run.last - run.first) + 1)
            .sum()
    }

    /// First and last pixel of every run, `[x, y]`: the region's convex hull is theirs.
    pub(super) fn row_ends(&self) -> Vec<[i32; 2]> {
        let ends = |run: &Run| [[run.first, run.row], [run.last, run.row]];
        self.runs
            .iter()
            .flat_map(ends)
            .map(|end| end.map(u32::cast_signed))
            .collect()
    }
}

/// The regions of pixels above `threshold`, in the order of their topmost pixels.
pub(super) fn regions(map: &Map<'_>, threshold: f32) -> Vec<Region> {
    let mut runs: Vec<Run> = Vec::new();
    let mut labels = Labels::default();
    let mut above = 0..0;
    for (row, values) in map.rows().enumerate() {
        let start = runs.len();
        collect_runs(values, threshold, row as u32, &mut runs);
        labels.grow_to(runs.len());
        // Both rows are sorted by column, so one walk over both finds every contact.
        let mut upper = above.start;
        for lower in start..runs.len() {
            let run = runs[lower];
            while upper < above.end && runs[upper].last + 1 < run.first {
                upper += 1;
            }
            let mut touching = upper;
            while touching < above.end && runs[touching].first <= run.last + 1 {
                labels.join(touching, lower);
                touching += 1;
            }
            // The last of them may also touch the next run.
            upper = touching.saturating_sub(1).max(upper);
        }
        above = start..runs.len();
    }
    gather(&runs, &mut labels)
}

fn collect_runs(values: &[f32], threshold: f32, row: u32, runs: &mut Vec<Run>) {
    let mut column = 0;
    while let Some(offset) = values[column..].iter().position(|value| *value > threshold) {
        let first = column + offset;
        let length = values[first..]
            .iter()
            .position(|value| *value <= threshold || value.is_nan());
        let end = length.map_or(values.len(), |length| first + length);
        runs.push(Run {
            row,
            first: first as u32,
            last: end as u32 - 1,
        });
        column = end;
    }
}

fn gather(runs: &[Run], labels: &mut Labels) -> Vec<Region> {
    let mut place = vec![usize::MAX; runs.len()];
    let mut regions: Vec<Region> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let root = labels.root(index);
        if place[root] == usize::MAX {
            place[root] = regions.len();
            regions.push(Region::default());
        }
        regions[place[root]].runs.push(*run);
    }
    regions
}

/// Which runs belong together (union-find with path halving; the smaller number is the root).
#[derive(Debug, Default)]
struct Labels {
    parents: Vec<usize>,
}

impl Labels {
    fn grow_to(&mut self, n: usize) {
        self.parents.extend(self.parents.len()..n);
    }

    fn root(&mut self, mut index: usize) -> usize {
        while self.parents[index] != index {
            self.parents[index] = self.parents[self.parents[index]];
            index = self.parents[index];
        }
        index
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(picture: &[&str]) -> Vec<Region> {
        let columns = picture[0].len();
        let values: Vec<f32> = picture
            .iter()
            .flat_map(|row| row.bytes().map(|byte| if byte == b'#' { 0.9 } else { 0.1 }))
            .collect();
        regions(&Map::new(columns, &values), 0.5)
    }

    #[test]
    fn corners_touch_and_arms_meet_below() {
        let found = of(&["#..#.#", "#..#..", "####..", "......", ".#....", "..#..."]);
        let sizes: Vec<u64> = found.iter().map(Region::n_pixels).collect();
        assert_eq!(sizes, [8, 1, 2]);
        let found = of(&["#.#.#", ".#.#."]);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn nothing_that_is_no_number_is_text() {
        assert!(regions(&Map::new(2, &[f32::NAN; 4]), 0.5).is_empty());
        let mixed = regions(&Map::new(3, &[0.9, f32::NAN, 0.9]), 0.5);
        assert_eq!(mixed.len(), 2);
    }

    /// Flood fill, pixel by pixel.
    fn flooded(pixels: &[bool], columns: usize) -> Vec<u64> {
        let rows = pixels.len() / columns;
        let mut left = pixels.to_vec();
        let mut sizes = Vec::new();
        for start in 0..pixels.len() {
            let mut stack = vec![start];
            let mut size = 0;
            while let Some(at) = stack.pop() {
                if !std::mem::take(&mut left[at]) {
                    continue;
                }
                size += 1;
                let (x, y) = (at % columns, at / columns);
                for ny in y.saturating_sub(1)..=(y + 1).min(rows - 1) {
                    for nx in x.saturating_sub(1)..=(x + 1).min(columns - 1) {
                        stack.push(ny * columns + nx);
                    }
                }
            }
            if size > 0 {
                sizes.push(size);
            }
        }
        sizes
    }

    proptest! {
        #[test]
        fn regions_are_those_of_a_flood_fill(
            columns in 1_usize..12,
            pixels in prop::collection::vec(any::<bool>(), 1..140),
        ) {
            let whole = pixels.len() / columns * columns;
            prop_assume!(whole > 0);
            let pixels = &pixels[..whole];
            let values: Vec<f32> = pixels.iter().map(|is| f32::from(u8::from(*is))).collect();
            let found = regions(&Map::new(columns, &values), 0.5);
            let sizes: Vec<u64> = found.iter().map(Region::n_pixels).collect();
            prop_assert_eq!(sizes, flooded(pixels, columns));
        }
    }
}
