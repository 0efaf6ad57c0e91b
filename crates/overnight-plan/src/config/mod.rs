//! `overnight.toml`: read once, validated, handed down as typed values.

mod load;
mod model;

pub use load::ConfigError;
pub use model::*;
