//! `overnight.toml`: read once, validated, handed down as typed values.

mod agent;
mod amount;
mod audit;
mod check;
mod example;
mod load;
mod model;
mod night;
mod openai;
mod options;
mod origin;
mod problem;
mod profile;
mod reference;
mod schema;
mod shape;
mod validate;
mod validate_night;
mod validate_openai;
mod validate_worker;
mod worker;

pub use agent::{Agent, Instruction, PROMPT};
pub use amount::{Size, Span};
pub use audit::{Audit, AuditCode, AuditDocs, AuditLinks, AuditPreset, AuditType};
pub(crate) use example::{comment, example_with, key};
pub use model::*;
pub use night::{Channel, Exec, Hook, Notify, OnFailure, Run, Secrets};
pub use openai::Openai;
pub use options::{BUILT_IN_PROFILES, PROMPTS, READY_WORKERS, SCRIPTS};
pub use origin::Origin;
pub use problem::{ConfigError, ConfigProblem};
pub use profile::{Profile, ProfileForm, ProfileUnit, ProfileWords};
pub use worker::Worker;

#[cfg(test)]
mod tests;
