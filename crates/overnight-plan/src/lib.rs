//! The plan document with byte spans, bindings, and the project's configuration.
//!
//! Everything here is text to values and text to text: reading a plan ([`Plan::parse`]),
//! ticking it ([`apply()`]), reading `overnight.toml` ([`Config::load`]), binding one to the
//! other ([`bind()`]). Nothing is executed and nothing is written to disk.

mod binding;
pub mod command;
pub mod config;
mod document;
mod duration;
mod explain;
mod near;
mod progress;
mod propose;
mod size;

pub use binding::{
    BindError, BindProblem, Binding, BoundPlan, Check, StepPolicy, UnknownName, bind, unknown_names,
};
pub use config::Config;
pub use document::{
    Criterion, Phase, Plan, PlanError, PlanFile, PlanFileError, PlanWarning, Step, Task, Tracker,
    TrackerField,
};
pub use duration::{DurationError, format_duration, parse_duration};
pub use explain::{
    Counts, ExplainedCriterion, ExplainedPhase, ExplainedStep, ExplainedTask, Explanation,
};
pub use progress::{PlanProgress, apply};
pub use propose::{
    CriterionProposal, Proposal, Proposals, ProposedRun, ServedModel, Surroundings, configuration,
    propose,
};
pub use size::{SizeError, format_size, parse_size};
