//! What tests of several crates need; never linked into the program.

mod project;
mod shared;

pub use project::{Answer, Overnight, TestProject};
pub use shared::{Shared, has_program, skip};
