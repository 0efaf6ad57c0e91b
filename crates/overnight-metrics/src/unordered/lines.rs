//! Lines matched by best assignment, 1-NED and exact match.

use std::ops::AddAssign;

use rustc_hash::FxHashMap;

use super::best_assignment;
use crate::distance::symbol_distance;

/// A line of the reference and the line of the hypothesis it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineMatch {
    /// Place in the reference; `None` for a line that was read and is not there.
    pub reference: Option<usize>,
    /// Place in the hypothesis; `None` for a line that was not read.
    pub hypothesis: Option<usize>,
    /// Levenshtein distance in units; the length of the line when it has no partner.
    pub distance: u64,
    /// Units of the longer of the two.
    pub longest: u64,
}

impl LineMatch {
    /// `1 - distance / longest`, in [0, 1]; 1 for two empty lines. It is 1-NED, the measure
    /// of ICDAR 2019 ArT and LSVT, whose NED is the distance over the longer length.
    pub fn similarity(&self) -> f64 {
        if self.longest == 0 {
            1.0
        } else {
            1.0 - self.distance as f64 / self.longest as f64
        }
    }
}

/// Sums over lines; sums over samples.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LineCounts {
    /// Lines of the reference.
    pub n_ref: u64,
    /// Lines of the hypothesis.
    pub n_hyp: u64,
    /// Lines that are the same on both sides.
    pub exact: u64,
    /// Sum of [`LineMatch::similarity`] over pairs; a line without a partner adds 0.
    pub similarity_sum: f64,
    /// Sum of distances over pairs and lines without a partner, in units.
    pub edits: u64,
    /// Units of the reference's lines.
    pub reference_len: u64,
}

impl LineCounts {
    /// Mean 1-NED over the reference's lines, a line without a partner counting 0, in [0, 1];
    /// `None` without one.
    pub fn one_minus_ned(&self) -> Option<f64> {
        (self.n_ref > 0).then(|| self.similarity_sum / self.n_ref as f64)
    }

    /// Share of the reference's lines that were read exactly; `None` without one.
    pub fn exact_match(&self) -> Option<f64> {
        (self.n_ref > 0).then(|| self.exact as f64 / self.n_ref as f64)
    }

    /// Character error rate with each line where it fits best; may exceed 1; `None` for an
    /// empty reference.
    pub fn cer(&self) -> Option<f64> {
        (self.reference_len > 0).then(|| self.edits as f64 / self.reference_len as f64)
    }
}

impl AddAssign for LineCounts {
    fn add_assign(&mut self, other: Self) {
        self.n_ref += other.n_ref;
        self.n_hyp += other.n_hyp;
        self.exact += other.exact;
        self.similarity_sum += other.similarity_sum;
        self.edits += other.edits;
        self.reference_len += other.reference_len;
    }
}

/// What [`match_lines`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchedLines {
    /// Pairs and lines without a partner: by place in the reference, then those that were
    /// only read, by place in the hypothesis.
    pub matches: Vec<LineMatch>,
    /// Their sums.
    pub counts: LineCounts,
}

/// Matches lines so that the sum of distances is least; a line without a partner costs its
/// length. Each line has at most one partner, and as many as possible have one. Equal lines
/// are partners; where several matchings have the least sum, one with the largest sum of
/// similarities (to 2^-40 a line) is taken. So the sums are the same whatever the order of
/// the lines, though which of several equally good lines are partners is not.
///
/// Work and memory grow with the product of the numbers of lines that are not the same on both
/// sides, times their length, and at worst with the cube of the former: see [`LineWork`].
///
/// ```
/// use overnight_metrics::unordered::match_lines;
/// let found = match_lines(&["TOTAL 12.00", "Thank you"], &["Thank you", "T0TAL 12.00"]);
/// assert_eq!((found.counts.edits, found.counts.exact), (1, 1));
/// assert_eq!(found.matches[0].hypothesis, Some(1));
/// ```
pub fn match_lines(reference: &[&str], hypothesis: &[&str]) -> MatchedLines {
    let symbols = |lines: &[&str]| -> Vec<Vec<u32>> {
        let of = |line: &&str| line.chars().map(u32::from).collect();
        lines.iter().map(of).collect()
    };
    let (refs, hyps) = (symbols(reference), symbols(hypothesis));
    Matching::begin(&refs, &hyps).finish()
}

/// What matching the lines of one page would take, equal lines left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineWork {
    /// Pairs of lines whose distance is asked for.
    pub pairs: u64,
    /// Steps of the distances, 64 cells of a table each.
    pub steps: u64,
}

impl LineWork {
    /// What a page may take: 1,000 by 1,000 lines none of which was read exactly, or
    /// some 150,000 by 150,000 characters in long ones. One to two seconds of a processor.
    pub const MOST: Self = Self {
        pairs: 1_000_000,
        steps: 400_000_000,
    };

