//! What tests of several crates need; never linked into the program.

mod fault_proxy;
mod llama_server;
mod project;
mod shared;

pub use fault_proxy::{Asked, Fault, FaultProxy};
pub use llama_server::{LlamaServer, free_port};
pub use project::{Answer, Overnight, TestProject};
pub use shared::{Shared, has_program, skip};
