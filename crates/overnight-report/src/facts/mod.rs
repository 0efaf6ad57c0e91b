//! The facts of a night, read from its folder. Nothing here is for a person's eyes yet.

mod fold;
mod kind;
mod load;
mod night;
mod place;
mod results;
mod step;
mod totals;

pub use kind::Kind;
pub use load::{FactsError, load};
pub use night::{Commit, Criterion, Gate, Happening, Night, Rollback};
pub(crate) use night::{Missing, command_line, end_sentence, quoted};
pub(crate) use place::Place;
pub use results::{Results, StepResult};
pub use step::{Attempt, Link, Retry, State, Step};
