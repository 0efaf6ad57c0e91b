//! Lines matched by best assignment, 1-NED and exact match.

use std::collections::HashMap;
use std::ops::AddAssign;

use super::best_assignment;
use crate::distance::levenshtein;

/// A line of the reference and the line of the hypothesis it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineMatch {
    /// Place in the reference; `None` for a line that was read and is not there.
    pub reference: Option<usize>,
    /// Place in the hypothesis; `None` for a line that was not read.
    pub hypothesis: Option<usize>,
    /// Levenshtein distance in code points; the length of the line when it has no partner.
    pub distance: u64,
    /// Code points of the longer of the two.
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
    /// Pairs, and lines without a partner.
    pub n: u64,
    /// Sum of [`LineMatch::similarity`] over these `n`; a line without a partner adds 0.
    pub similarity_sum: f64,
    /// Sum of distances over these `n`, in code points.
    pub edits: u64,
    /// Code points of the reference's lines.
    pub reference_len: u64,
}

impl LineCounts {
    /// Mean 1-NED, in [0, 1]; `None` without a line.
    pub fn one_minus_ned(&self) -> Option<f64> {
        (self.n > 0).then(|| self.similarity_sum / self.n as f64)
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
        self.n += other.n;
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
/// length. Each line has at most one partner, and as many as possible have one.
///
/// The sums of edits and of exact matches are the same for every best assignment; which
/// lines are partners, and so `similarity_sum`, need not be. Work grows with the product of
/// the numbers of lines that are not the same on both sides.
///
/// ```
/// use overnight_metrics::unordered::match_lines;
/// let found = match_lines(&["TOTAL 12.00", "Thank you"], &["Thank you", "T0TAL 12.00"]);
/// assert_eq!((found.counts.edits, found.counts.exact), (1, 1));
/// assert_eq!(found.matches[0].hypothesis, Some(1));
/// ```
pub fn match_lines(reference: &[&str], hypothesis: &[&str]) -> MatchedLines {
    let characters = |lines: &[&str]| -> Vec<Vec<char>> {
        lines.iter().map(|line| line.chars().collect()).collect()
    };
    let (refs, hyps) = (characters(reference), characters(hypothesis));
    let mut partner: Vec<Option<usize>> = vec![None; refs.len()];
    let mut is_taken = vec![false; hyps.len()];
    // The same line on both sides is a pair in some best assignment: the triangle inequality
    // lets any other two partners be exchanged for it.
    let mut places: HashMap<&[char], Vec<usize>> = HashMap::new();
    for (place, line) in hyps.iter().enumerate().rev() {
        places.entry(line).or_default().push(place);
    }
    for (line, partner) in refs.iter().zip(&mut partner) {
        *partner = places.get_mut(line.as_slice()).and_then(Vec::pop);
        if let Some(place) = partner {
            is_taken[*place] = true;
        }
    }
    let open_refs: Vec<usize> = (0..refs.len()).filter(|&r| partner[r].is_none()).collect();
    let open_hyps: Vec<usize> = (0..hyps.len()).filter(|&h| !is_taken[h]).collect();
    for (row, column) in assign(&refs, &open_refs, &hyps, &open_hyps) {
        partner[row] = Some(column);
        is_taken[column] = true;
    }

    let mut matches: Vec<LineMatch> = partner
        .iter()
        .enumerate()
        .map(|(place, partner)| {
            let line = &refs[place];
            let other: &[char] = partner.map_or(&[], |partner| hyps[partner].as_slice());
            LineMatch {
                reference: Some(place),
                hypothesis: *partner,
                distance: levenshtein(line, other),
                longest: line.len().max(other.len()) as u64,
            }
        })
        .collect();
    matches.extend(is_taken.iter().zip(&hyps).enumerate().filter_map(
        |(place, (is_taken, line))| {
            (!is_taken).then_some(LineMatch {
                reference: None,
                hypothesis: Some(place),
                distance: line.len() as u64,
                longest: line.len() as u64,
            })
        },
    ));
    let mut counts = LineCounts {
        n_ref: refs.len() as u64,
        n_hyp: hyps.len() as u64,
        n: matches.len() as u64,
        reference_len: refs.iter().map(|line| line.len() as u64).sum(),
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

/// Pairs `(reference, hypothesis)` of the lines that are still open.
fn assign(
    refs: &[Vec<char>],
    open_refs: &[usize],
    hyps: &[Vec<char>],
    open_hyps: &[usize],
) -> Vec<(usize, usize)> {
    let is_swapped = open_refs.len() > open_hyps.len();
    let (rows, columns) = if is_swapped {
        (open_hyps, open_refs)
    } else {
        (open_refs, open_hyps)
    };
    let (of_row, of_column) = if is_swapped {
        (hyps, refs)
    } else {
        (refs, hyps)
    };
    // A column that is not chosen costs its length, so one that is saves that.
    let costs: Vec<i64> = rows
        .iter()
        .flat_map(|&row| columns.iter().map(move |&column| (row, column)))
        .map(|(row, column)| {
            let (line, other) = (&of_row[row], &of_column[column]);
            levenshtein(line, other).cast_signed() - other.len() as i64
        })
        .collect();
    let chosen = best_assignment(rows.len(), columns.len(), |row, column| {
        costs[row * columns.len() + column]
    });
    chosen
        .into_iter()
        .zip(rows)
        .map(|(column, &row)| {
            let column = columns[column];
            if is_swapped {
                (column, row)
            } else {
                (row, column)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
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
        assert_eq!((only_read.edits, only_read.one_minus_ned()), (1, Some(0.0)));
    }
}
