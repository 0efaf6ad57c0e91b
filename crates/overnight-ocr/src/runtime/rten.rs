//! The engine in pure Rust.

use std::sync::Arc;

use ::rten::{Model, RunOptions, ThreadPool, Value};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensorView, Tensor};

use super::{Device, Input, Lane, LoadFailure, Read, Runtime, Session};

/// Name and version; a test compares them with the lock file.
const LABEL: &str = "rten 0.27.0";

/// rten with its threads.
#[derive(Debug, Clone)]
pub(super) struct Rten {
    /// One pool of one thread a lane.
    lanes: Arc<[Arc<ThreadPool>]>,
    /// All threads.
    all: Arc<ThreadPool>,
}

impl Rten {
    pub(super) fn new(threads: usize) -> Self {
        let lane = |_| Arc::new(ThreadPool::with_num_threads(1));
        Self {
            lanes: (0..threads).map(lane).collect(),
            all: Arc::new(ThreadPool::with_num_threads(threads)),
        }
    }
}

impl Runtime for Rten {
    fn load(&self, bytes: Vec<u8>) -> Result<Box<dyn Session>, LoadFailure> {
        let model = Model::load(bytes).map_err(|error| LoadFailure::Network(error.to_string()))?;
        Ok(Box::new(Network {
            model,
            threads: self.clone(),
        }))
    }

    fn label(&self) -> &str {
        LABEL
    }

    fn device(&self) -> Device {
        Device::Cpu
    }

    fn lanes(&self) -> usize {
        self.lanes.len()
    }
}

#[derive(Debug)]
struct Network {
    model: Model,
    threads: Rten,
}

impl Session for Network {
    fn run(&self, input: Input<'_>, lane: Lane, read: &mut Read<'_>) -> Result<(), String> {
        let pool = match lane {
            Lane::One(number) => &self.threads.lanes[number % self.threads.lanes.len()],
            Lane::All => &self.threads.all,
        };
        let mut options = RunOptions::default();
        options.thread_pool = Some(Arc::clone(pool));
        let image = NdTensorView::from_data(input.shape, input.data);
        let output: Value = self
            .model
            .run_one(image.into(), Some(options))
            .map_err(|error| error.to_string())?;
        let output: Tensor<f32> = output
            .try_into()
            .map_err(|_| "its output holds no floating-point numbers".to_owned())?;
        match output.data() {
            Some(data) => read(output.shape(), data),
            None => read(output.shape(), &output.to_vec()),
        }
        Ok(())
    }

    fn metadata(&self, key: &str) -> Option<String> {
        self.model.metadata().get(key).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_is_the_version_in_the_lock_file() {
        let lock = include_str!("../../../../Cargo.lock");
        let version = LABEL.strip_prefix("rten ").unwrap();
        assert!(lock.contains(&format!("name = \"rten\"\nversion = \"{version}\"")));
    }
}
