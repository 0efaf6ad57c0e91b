//! A table before it is Markdown or HTML.

use super::words::Words;
use crate::number::dash;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) title: Words,
    /// Whether it is set to the right.
    pub(crate) is_number: bool,
}

/// A column of words.
pub(super) fn words(title: impl Into<Words>) -> Column {
    Column {
        title: title.into(),
        is_number: false,
    }
}

/// A column of numbers.
pub(super) fn number(title: impl Into<Words>) -> Column {
    Column {
        title: title.into(),
        is_number: true,
    }
}

/// A table; the first cell of a row says what the row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Words>>,
}

impl Grid {
    pub(super) fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self {
            columns: columns.into(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<Words> = cells.into_iter().map(Words::from).collect();
        assert_eq!(
            cells.len(),
            self.columns.len(),
            "a row has a cell for every column"
        );
        self.rows.push(cells);
    }

    /// Adds a row unless nothing but dashes stands beside its title.
    pub(super) fn row_unless_empty(&mut self, cells: Vec<String>) {
        if cells.iter().skip(1).any(|cell| *cell != dash()) {
            self.row(cells);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether it needs less than the whole width of a page.
    pub(crate) fn is_narrow(&self) -> bool {
        self.columns.len() <= 4
    }

    /// The cells of a row, each with whether it is set to the right.
    pub(crate) fn cells<'a>(&'a self, row: &'a [Words]) -> Vec<(bool, &'a Words)> {
        let columns = self.columns.iter().map(|column| column.is_number);
        columns.zip(row).collect()
    }

    /// Leaves out the columns in which no row has anything but a dash.
    pub(super) fn without_empty_columns(mut self) -> Self {
        let dash = Words::from(dash());
        let keep: Vec<bool> = (0..self.columns.len())
            .map(|i| i == 0 || self.rows.iter().any(|row| row[i] != dash))
            .collect();
        let kept = |i: usize| keep[i];
        let mut i = 0;
        self.columns.retain(|_| {
            i += 1;
            kept(i - 1)
        });
        for row in &mut self.rows {
            let mut i = 0;
            row.retain(|_| {
                i += 1;
                kept(i - 1)
            });
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_of_dashes_goes() {
        let mut grid = Grid::new([words("Group"), number("Range"), number("n")]);
        grid.row(["a".to_owned(), dash(), "1".to_owned()]);
        grid.row(["b".to_owned(), dash(), dash()]);
        let grid = grid.without_empty_columns();
        assert_eq!(grid.columns.len(), 2);
        assert_eq!(grid.rows[0], [Words::from("a"), Words::from("1")]);
    }
}