    fn fits(self, most: Self) -> bool {
        self.pairs <= most.pairs && self.steps <= most.steps
    }
}

/// [`match_lines`] of lines in any unit; `None` when it would take more than `most`.
pub(super) fn match_symbols(
    refs: &[Vec<u32>],
    hyps: &[Vec<u32>],
    most: LineWork,
) -> Option<MatchedLines> {
    let matching = Matching::begin(refs, hyps);
    matching.work().fits(most).then(|| matching.finish())
}

/// Lines on their way to a partner.
struct Matching<'a> {
    refs: &'a [Vec<u32>],
    hyps: &'a [Vec<u32>],
    /// The partner of each line of the reference.
    partner: Vec<Option<usize>>,
    /// Lines of the reference that have none yet.
    open_refs: Vec<usize>,
    /// Lines of the hypothesis likewise.
    open_hyps: Vec<usize>,
}

impl<'a> Matching<'a> {
    /// Makes equal lines partners. They are so in some least matching: the triangle inequality
    /// lets any other two partners be exchanged for them.
    fn begin(refs: &'a [Vec<u32>], hyps: &'a [Vec<u32>]) -> Self {
        let mut places: FxHashMap<&[u32], Vec<usize>> = FxHashMap::default();
        for (place, line) in hyps.iter().enumerate().rev() {
            places.entry(line).or_default().push(place);
        }
        let mut is_taken = vec![false; hyps.len()];
        let mut open_refs = Vec::new();
        let partner = refs.iter().enumerate().map(|(row, line)| {
            let place = places.get_mut(line.as_slice()).and_then(Vec::pop);
            match place {
                Some(place) => is_taken[place] = true,
                None => open_refs.push(row),
            }
            place
        });
        let partner = partner.collect();
        Self {
            refs,
            hyps,
            partner,
            open_refs,
            open_hyps: (0..hyps.len()).filter(|&place| !is_taken[place]).collect(),
        }
    }

    fn work(&self) -> LineWork {
        let (n_refs, n_hyps) = (self.open_refs.len() as u64, self.open_hyps.len() as u64);
        if n_refs.min(n_hyps) == 0 || n_refs.max(n_hyps) == 1 {
            // One distance, which an error rate takes as well.
            return LineWork { pairs: 1, steps: 0 };
        }
        let rows = self.open_refs.iter().map(|&r| self.refs[r].len() as u64);
        let columns = self.open_hyps.iter().map(|&h| self.hyps[h].len() as u64);
        LineWork {
            pairs: n_refs.saturating_mul(n_hyps),
            steps: rows
                .map(|length| length.div_ceil(64))
                .sum::<u64>()
                .saturating_mul(columns.sum()),
        }
    }

    fn finish(mut self) -> MatchedLines {
        self.assign();
        let refs = self.refs.iter().zip(&self.partner).enumerate();
        let mut is_taken = vec![false; self.hyps.len()];
        let mut matches = Vec::with_capacity(self.refs.len().max(self.hyps.len()));
        for (place, (line, partner)) in refs {
            let other: &[u32] = partner.map_or(&[], |partner| self.hyps[partner].as_slice());
            if let Some(partner) = partner {
                is_taken[*partner] = true;
            }
            matches.push(LineMatch {
                reference: Some(place),
                hypothesis: *partner,
                distance: symbol_distance(line, other),
                longest: line.len().max(other.len()) as u64,
            });
        }
        let only_read = self.hyps.iter().enumerate().filter(|(h, _)| !is_taken[*h]);
        matches.extend(only_read.map(|(place, line)| LineMatch {
            reference: None,
            hypothesis: Some(place),
            distance: line.len() as u64,
            longest: line.len() as u64,
        }));
        let mut counts = LineCounts {
            n_ref: self.refs.len() as u64,
            n_hyp: self.hyps.len() as u64,
            reference_len: self.refs.iter().map(|line| line.len() as u64).sum(),
            ..LineCounts::default()
        };
        for line in &matches {
            counts.edits += line.distance;
            if line.reference.is_some() && line.hypothesis.is_some() {
                counts.exact += u64::from(line.distance == 0);
                counts.similarity_sum += line.similarity();
            }
        }
        MatchedLines { matches, counts }
    }

    /// Finds partners for the lines that are open.
    fn assign(&mut self) {
        let is_swapped = self.open_refs.len() > self.open_hyps.len();
        let (rows, columns, of_row, of_column) = if is_swapped {
            (&self.open_hyps, &self.open_refs, self.hyps, self.refs)
        } else {
            (&self.open_refs, &self.open_hyps, self.refs, self.hyps)
        };
        let costs: Vec<i128> = rows
            .iter()
            .flat_map(|&row| columns.iter().map(move |&column| (row, column)))
            .map(|(row, column)| cost(&of_row[row], &of_column[column]))
            .collect();
        let chosen = best_assignment(rows.len(), columns.len(), |row, column| {
            costs[row * columns.len() + column]
        });
        for (column, &row) in chosen.into_iter().zip(rows) {
            let (reference, hypothesis) = match is_swapped {
                true => (columns[column], row),
                false => (row, columns[column]),
            };
            self.partner[reference] = Some(hypothesis);
        }
    }
}

