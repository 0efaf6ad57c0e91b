//! A box and what is written in it.

use super::Outline;

/// One region of a page: of the ground truth, or found by a detector.
#[derive(Debug, Clone, PartialEq)]
pub struct TextBox {
    /// Where it is, in pixels.
    pub outline: Outline,
    /// Its text; `None` when only the place is known.
    pub text: Option<String>,
}

impl TextBox {
    /// The text of a region that nobody is asked to find.
    pub const DONT_CARE: &'static str = "###";

    /// A region with its text.
    pub fn new(outline: Outline, text: impl Into<String>) -> Self {
        Self {
            outline,
            text: Some(text.into()),
        }
    }

    /// Whether the region is one that nobody is asked to find.
    pub fn is_dont_care(&self) -> bool {
        self.text.as_deref() == Some(Self::DONT_CARE)
    }
}
