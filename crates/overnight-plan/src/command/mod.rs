//! What the words of a command say about the project: which script it runs, which targets of
//! a Makefile it asks for. Text only; nothing is executed.

mod make;
mod script;
mod shell;

pub use make::{MakeCall, MakeTargets};
pub use script::{is_changeable, script, without_wrappers};
pub use shell::{SimpleCommand, simple_commands};
