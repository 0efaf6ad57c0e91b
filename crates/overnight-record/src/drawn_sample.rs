//! A sample whose reading was drawn, as a list of drawings shows it.

use crate::PredictionStatus;

/// What a list says of a sample beside its drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnSample {
    /// Its id.
    pub id: String,
    /// File name of its drawing beside the list; `None` when there was neither an image nor a
    /// line.
    pub file: Option<String>,
    /// How reading it ended.
    pub status: PredictionStatus,
    /// Number of lines read.
    pub n_lines: usize,
    /// Mean confidence of its lines, in [0, 1].
    pub confidence: Option<f32>,
    /// The least confidence of a line, and that line's text.
    pub weakest: Option<(f32, String)>,
    /// Milliseconds it took when it was read.
    pub ms: f64,
    /// The beginning of its text, or why it has none.
    pub says: String,
}
