//! `overnight.toml`: read once, validated, handed down as typed values.

mod load;
mod model;
mod origin;

pub use load::ConfigError;
pub use model::*;
pub use origin::Origin;
