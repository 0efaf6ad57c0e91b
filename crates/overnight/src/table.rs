//! Columns of text, aligned.

/// Rows under a header; the columns named at the beginning are left-aligned, all others
/// right-aligned.
#[derive(Debug)]
pub(crate) struct Table {
    n_left: usize,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with its header. The first `n_left` columns hold words, the others numbers.
    pub(crate) fn new(n_left: usize, header: &[&str]) -> Self {
        Self {
            n_left,
            rows: vec![header.iter().map(|&cell| cell.to_owned()).collect()],
        }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table as text, two spaces between columns, every line closed.
    pub(crate) fn render(&self) -> String {
        let n_columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..n_columns)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                if column > 0 {
                    line.push_str("  ");
                }
                let pad = " ".repeat(widths[column] - cell.chars().count());
                if column < self.n_left {
                    line.push_str(cell);
                    line.push_str(&pad);
                } else {
                    line.push_str(&pad);
                    line.push_str(cell);
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// A number that may be missing, with `digits` behind the point; `-` when it is.
pub(crate) fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
}

/// A fraction as a percentage with `digits` behind the point, without the sign; `-` when missing.
pub(crate) fn percent(value: Option<f64>, digits: usize) -> String {
    number(value.map(|value| value * 100.0), digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_left_and_numbers_right() {
        let mut table = Table::new(1, &["arm", "CER %"]);
        table.row(["none".to_owned(), percent(Some(0.038), 2)]);
        table.row(["grayscale".to_owned(), percent(None, 2)]);
        assert_eq!(
            table.render(),
            "arm        CER %\n\
             none        3.80\n\
             grayscale      -\n"
        );
    }
}
