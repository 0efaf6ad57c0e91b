//! The nouns that are stored: ids, statuses, events, results, predictions, findings,
//! exit codes and format versions.
//!
//! Everything a person reads is computed from values of these types on disk, so they
//! belong to neither their producers nor their readers. This crate computes nothing; it
//! also holds the three seams every room shares: how an error explains itself
//! ([`Diagnose`]), how long work reports progress and is asked to stop ([`control`]),
//! and how a file is written so that it is never half there ([`store`]).

#![warn(missing_docs)]

mod address;
pub mod control;
mod diagnose;
mod drawn_sample;
mod event;
mod exit_code;
mod failure;
mod finding;
mod host;
mod interval;
mod outcome;
mod prediction;
pub mod result;
mod run_id;
mod run_record;
mod step_progress;
pub mod store;

pub use address::{AddressError, PlanAddress, StepId, TaskId};
pub use control::{Progress, Silent, StopFlag};
pub use diagnose::Diagnose;
pub use drawn_sample::DrawnSample;
pub use event::{Event, EventKind};
pub use exit_code::ExitCode;
pub use failure::{FailureClass, FailureClassError};
pub use finding::{Applicability, Finding, FindingFix, FixProof, ProofCommit, Severity};
pub use host::{Gpu, Host};
pub use interval::Interval;
pub use outcome::{RunOutcome, StepOutcome};
pub use prediction::{AnswerAttempt, Line, Prediction, PredictionStatus, TimingsMs, Usage};
pub use run_id::{RunId, RunIdError};
pub use run_record::{
    GitBase, OutlineCriterion, OutlinePhase, OutlineStep, OutlineTask, RUN_RECORD_FORMAT, RunRecord,
};
pub use step_progress::{STEP_PROGRESS_FILE, StepProgress};
