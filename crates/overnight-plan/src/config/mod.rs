//! `overnight.toml`: read once, validated, handed down as typed values.

mod check;
mod example;
mod load;
mod model;
mod options;
mod origin;
mod problem;
mod reference;
mod schema;
mod shape;
mod validate;

pub(crate) use example::{comment, example_with, key};
pub use model::*;
pub use options::BUILT_IN_PROFILES;
pub use origin::Origin;
pub use problem::{ConfigError, ConfigProblem};

#[cfg(test)]
mod tests;
