//! Pure mathematics of text: normalisation, edit distance, error rates, and how sure they are.
//!
//! No file is read, no clock is asked, and nothing is random without a seed. Scores are kept
//! as integers; a rate may exceed 1, and is undefined where a reference is empty and
//! something was read. The definitions are in `docs/metrics.md`.

#![warn(missing_docs)]

mod aggregate;
pub mod boxes;
mod distance;
mod reading_order;
pub mod routing;
pub mod statistics;
mod text;
pub mod unordered;

pub use aggregate::{Counted, Rates, aggregate, mean};
pub use distance::{Edit, edits, levenshtein, substring_distance};
pub use reading_order::reading_order;
pub use statistics::{
    Bootstrap, Pairing, Random, SignedRank, median, quantile, sorted, wilcoxon_signed_rank,
};
pub use text::{
    Agreement, Case, Changes, CharClass, ClassErrors, Counts, Errors, Form, Normalisation,
    PairScore, Profile, RateRule, Unit, UnknownProfile, WhiteSpace, Words, agreements, counts,
    rate, score_pair, score_sample,
};
