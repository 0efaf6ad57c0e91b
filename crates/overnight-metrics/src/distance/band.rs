//! The table of distances, 64 rows at a time.
//!
//! The bit-parallel recurrence is that of G. Myers, "A fast bit-vector algorithm for
//! approximate string matching based on dynamic programming" (J. ACM 46, 1999), in the
//! form H. Hyyrö gave it for patterns longer than a machine word. The table is walked in
//! bands of 64 rows, and only the horizontal differences on the border between two bands are
//! kept. So memory grows with the length of the texts and with the number of different
//! symbols, never with their product: 100,000 Hangul syllables a side take some megabytes.
//!
//! Of a band only the columns near the diagonal are walked (E. Ukkonen, "Algorithms for
//! approximate string matching", Information and Control 64, 1985): a distance of at most `k`
//! never leaves them. What lies outside is taken for reached by insertions or deletions alone,
//! so that what comes out is the cost of some way through the table, and the least one when it
//! is at most `k`. The first `k` comes from the symbols that one side has more of.

use super::length;

/// Distance of two sequences of numbers below `n_symbols`, the first not the longer one and
/// not empty.
pub(super) fn between(rows: &[u32], columns: &[u32], n_symbols: usize) -> u64 {
    let mut table = Table::new(columns.len(), n_symbols);
    // Most texts lie a little further apart than their symbols say.
    let least = bag_distance(rows, columns, n_symbols);
    let limit = (least + least / 4).max(64);
    let cost = table.walk(rows, columns, limit);
    if cost <= limit {
        return cost;
    }
    // Some way costs this much, so the least one does not leave a band of that width.
    table.walk(rows, columns, cost)
}

/// The least distance of `rows` from any stretch of `columns`.
pub(super) fn found_within(rows: &[u32], columns: &[u32], n_symbols: usize) -> u64 {
    let mut table = Table::new(columns.len(), n_symbols);
    // The match may begin anywhere: the first row costs nothing.
    table.border.fill(0);
    table.walk_all(rows, columns);
    let mut cost = length(rows);
    let mut least = cost;
    for &step in &table.border {
        cost = cost.wrapping_add_signed(i64::from(step));
        least = least.min(cost);
    }
    least
}

/// The symbols one side has more of than the other, the larger of both counts: at most the
/// distance (I. Bartolini et al., "String matching with metric trees using an approximate
/// distance", SPIRE 2002).
fn bag_distance(rows: &[u32], columns: &[u32], n_symbols: usize) -> u64 {
    let mut surplus = vec![0_i64; n_symbols];
    for &symbol in rows {
        surplus[symbol as usize] += 1;
    }
    for &symbol in columns {
        surplus[symbol as usize] -= 1;
    }
    let more = surplus.iter().filter(|n| **n > 0).sum::<i64>();
    let fewer = -surplus.iter().filter(|n| **n < 0).sum::<i64>();
    more.max(fewer).unsigned_abs()
}

/// What is kept of the table.
pub(super) struct Table {
    /// Horizontal differences (-1, 0, 1) on the border above the next band, one a column.
    pub(super) border: Vec<i8>,
    /// Bit `r` of a symbol is set when row `r` of the band is that symbol.
    matches: Vec<u64>,
}

impl Table {
    pub(super) fn new(n_columns: usize, n_symbols: usize) -> Self {
        Self {
            border: vec![1; n_columns],
            matches: vec![0; n_symbols],
        }
    }

    /// Cost of the cheapest way that stays where ways of cost `limit` can be.
    fn walk(&mut self, rows: &[u32], columns: &[u32], limit: u64) -> u64 {
        self.border.fill(1);
        let longer = columns.len() - rows.len();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).max(longer);
        // Diagonals a way of this cost can reach below the first, and beyond the last.
        let reach = (limit - longer) / 2 + 1;
        let mut first_row = 0;
        let mut first_column = 0;
        // At the crossing of both.
        let mut cost = 0_u64;
        for band in rows.chunks(64) {
            let from = first_row_minus(first_row, reach);
            for &step in &self.border[first_column..from] {
                cost = cost.wrapping_add_signed(i64::from(step));
            }
            first_column = from;
            let to = (first_row + band.len() + longer)
                .saturating_add(reach)
                .min(columns.len());
            self.walk_band(band, &columns[from..to], from);
            first_row += band.len();
            cost += length(band);
        }
        for &step in &self.border[first_column..] {
            cost = cost.wrapping_add_signed(i64::from(step));
        }
        cost
    }

    /// Walks all columns of all bands.
    pub(super) fn walk_all(&mut self, rows: &[u32], columns: &[u32]) {
        for band in rows.chunks(64) {
            self.walk_band(band, columns, 0);
        }
    }

    /// Carries the differences on the upper border of a band of up to 64 rows down to its
    /// lower border, for the columns from `first` on.
    fn walk_band(&mut self, rows: &[u32], columns: &[u32], first: usize) {
        for (bit, &symbol) in rows.iter().enumerate() {
            self.matches[symbol as usize] |= 1 << bit;
        }
        let lowest = rows.len() - 1;
        let mut column = Column::default();
        for (&symbol, step) in columns.iter().zip(&mut self.border[first..]) {
            *step = column.next(self.matches[symbol as usize], *step, lowest);
        }
        for &symbol in rows {
            self.matches[symbol as usize] = 0;
        }
    }

    /// As [`Self::walk_band`] over all columns, and hands over each column once it is known.
    pub(super) fn trace_band(
        &mut self,
        rows: &[u32],
        columns: &[u32],
        mut seen: impl FnMut(Column),
    ) {
        for (bit, &symbol) in rows.iter().enumerate() {
            self.matches[symbol as usize] |= 1 << bit;
        }
        let lowest = rows.len() - 1;
        let mut column = Column::default();
        for (&symbol, step) in columns.iter().zip(&mut self.border) {
            *step = column.next(self.matches[symbol as usize], *step, lowest);
            seen(column);
        }
        for &symbol in rows {
            self.matches[symbol as usize] = 0;
        }
    }
}

fn first_row_minus(first_row: usize, reach: usize) -> usize {
    first_row.saturating_sub(reach)
}

/// Vertical differences of one column within a band: bit `r` of `up` is set where the cost
/// rises from row `r - 1` to row `r`, of `down` where it falls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) up: u64,
    pub(super) down: u64,
}

impl Default for Column {
    fn default() -> Self {
        Self {
            up: u64::MAX,
            down: 0,
        }
    }
}

impl Column {
    /// Goes on to the next column, of which `equal` has the rows that match. Takes the
    /// horizontal difference above the band and gives the one below row `lowest`.
    #[inline]
    fn next(&mut self, equal: u64, above: i8, lowest: usize) -> i8 {
        let (enters_up, enters_down) = (u64::from(above > 0), u64::from(above < 0));
        let vertical = equal | self.down;
        let equal = equal | enters_down;
        let diagonal = ((equal & self.up).wrapping_add(self.up) ^ self.up) | equal;
        let rises = self.down | !(diagonal | self.up);
        let falls = self.up & diagonal;
        let below = ((rises >> lowest) & 1) as i8 - ((falls >> lowest) & 1) as i8;
        let rises = (rises << 1) | enters_up;
        let falls = (falls << 1) | enters_down;
        self.up = falls | !(vertical | rises);
        self.down = rises & vertical;
        below
    }
}
