//! Two texts, and the integers that say how far they lie apart.

mod agreement;
mod class;
mod counts;
mod ends;
mod equivalence;
mod errors;
mod normalise;
mod plain;
mod profile;
mod rule;
mod score;
mod unit;
mod words;

pub use agreement::{Agreement, agreements};
pub use class::CharClass;
pub use counts::{Counts, counts};
pub use errors::{ClassErrors, Errors};
pub use normalise::{Case, Form, Normalisation, WhiteSpace};
pub use profile::{Changes, Profile, UnknownProfile};
pub use rule::{RateRule, rate};
pub use score::{PairScore, score_pair, score_sample};
pub use unit::Unit;
pub use words::Words;

pub(crate) use rule::real;

#[cfg(test)]
mod tests;
