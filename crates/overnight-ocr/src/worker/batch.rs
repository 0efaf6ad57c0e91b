//! From images to predictions: requests are filled, answers taken, and what failed is tried
//! once more where that may help, until every image has its prediction.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use overnight_image::Enough;
use overnight_record::result::BackendInfo;
use overnight_record::{Prediction, PredictionStatus, TimingsMs};

use super::answer::Reading;
use super::image_file::{ImageFile, ImageFolder};
use super::program::Program;
use super::seat::{Question, Round, Seat, Trouble};
use crate::ImageInput;
use crate::assemble::prediction_of;
use crate::intake::{Upright, ms_since, upright, without_text};

/// How often an image is tried that ends a worker by itself: a process that has worked for
/// hours may die of something else.
const MOST_TRIES: u32 = 2;

/// What all seats share while a batch is read.
pub(super) struct Batch<'a> {
    pub(super) info: &'a BackendInfo,
    pub(super) program: &'a Program,
    pub(super) folder: &'a ImageFolder,
    pub(super) inputs: &'a [ImageInput],
    /// How many seats work on it.
    pub(super) n_seats: usize,
    state: Mutex<State<'a>>,
}

/// Receives the prediction for an image by its place in the batch; `Break` asks for an end.
pub(super) type HandOver<'a> = dyn FnMut(usize, Prediction) -> ControlFlow<()> + Send + 'a;

/// What becomes less.
struct State<'a> {
    /// Images nobody has taken yet.
    open: VecDeque<usize>,
    hand_over: &'a mut HandOver<'a>,
    /// Nobody wants more.
    is_ended: bool,
}

/// An image on its way.
struct Job<'a> {
    index: usize,
    input: &'a ImageInput,
    file: ImageFile,
    attempts: u32,
    decode_ms: Option<f64>,
    /// What was done to the image.
    notes: Vec<String>,
    /// Milliseconds it has cost outside of the request that is answered.
    other_ms: f64,
    /// What came of it before.
    before: Option<Trouble>,
}

/// What is done with an image whose request failed.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// It keeps the status.
    Settle,
    /// It is tried again alone.
    Alone,
    /// It is tried again in half as large a request.
    Halves,
}

