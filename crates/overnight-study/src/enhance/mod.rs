//! Does enhancing an image before recognition help? Every arm reads every image; CER is
//! compared in pairs with the arm `none`, and the time of the filter is told apart.
//!
//! The prediction cache is not used: an arm's latency must be measured, not remembered.

mod arms;
mod run;
mod spec;
mod verdict;

pub use run::run;
pub use spec::{ArmPredictions, EnhanceError, EnhanceOutcome, EnhanceSpec, parse_arms};
pub use verdict::{Effect, effect, verdict};
