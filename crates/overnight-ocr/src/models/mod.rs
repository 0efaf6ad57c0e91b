//! Model weights: which are known, where they lie, and how they get there.

mod known;
mod pull;
mod store;

pub use known::{KnownFile, KnownModel, ModelRole, known_model, known_models};
pub use pull::{PullError, Pulled};
pub use store::{FileState, ModelStore};