/// What is done with the images of a request of `n` that ended with `status`, each tried
/// `attempts` times.
fn next(status: PredictionStatus, n: usize, attempts: u32) -> Next {
    match status {
        PredictionStatus::Oom if n > 1 => Next::Halves,
        PredictionStatus::Skipped => Next::Settle,
        // Which of them was at fault is not known yet.
        _ if n > 1 => Next::Alone,
        // It was waited for long enough.
        PredictionStatus::Timeout => Next::Settle,
        _ if attempts < MOST_TRIES => Next::Alone,
        _ => Next::Settle,
    }
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        info: &'a BackendInfo,
        program: &'a Program,
        folder: &'a ImageFolder,
        inputs: &'a [ImageInput],
        n_seats: usize,
        hand_over: &'a mut HandOver<'a>,
    ) -> Self {
        Self {
            info,
            program,
            folder,
            inputs,
            n_seats,
            state: Mutex::new(State {
                open: (0..inputs.len()).collect(),
                hand_over,
                is_ended: false,
            }),
        }
    }

    /// Works in one seat until nothing is left to take or the seat is given up.
    pub(super) fn work(&self, seat: &mut Seat) {
        while seat.given_up().is_none() {
            let taken = self.take(seat.batch_size());
            if taken.is_empty() {
                return;
            }
            let jobs: Vec<Job<'a>> = taken.into_iter().filter_map(|i| self.prepare(i)).collect();
            self.read(seat, jobs);
        }
    }

    /// Hands over that the images nobody has taken were not tried, for this reason.
    pub(super) fn leave(&self, reason: &str) {
        loop {
            let mut state = self.state();
            let Some(index) = state.open.pop_front() else {
                return;
            };
            drop(state);
            let skipped = Prediction {
                attempts: 0,
                ..without_text(
                    self.info,
                    &self.inputs[index],
                    PredictionStatus::Skipped,
                    TimingsMs::default(),
                    Some(reason.to_owned()),
                )
            };
            self.settle(index, skipped);
        }
    }

    fn state(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A fair share of what is left, at most `limit`.
    fn take(&self, limit: usize) -> Vec<usize> {
        let mut state = self.state();
        let share = state.open.len().div_ceil(self.n_seats.max(1));
        let n = share.min(limit);
        state.open.drain(..n).collect()
    }

    /// Decodes an image and lays it out for the worker; settles it when that fails.
    fn prepare(&self, index: usize) -> Option<Job<'a>> {
        let input = &self.inputs[index];
        let start = Instant::now();
        let failed = |status, reason: String| {
            let timings = TimingsMs {
                total: ms_since(start),
                ..TimingsMs::default()
            };
            self.settle(
                index,
                without_text(self.info, input, status, timings, Some(reason)),
            );
        };
        // A worker is given the whole image: how much is enough for it is not known.
        let Upright {
            image,
            decode_ms,
            notes,
            ..
        } = match upright(input, Enough::WHOLE) {
            Ok(upright) => upright,
            Err(reason) => {
                failed(PredictionStatus::Undecodable, reason);
                return None;
            }
        };
        match self.folder.write(&image) {
            Ok(file) => Some(Job {
                index,
                input,
                file,
                attempts: 0,
                decode_ms,
                notes,
                other_ms: ms_since(start),
                before: None,
            }),
            Err(error) => {
                let reason = format!("failed to write a temporary image: {error}");
                failed(PredictionStatus::Crashed, reason);
                None
            }
        }
    }

    /// Asks until every job is settled.
    fn read(&self, seat: &mut Seat, jobs: Vec<Job<'a>>) {
        let mut requests = VecDeque::from([jobs]);
        while let Some(mut jobs) = requests.pop_front() {
            if self.state().is_ended {
                return;
            }
            if jobs.is_empty() {
                continue;
            }
            if jobs.len() > seat.batch_size() {
                requests.push_front(jobs.split_off(seat.batch_size()));
            }
            for job in &mut jobs {
                job.attempts += 1;
            }
            let questions: Vec<Question<'_>> = jobs
                .iter()
                .map(|job| Question {
                    file: &job.file,
                    name: &job.input.image,
                })
                .collect();
            let round = seat.ask(self.program, &questions);
            let again = self.take_answers(seat, jobs, round);
            for jobs in again.into_iter().rev() {
                requests.push_front(jobs);
            }
        }
    }

    /// Settles what can be settled; returns the rest as further requests.
    fn take_answers(&self, seat: &mut Seat, jobs: Vec<Job<'a>>, round: Round) -> Vec<Vec<Job<'a>>> {
        let n = jobs.len();
        let share_ms = round.wall_ms / n as f64;
        let (mut alone, mut halved) = (Vec::new(), Vec::new());
        for (mut job, answer) in jobs.into_iter().zip(round.answers) {
            let (trouble, is_answer) = match answer {
                Some(Ok(reading)) => {
                    self.settle_reading(&job, reading, share_ms);
                    continue;
                }
                Some(Err(trouble)) => (trouble, true),
                None => {
                    let end = round.end.clone();
                    (end.unwrap_or_else(unanswered), false)
                }
            };
            // A living worker's own verdict stands, but for memory, which a smaller request
            // may spare.
            let next = match is_answer && trouble.status != PredictionStatus::Oom {
                true => Next::Settle,
                false if is_answer && n == 1 => Next::Settle,
                false if seat.given_up().is_some() => Next::Settle,
                false => next(trouble.status, n, job.attempts),
            };
            job.other_ms += share_ms;
            if trouble.status != PredictionStatus::Skipped {
                job.before = Some(trouble.clone());
            }
            match next {
                Next::Settle => self.settle_trouble(&job, trouble),
                Next::Alone => alone.push(vec![job]),
                Next::Halves => halved.push(job),
            }
        }
        if !halved.is_empty() {
            seat.shrink((n / 2).max(1));
            alone.push(halved);
        }
        alone
    }

    fn settle_reading(&self, job: &Job<'_>, reading: Reading, share_ms: f64) {
        let stages = reading.stages;
        let timings = TimingsMs {
            decode: job.decode_ms,
            detect: stages.detect,
            crop: stages.crop,
            recognise: stages.recognise,
            post: stages.post,
            first_token: None,
            // What the worker does not account for, and the way there and back.
            request: Some((share_ms - stages.sum()).max(0.0)),
            total: job.other_ms + share_ms,
        };
        let prediction = prediction_of(self.info, job.input, reading.lines, timings);
        self.settle(
            job.index,
            Prediction {
                usage: reading.usage,
                fields: reading.fields,
                attempts: job.attempts,
                notes: job.notes.clone(),
                ..prediction
            },
        );
    }

    fn settle_trouble(&self, job: &Job<'_>, trouble: Trouble) {
        let timings = TimingsMs {
            decode: job.decode_ms,
            total: job.other_ms,
            ..TimingsMs::default()
        };
        // A request that never reached a worker was no try; what came of the last one holds.
        let is_skipped = trouble.status == PredictionStatus::Skipped;
        let trouble = match &job.before {
            Some(before) if is_skipped => Trouble {
                status: before.status,
                reason: format!(
                    "{}; it cannot be tried again: {}",
                    before.reason, trouble.reason
                ),
            },
            _ => trouble,
        };
        let reason = Some(trouble.reason);
        let prediction = without_text(self.info, job.input, trouble.status, timings, reason);
        self.settle(
            job.index,
            Prediction {
                attempts: job.attempts - u32::from(is_skipped),
                notes: job.notes.clone(),
                ..prediction
            },
        );
    }

    fn settle(&self, index: usize, prediction: Prediction) {
        let mut state = self.state();
        if (state.hand_over)(index, prediction).is_break() {
            state.is_ended = true;
            state.open.clear();
        }
    }
}

fn unanswered() -> Trouble {
    Trouble {
        status: PredictionStatus::Crashed,
        reason: "the worker gave no answer".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_help_is_tried_again() {
        use PredictionStatus::{Crashed, Oom, Skipped, Timeout};
        assert_eq!(next(Crashed, 4, 1), Next::Alone);
        assert_eq!(next(Crashed, 1, 1), Next::Alone);
        assert_eq!(next(Crashed, 1, 2), Next::Settle);
        assert_eq!(next(Oom, 4, 3), Next::Halves);
        assert_eq!(next(Oom, 1, 3), Next::Settle);
        assert_eq!(next(Timeout, 4, 1), Next::Alone);
        assert_eq!(next(Timeout, 1, 1), Next::Settle);
        assert_eq!(next(Skipped, 4, 1), Next::Settle);
    }
}
