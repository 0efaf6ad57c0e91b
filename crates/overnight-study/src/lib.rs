//! Datasets and the measured studies over them: a typed specification in, a typed result out.
//!
//! No sample aborts a study: what fails is counted, listed and reported. Nothing here prints
//! or reads the environment; seeds, folders, progress and the wish to stop are handed in.

pub mod bench;
pub mod boxes;
pub mod cache;
pub mod compare;
pub mod dataset;
pub mod enhance;
pub mod infer;
pub mod overlay;
pub mod predictions;
mod ratio;
mod reached;
mod reason;
mod sample_file;
pub mod score;
mod stopwatch;
pub mod storage;
pub mod texts;
