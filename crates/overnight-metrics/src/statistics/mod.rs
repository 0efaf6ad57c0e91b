//! How sure a number is: intervals, tests and verdicts over images.
//!
//! Conventions of every function here:
//!
//! - One value an image. What belongs to one image (its lines, its characters) is summed
//!   first, because errors within an image are not independent.
//! - A difference is candidate minus baseline; for error rates, below zero is better.
//! - p values are two-sided and lie in [0, 1]; levels lie in (0, 1).
//! - Where a value is undefined the answer is `None`: without values, with a value that is
//!   not finite, with a level outside its range. Nothing panics and no NaN comes out.
//!
//! The definitions are in `docs/metrics.md`, "How sure a number is".

mod bca;
mod binomial;
mod bootstrap;
mod equivalence;
mod multiplicity;
mod normal;
mod paired;
mod paired_t;
mod power;
mod quantile;
mod random;
mod resamples;
mod sample_count;
mod sign;
mod sign_flip;
mod student;
mod wilcoxon;
mod wilson;

pub use bca::Bca;
pub use binomial::binomial_at_most;
pub use bootstrap::{Bootstrap, IntervalMethod};
pub use equivalence::{Equivalence, EquivalenceTest};
pub use multiplicity::{benjamini_hochberg, holm};
pub use normal::{normal_below, normal_quantile};
pub use paired::Pairing;
pub use paired_t::{PairedT, paired_t};
pub use power::{PairingGain, Power, WILCOXON_EFFICIENCY, pairing_gain};
pub use quantile::{QuantileRule, median, quantile, sorted};
pub use random::Random;
pub use resamples::Resamples;
pub use sample_count::samples_for_percentile;
pub use sign::{SignTest, sign_test};
pub use sign_flip::{SignFlip, SignFlipResult};
pub use student::{student_quantile, student_two_sided};
pub use wilcoxon::{SignedRank, SignedRankTest, ZeroMethod, wilcoxon_signed_rank};
pub use wilson::wilson;

/// Whether every value can be calculated with.
fn all_finite(values: &[f64]) -> bool {
    values.iter().all(|value| value.is_finite())
}

/// Whether `level` is a probability strictly between 0 and 1.
fn is_level(level: f64) -> bool {
    level > 0.0 && level < 1.0
}
