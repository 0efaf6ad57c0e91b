//! What executes a network: two engines behind one small trait.
//!
//! `rten` is pure Rust and always there. ONNX Runtime is faster where its shared library has
//! been fetched or named; it is loaded while the program runs, so nothing is linked against
//! it. A network is handed whole images as plain slices, and its answer is looked at in place:
//! neither is copied on the way.

mod choice;
mod onnxruntime;
mod rten;

use std::fmt;

pub(crate) use choice::open;
pub use choice::{Device, ParseRuntimeError, RuntimeChoice, RuntimeError, RuntimeSpec};

/// One of the threads that work side by side, or all of them on one network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// The thread with this number; lanes run at the same time without waiting.
    One(usize),
    /// Every thread on one input: the shortest answer time when there is only one.
    All,
}

/// A batch of images as a network takes them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    /// Images, channels, height, width.
    pub(crate) shape: [usize; 4],
    /// Their values, row by row.
    pub(crate) data: &'a [f32],
}

/// Looks at a network's first output: its shape and its values, row by row.
pub(crate) type Read<'a> = dyn FnMut(&[usize], &[f32]) + 'a;

/// A network with one image input, ready to run.
pub(crate) trait Session: fmt::Debug + Send + Sync {
    /// Runs the network and hands its first output to `read`, once.
    ///
    /// # Errors
    /// The engine's words.
    fn run(&self, input: Input<'_>, lane: Lane, read: &mut Read<'_>) -> Result<(), String>;

    /// A value of the network's metadata.
    fn metadata(&self, key: &str) -> Option<String>;
}

/// Why a network cannot be loaded, in the engine's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LoadFailure {
    /// The file is at fault.
    Network(String),
    /// The device is.
    Device(String),
}

impl LoadFailure {
    fn into_reason(self) -> String {
        let (Self::Network(reason) | Self::Device(reason)) = self;
        reason
    }
}

/// An engine that loads networks.
pub(crate) trait Runtime: fmt::Debug + Send + Sync {
    /// Parses a network.
    ///
    /// # Errors
    /// [`LoadFailure`].
    fn load(&self, bytes: Vec<u8>) -> Result<Box<dyn Session>, LoadFailure>;

    /// Its name with version, as results show it.
    fn label(&self) -> &str;

    /// The device it computes on.
    fn device(&self) -> Device;

    /// How many lanes there are, at least 1.
    fn lanes(&self) -> usize;
}
