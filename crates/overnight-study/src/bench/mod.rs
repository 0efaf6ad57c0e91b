//! How fast and how large a backend is: throughput, latency and memory by stage and batch
//! size, on real images, with every timed batch kept.
//!
//! Nothing here compares machines or judges a speed; see `docs/studies.md` for what exactly
//! is timed.

mod case;
mod figures;
mod notes;
mod prepare;
mod resources;
mod run;
mod schedule;
mod spec;
mod workload;

pub use figures::{INTERVAL_FROM, P90_FROM, Throughput, throughput};
pub use run::run;
pub use spec::{BenchError, BenchOutcome, BenchSpec, TimedBatch};
