//! What a page of another site answered.

/// The answer to the question whether a page is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageStatus {
    /// The HTTP status after redirects; `None` without an answer.
    pub answer: Option<u16>,
    /// Why there was none.
    pub problem: Option<String>,
    /// When it was asked, in words.
    pub asked: String,
}
