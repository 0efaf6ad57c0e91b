//! The machine a number was measured on.

use serde::{Deserialize, Serialize};

/// One graphics processor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gpu {
    /// Product name.
    pub name: String,
    /// Device memory in MiB.
    pub memory_mib: u64,
    /// Driver version.
    pub driver: String,
}

/// The machine, as read when the record was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Network name.
    pub name: String,
    /// Operating system and kernel.
    pub os: String,
    /// Processor model.
    pub cpu: String,
    /// Logical processors this process may use.
    pub cores: usize,
    /// Physical memory in MiB.
    pub memory_mib: u64,
    /// Graphics processors; empty when none was found.
    pub gpus: Vec<Gpu>,
}
