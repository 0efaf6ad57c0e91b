//! Pure mathematics of text: normalisation, edit distance, error rates, and how sure they are.
//!
//! No file is read, no clock is asked, and nothing is random without a seed. Scores are kept
//! as integers; a rate may exceed 1, and is undefined where a reference is empty and
//! something was read. The definitions are in `docs/metrics.md`.

#![warn(missing_docs)]

mod aggregate;
mod bootstrap;
pub mod boxes;
mod distance;
mod normalise;
mod paired;
mod profile;
mod quantile;
mod random;
mod rate;
mod reading_order;
pub mod unordered;
mod wilcoxon;

pub use aggregate::{Counted, Rates, aggregate, mean};
pub use bootstrap::Bootstrap;
pub use distance::{levenshtein, substring_distance};
pub use normalise::Normalisation;
pub use paired::paired_difference;
pub use profile::{Profile, UnknownProfile};
pub use quantile::{median, quantile, sorted};
pub use random::Random;
pub use rate::{PairScore, rate, score_pair, score_sample, units};
pub use reading_order::reading_order;
pub use wilcoxon::{SignedRank, wilcoxon_signed_rank};
