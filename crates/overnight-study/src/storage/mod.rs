//! Does another image format pay? Bytes, encode and decode time, and fidelity of every arm
//! against the files as they are.
//!
//! The files of the dataset are never changed; copies are kept only where the caller asks.

mod measure;
mod run;
mod spec;
mod totals;
mod verdict;

pub use run::run;
pub use spec::{StorageError, StorageOutcome, StorageSpec, parse_arms};
pub use verdict::verdict;
