//! The engine in pure Rust: rten, with operators of our own where its are slow.
//!
//! Depthwise convolutions and those with few channels take two thirds of the time of a detector.
//! [`cut`] takes them out of the network, [`operator`] computes them, [`chain`] runs both in turn.

mod chain;
mod convolution;
mod cut;
mod dense;
mod depthwise;
mod enlarge;
mod graph;
mod operator;
mod pool;
mod strip;

use std::hint::black_box;
use std::sync::{Arc, Once};

use ::rten::{Model, RunOptions, ThreadPool, Value};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensorView, Tensor};

use self::chain::Chain;
use super::{Device, Input, Lane, LoadFailure, Read, Runtime, Session};

/// Name and version, which a test compares with the lock file, and what is computed otherwise.
const LABEL: &str = "rten 0.27.0 + convolutions";

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
        keep_freed_memory();
        let lane = |_| Arc::new(ThreadPool::with_num_threads(1));
        Self {
            lanes: (0..threads).map(lane).collect(),
            all: Arc::new(ThreadPool::with_num_threads(threads)),
        }
    }
}

/// Tells glibc's allocator to keep what is freed for what is allocated next, up to 64 MiB a thread:
/// it learns from the largest block freed so far. The parts of a network hand the values between
/// them over, and asking the system for each of them anew takes a quarter of a detector's time.
/// Elsewhere this does nothing: the block is never touched.
fn keep_freed_memory() {
    /// The largest block that it learns from is 32 MiB with its administration.
    const LARGEST: usize = (32 << 20) - (8 << 10);
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(black_box(Vec::<u8>::with_capacity(LARGEST))));
}

impl Runtime for Rten {
    fn load(&self, bytes: Vec<u8>) -> Result<Box<dyn Session>, LoadFailure> {
        let network = match cut::cut(&bytes) {
            Some(chain) => Network::Cut(chain),
            None => Network::whole(bytes)?,
        };
        Ok(Box::new(Loaded {
            network,
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
struct Loaded {
    network: Network,
    threads: Rten,
}

/// A network as rten runs it.
#[derive(Debug)]
enum Network {
    Whole(Box<Model>),
    Cut(Chain),
}

impl Network {
    fn whole(bytes: Vec<u8>) -> Result<Self, LoadFailure> {
        let model = Model::load(bytes).map_err(|error| LoadFailure::Network(error.to_string()))?;
        Ok(Self::Whole(Box::new(model)))
    }

    fn run(
        &self,
        image: NdTensorView<'_, f32, 4>,
        pool: &Arc<ThreadPool>,
    ) -> Result<Value, String> {
        match self {
            Self::Whole(model) => {
                let mut options = RunOptions::default();
                options.thread_pool = Some(Arc::clone(pool));
                let output = model.run_one(image.into(), Some(options));
                output.map_err(|error| error.to_string())
            }
            Self::Cut(chain) => chain.run(image, pool),
        }
    }
}

impl Session for Loaded {
    fn run(&self, input: Input<'_>, lane: Lane, read: &mut Read<'_>) -> Result<(), String> {
        let pool = match lane {
            Lane::One(number) => &self.threads.lanes[number % self.threads.lanes.len()],
            Lane::All => &self.threads.all,
        };
        let image = NdTensorView::from_data(input.shape, input.data);
        let output: Tensor<f32> = self
            .network
            .run(image, pool)?
            .try_into()
            .map_err(|_| "its output holds no floating-point numbers".to_owned())?;
        match output.data() {
            Some(data) => read(output.shape(), data),
            None => read(output.shape(), &output.to_vec()),
        }
        Ok(())
    }

    fn metadata(&self, key: &str) -> Option<String> {
        let value = match &self.network {
            Network::Whole(model) => model.metadata().get(key),
            Network::Cut(chain) => chain.metadata(key),
        };
        value.map(str::to_owned)
    }
}

#[cfg(test)]
mod tests;
