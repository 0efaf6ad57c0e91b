//! The cheapest way to give each row a column of its own.

/// A column for each row, no column twice, with the least sum of costs. `cost(row, column)` is
/// asked for `n_rows` x `n_columns`; there must be at least as many columns as rows, and sums
/// of costs must fit in an `i128`, whose width is room for a second cost below the first.
///
/// Shortest augmenting paths with potentials (H. Kuhn 1955, R. Jonker and A. Volgenant 1987):
/// `n_rows`² x `n_columns` steps at most.
///
/// # Panics
/// With fewer columns than rows.
///
/// ```
/// use overnight_metrics::unordered::best_assignment;
/// let costs = [[1, 2, 9], [1, 5, 9]];
/// assert_eq!(best_assignment(2, 3, |row, column| costs[row][column]), [1, 0]);
/// ```
pub fn best_assignment(
    n_rows: usize,
    n_columns: usize,
    cost: impl Fn(usize, usize) -> i128,
) -> Vec<usize> {
    assert!(n_rows <= n_columns, "each row needs a column of its own");
    // Column `n_columns` stands for none: there a path begins.
    let none = n_columns;
    let mut row_price = vec![0_i128; n_rows];
    let mut column_price = vec![0_i128; n_columns + 1];
    let mut row_of: Vec<Option<usize>> = vec![None; n_columns + 1];
    for row in 0..n_rows {
        row_of[none] = Some(row);
        let mut least = vec![i128::MAX; n_columns];
        let mut came_from = vec![none; n_columns];
        let mut is_reached = vec![false; n_columns + 1];
        let mut at = none;
        while let Some(here) = row_of[at] {
            is_reached[at] = true;
            let (mut step, mut next) = (i128::MAX, none);
            for column in (0..n_columns).filter(|&column| !is_reached[column]) {
                let reduced = cost(here, column) - row_price[here] - column_price[column];
                if reduced < least[column] {
                    least[column] = reduced;
                    came_from[column] = at;
                }
                if least[column] < step {
                    step = least[column];
                    next = column;
                }
            }
            for column in 0..=n_columns {
                if is_reached[column] {
                    column_price[column] -= step;
                    if let Some(row) = row_of[column] {
                        row_price[row] += step;
                    }
                } else {
                    least[column] -= step;
                }
            }
            at = next;
        }
        while at != none {
            let before = came_from[at];
            row_of[at] = row_of[before];
            at = before;
        }
    }
    let mut columns = vec![none; n_rows];
    for (column, row) in row_of[..n_columns].iter().enumerate() {
        if let Some(row) = row {
            columns[*row] = column;
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::best_assignment;
    use proptest::prelude::*;

    /// The least sum, by trying every way.
    fn least(costs: &[Vec<i128>], taken: &mut Vec<bool>) -> i128 {
        let Some((first, rest)) = costs.split_first() else {
            return 0;
        };
        let mut best = i128::MAX;
        for column in 0..taken.len() {
            if !taken[column] {
                taken[column] = true;
                best = best.min(first[column] + least(rest, taken));
                taken[column] = false;
            }
        }
        best
    }

    proptest! {
        #[test]
        fn no_other_assignment_is_cheaper(
            (costs, n_columns) in (0_usize..6, 0_usize..3).prop_flat_map(|(n, more)| {
                let row = proptest::collection::vec(-9_i128..10, n + more);
                (proptest::collection::vec(row, n), Just(n + more))
            })
        ) {
            let columns = best_assignment(costs.len(), n_columns, |r, c| costs[r][c]);
            let sum: i128 = columns.iter().zip(&costs).map(|(&c, row)| row[c]).sum();
            prop_assert_eq!(sum, least(&costs, &mut vec![false; n_columns]));
            let mut distinct = columns.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assert_eq!(distinct.len(), costs.len());
        }
    }
}
