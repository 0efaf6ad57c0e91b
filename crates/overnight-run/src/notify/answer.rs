//! What a receiver answered.

/// What came back from a delivery, in a few words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Such as `HTTP 200` or `exit code 0`.
    pub status: String,
    /// The beginning of what it said, on one line; may be empty.
    pub said: String,
}
