//! What a detection network answers: how likely each pixel belongs to text.

/// A map of probabilities in [0, 1], row by row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Map<'a> {
    columns: usize,
    values: &'a [f32],
}

impl<'a> Map<'a> {
    /// A map of `values.len() / columns` rows; columns must not be 0.
    pub(super) fn new(columns: usize, values: &'a [f32]) -> Self {
        Self { columns, values }
    }

    /// Its rows from the top.
    pub(super) fn rows(&self) -> impl Iterator<Item = &'a [f32]> {
        self.values.chunks_exact(self.columns)
    }

    /// One of its rows.
    pub(super) fn row(&self, y: usize) -> &'a [f32] {
        &self.values[y * self.columns..(y + 1) * self.columns]
    }

    /// How many rows it has.
    pub(super) fn n_rows(&self) -> usize {
        self.values.len() / self.columns
    }

    /// How many columns it has.
    pub(super) fn n_columns(&self) -> usize {
        self.columns
    }
}
