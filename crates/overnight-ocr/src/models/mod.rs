//! Model weights and the runtime that executes them: which are known, where they lie, and
//! how they get there.

mod download;
mod known;
mod package;
mod pull;
mod runtime;
mod store;

pub use known::{
    AngleInput, DbThresholds, KnownFile, KnownModel, ModelRole, known_model, known_models,
};
pub use package::{FileState, Package, PinnedFile};
pub use pull::{PullError, Pulled, Puller};
pub use runtime::{KnownRuntime, RuntimeBuild, RuntimeKind, RuntimeLibrary, known_runtime};
pub use store::ModelStore;
