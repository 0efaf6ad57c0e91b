//! Any program as a backend: a child process that speaks JSON lines (docs/workers.md).

mod answer;
mod batch;
mod child;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod hello;
mod identity;
mod image_file;
mod output;
mod program;
mod ready;
mod seat;
mod spec;

use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use overnight_record::result::BackendInfo;
use overnight_record::{Prediction, StopFlag};

use crate::{Backend, ImageInput};
use batch::Batch;
use image_file::ImageFolder;
use program::{Program, difference};
use seat::Seat;

pub use error::WorkerError;
pub use ready::ReadyWorker;
pub use spec::{WorkerCommand, WorkerSpec};

/// A worker whose processes run. Dropping it ends them.
#[derive(Debug)]
pub struct Worker {
    info: BackendInfo,
    program: Program,
    folder: ImageFolder,
    batch_size: usize,
    seats: Vec<Mutex<Seat>>,
}

impl Worker {
    /// Starts the processes and waits until each has introduced itself. A requested `stop`
    /// ends the waiting; an urgent one also ends requests that are being worked on.
    ///
    /// # Errors
    /// [`WorkerError`]; every process is then gone.
    pub fn load(name: &str, spec: &WorkerSpec, stop: &StopFlag) -> Result<Self, WorkerError> {
        let program = Program::new(name, spec, stop)?;
        let folder = ImageFolder::new().map_err(|source| WorkerError::Images {
            name: name.to_owned(),
            source,
        })?;
        // The first alone: when it cannot start, the others need not try.
        let (child, hello) = program.start()?;
        let batch_size = spec.batch_size.min(hello.max_batch_size).max(1);
        let mut seats = vec![Seat::new(child, hello.clone(), batch_size)];
        let others = std::thread::scope(|scope| {
            let starting: Vec<_> = (1..spec.processes)
                .map(|_| scope.spawn(|| program.start()))
                .collect();
            let started = starting
                .into_iter()
                .map(std::thread::ScopedJoinHandle::join);
            started
                .collect::<Result<Vec<_>, _>>()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        for started in others {
            let (child, other) = started?;
            if let Some(reason) = difference(&hello, &other) {
                return Err(WorkerError::Unlike {
                    name: name.to_owned(),
                    reason,
                });
            }
            seats.push(Seat::new(child, other, batch_size));
        }
        Ok(Self {
            info: BackendInfo {
                name: name.to_owned(),
                kind: "worker".to_owned(),
                fingerprint: identity::fingerprint(spec, &hello),
                runtime: hello.runtime_line(),
                device: hello.device.clone(),
                threads: spec.threads_in_all(),
                models: hello.models,
            },
            program,
            folder,
            batch_size,
            seats: seats.into_iter().map(Mutex::new).collect(),
        })
    }

    /// Images in one request, as it was agreed upon.
    pub fn batch_size(&self) -> usize {
        self.batch_size
    }
}

impl Backend for Worker {
    fn info(&self) -> &BackendInfo {
        &self.info
    }

    fn recognize(&self, batch: &[ImageInput]) -> Vec<Prediction> {
        let mut predictions: Vec<Option<Prediction>> = batch.iter().map(|_| None).collect();
        self.recognize_each(batch, &mut |index, prediction| {
            predictions[index] = Some(prediction);
            ControlFlow::Continue(())
        });
        predictions.into_iter().flatten().collect()
    }

    fn recognize_each(
        &self,
        batch: &[ImageInput],
        hand_over: &mut (dyn FnMut(usize, Prediction) -> ControlFlow<()> + Send),
    ) {
        let mut hand_over = |index, prediction| hand_over(index, prediction);
        let batch = Batch::new(
            &self.info,
            &self.program,
            &self.folder,
            batch,
            self.seats.len(),
            &mut hand_over,
        );
        std::thread::scope(|scope| {
            let batch = &batch;
            for seat in &self.seats {
                scope.spawn(move || {
                    batch.work(&mut seat.lock().unwrap_or_else(PoisonError::into_inner));
                });
            }
        });
        let reason = self.seats.iter().find_map(|seat| {
            let seat = seat.lock().unwrap_or_else(PoisonError::into_inner);
            seat.given_up().map(str::to_owned)
        });
        batch.leave(reason.as_deref().unwrap_or("it was not tried"));
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let seat = |seat: &'_ mut Mutex<Seat>| {
            seat.get_mut()
                .unwrap_or_else(PoisonError::into_inner)
                .close();
        };
        self.seats.iter_mut().for_each(seat);
    }
}
