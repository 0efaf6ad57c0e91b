//! Which edits make up a distance.

use super::alphabet::Alphabet;
use super::band::{Column, Table};

/// Columns of bands kept at once; a larger table is taken apart first.
const MOST_KEPT: usize = 1 << 21;

/// One edit: the places of a unit in the reference and in the hypothesis. A deletion has no
/// place in the hypothesis, an insertion none in the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Another unit was read.
    Substitution {
        /// Place in the reference.
        reference: usize,
        /// Place in the hypothesis.
        hypothesis: usize,
    },
    /// A unit was not read.
    Deletion {
        /// Place in the reference.
        reference: usize,
    },
    /// A unit was read that is not there.
    Insertion {
        /// Place in the hypothesis.
        hypothesis: usize,
    },
}

/// The edits of one least way from `reference` to `hypothesis`, in order; as many as their
/// distance. There may be other ways of the same cost: which one is taken depends on nothing
/// but the two texts.
///
/// Where the table would not fit 32 MiB it is halved first (D. Hirschberg, "A linear space
/// algorithm for computing maximal common subsequences", CACM 18, 1975).
pub fn edits(reference: &[u32], hypothesis: &[u32]) -> Vec<Edit> {
    let mut found = Vec::new();
    collect(reference, hypothesis, (0, 0), &mut found);
    found
}

fn collect(reference: &[u32], hypothesis: &[u32], at: (usize, usize), found: &mut Vec<Edit>) {
    let both = reference.iter().zip(hypothesis);
    let prefix = both.take_while(|(a, b)| a == b).count();
    let (reference, hypothesis) = (&reference[prefix..], &hypothesis[prefix..]);
    let both = reference.iter().rev().zip(hypothesis.iter().rev());
    let suffix = both.take_while(|(a, b)| a == b).count();
    let reference = &reference[..reference.len() - suffix];
    let hypothesis = &hypothesis[..hypothesis.len() - suffix];
    let (row, column) = (at.0 + prefix, at.1 + prefix);
    if hypothesis.is_empty() {
        let rows = row..row + reference.len();
        found.extend(rows.map(|reference| Edit::Deletion { reference }));
    } else if reference.is_empty() {
        let columns = column..column + hypothesis.len();
        found.extend(columns.map(|hypothesis| Edit::Insertion { hypothesis }));
    } else if reference
        .len()
        .div_ceil(64)
        .saturating_mul(hypothesis.len())
        <= MOST_KEPT
        || reference.len() < 2
    {
        trace(reference, hypothesis, (row, column), found);
    } else {
        let middle = reference.len() / 2;
        let split = best_split(reference, middle, hypothesis);
        let (above, below) = reference.split_at(middle);
        let (left, right) = hypothesis.split_at(split);
        collect(above, left, (row, column), found);
        collect(below, right, (row + middle, column + split), found);
    }
}

/// Where the hypothesis is cut when the reference is cut at `middle`.
fn best_split(reference: &[u32], middle: usize, hypothesis: &[u32]) -> usize {
    let (above, below) = reference.split_at(middle);
    let forward = last_row(above.iter().copied(), hypothesis.iter().copied());
    let backward = last_row(
        below.iter().rev().copied(),
        hypothesis.iter().rev().copied(),
    );
    (0..=hypothesis.len())
        .min_by_key(|&split| forward[split] + backward[hypothesis.len() - split])
        .unwrap_or(0)
}

/// The distance of the rows from each beginning of the columns.
fn last_row(rows: impl Iterator<Item = u32>, columns: impl Iterator<Item = u32>) -> Vec<u64> {
    let rows: Vec<u32> = rows.collect();
    let columns: Vec<u32> = columns.collect();
    let (alphabet, rows) = Alphabet::of(&rows);
    let columns = alphabet.columns(&columns);
    let mut table = Table::new(columns.len(), alphabet.len());
    table.walk_all(&rows, &columns);
    let mut cost = super::length(&rows);
    let mut costs = Vec::with_capacity(columns.len() + 1);
    costs.push(cost);
    for &step in &table.border {
        cost = cost.wrapping_add_signed(i64::from(step));
        costs.push(cost);
    }
    costs
}

/// Follows a least way back through the table, as far as its differences tell where it came
/// from: from above when the cost rises downwards, else from the left when it falls
/// downwards one column before, else along the diagonal.
fn trace(reference: &[u32], hypothesis: &[u32], at: (usize, usize), found: &mut Vec<Edit>) {
    let (alphabet, rows) = Alphabet::of(reference);
    let columns = alphabet.columns(hypothesis);
    let mut table = Table::new(columns.len(), alphabet.len());
    let mut kept: Vec<Column> = Vec::with_capacity(rows.len().div_ceil(64) * columns.len());
    for band in rows.chunks(64) {
        table.trace_band(band, &columns, |column| kept.push(column));
    }
    let column_of = |row: usize, column: usize| kept[row / 64 * columns.len() + column];
    let rises = |row: usize, column: usize| column_of(row, column).up >> (row % 64) & 1 == 1;
    let falls = |row: usize, column: usize| column_of(row, column).down >> (row % 64) & 1 == 1;
    let first = found.len();
    let (mut row, mut column) = (rows.len(), columns.len());
    while row > 0 && column > 0 {
        if rises(row - 1, column - 1) {
            row -= 1;
            found.push(Edit::Deletion {
                reference: at.0 + row,
            });
            continue;
        }
        column -= 1;
        if column > 0 && falls(row - 1, column - 1) {
            found.push(Edit::Insertion {
                hypothesis: at.1 + column,
            });
            continue;
        }
        row -= 1;
        if rows[row] != columns[column] {
            found.push(Edit::Substitution {
                reference: at.0 + row,
                hypothesis: at.1 + column,
            });
        }
    }
    for row in (0..row).rev() {
        found.push(Edit::Deletion {
            reference: at.0 + row,
        });
    }
    for column in (0..column).rev() {
        found.push(Edit::Insertion {
            hypothesis: at.1 + column,
        });
    }
    found[first..].reverse();
}