/// What it costs to make a row and a column partners. A column that is not chosen costs its
/// length, so one that is saves that. Half of the bits below the distance are the similarity,
/// which so decides between equal distances alone.
fn cost(row: &[u32], column: &[u32]) -> i128 {
    let distance = symbol_distance(row, column);
    let longest = row.len().max(column.len()) as u64;
    let alike = (u128::from(longest - distance) << 40) / u128::from(longest.max(1));
    ((i128::from(distance) - column.len() as i128) << 64) - alike.cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::levenshtein;
    use proptest::prelude::*;

    /// The least sum of distances, by trying every way, partners or none.
    fn least(refs: &[String], hyps: &mut Vec<String>) -> u64 {
        let length = |line: &String| line.chars().count() as u64;
        let Some((first, rest)) = refs.split_first() else {
            return hyps.iter().map(length).sum();
        };
        let mut best = length(first) + least(rest, hyps);
        for place in 0..hyps.len() {
            let other = hyps.remove(place);
            let (a, b): (Vec<char>, Vec<char>) = (first.chars().collect(), other.chars().collect());
            best = best.min(levenshtein(&a, &b) + least(rest, hyps));
            hyps.insert(place, other);
        }
        best
    }

    proptest! {
        #[test]
        fn no_other_matching_has_fewer_edits(
            refs in proptest::collection::vec("[ab]{0,4}", 0..5),
            hyps in proptest::collection::vec("[ab]{0,4}", 0..5),
        ) {
            let views = |lines: &[String]| lines.iter().map(String::as_str).map(str::to_owned).collect::<Vec<_>>();
            let (r, h) = (views(&refs), views(&hyps));
            let r: Vec<&str> = r.iter().map(String::as_str).collect();
            let h: Vec<&str> = h.iter().map(String::as_str).collect();
            let found = match_lines(&r, &h);
            prop_assert_eq!(found.counts.edits, least(&refs, &mut hyps.clone()));
            prop_assert_eq!(found.matches.len(), refs.len().max(hyps.len()));
        }
    }

    #[test]
    fn lines_without_a_partner_are_wrong_and_no_lines_are_no_number() {
        let found = match_lines(&["ab", "cd"], &["ab"]).counts;
        assert_eq!(
            (found.one_minus_ned(), found.exact_match()),
            (Some(0.5), Some(0.5))
        );
        assert_eq!(found.cer(), Some(0.5));
        let none = match_lines(&[], &[]).counts;
        assert_eq!(
            (none.one_minus_ned(), none.exact_match(), none.cer()),
            (None, None, None)
        );
        let only_read = match_lines(&[], &["x"]).counts;
        assert_eq!((only_read.edits, only_read.one_minus_ned()), (1, None));
    }

    #[test]
    fn of_equal_sums_of_distances_the_more_alike_lines_are_taken() {
        // Either partner leaves five edits; 2 of 3 letters are more alike than 2 of 4.
        for hyps in [["abcd", "abc"], ["abc", "abcd"]] {
            let found = match_lines(&["ab"], &hyps).counts;
            assert_eq!((found.edits, found.similarity_sum), (5, 1.0 - 1.0 / 3.0));
        }
        // `ab` beside `aba` and `aba` beside `ba` would be as cheap, and no line exact.
        let exact = match_lines(&["ab", "aba"], &["aba", "ba"]).counts;
        assert_eq!((exact.edits, exact.exact), (2, 1));
    }

    #[test]
    fn what_would_take_too_long_is_not_begun() {
        let lines = |n: u32, length: usize, from: u32| -> Vec<Vec<u32>> {
            (from..from + n)
                .map(|number| vec![number; length])
                .collect()
        };
        let fits = |refs: &[Vec<u32>], hyps: &[Vec<u32>]| {
            Matching::begin(refs, hyps).work().fits(LineWork::MOST)
        };
        assert!(fits(&lines(1_000, 40, 0), &lines(1_000, 40, 5_000)));
        assert!(!fits(&lines(1_001, 40, 0), &lines(1_000, 40, 5_000)));
        assert!(!fits(&lines(2, 100_000, 0), &lines(2, 100_000, 5)));
        // Equal lines cost nothing, however many, and neither does one line a side.
        assert!(fits(&lines(100_000, 1, 0), &lines(100_000, 1, 50)));
        assert!(fits(&lines(1, 1 << 20, 0), &lines(1, 1 << 20, 1)));
        let most = LineWork { pairs: 0, steps: 0 };
        assert_eq!(match_symbols(&lines(2, 2, 0), &lines(2, 2, 5), most), None);
    }
}
