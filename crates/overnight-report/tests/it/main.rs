//! Reports of whole nights, built in code: a good one with every kind of result, and a bad one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alone;
mod bad_night;
mod comparison;
mod gap;
mod gap_night;
mod good_night;
mod junit;
mod markdown;
mod page;
mod robustness;
mod run_folder;
mod studies;
