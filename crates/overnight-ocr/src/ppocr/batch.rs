//! One batch of images, worked off by all lanes at once.
//!
//! A lane takes a line that waits to be read; when there is none it opens the next image:
//! decodes it, finds its lines, cuts them out. Lines come first, so that no more images are
//! open than lanes can have opened, and memory does not grow with the batch.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use image::RgbImage;
use overnight_record::{PredictionStatus, TimingsMs};

use super::reader::Reading;
use crate::intake::ms_since;
use crate::runtime::Lane;
use crate::{ImageInput, Quad, StageError};

/// The steps of one image, callable from every lane.
pub(super) trait Steps: Sync {
    /// Decodes an image, finds and cuts out its lines, and says in `timings` how long it took.
    ///
    /// # Errors
    /// Status and reason of the image's prediction.
    fn open(
        &self,
        input: &ImageInput,
        lane: Lane,
        timings: &mut TimingsMs,
    ) -> Result<Opened, Failure>;

    /// What reading a crop costs, in any unit.
    fn cost(&self, crop: &RgbImage) -> u32;

    /// Reads a crop. `buffer` is working space.
    ///
    /// # Errors
    /// [`StageError`] when a network fails.
    fn read(
        &self,
        crop: &RgbImage,
        lane: Lane,
        buffer: &mut Vec<f32>,
    ) -> Result<Reading, StageError>;
}

/// Status and reason of an image that has no text.
pub(super) type Failure = (PredictionStatus, String);

/// An image whose lines are known.
#[derive(Debug, Default)]
pub(super) struct Opened {
    /// Where they are, in pixels of the upright original.
    pub(super) quads: Vec<Quad>,
    /// The lines cut out, one a quad.
    pub(super) crops: Vec<RgbImage>,
    /// What was done to the image.
    pub(super) notes: Vec<String>,
}

/// An image that was worked through.
#[derive(Debug)]
pub(super) struct Finished {
    /// Its place in the batch.
    pub(super) index: usize,
    /// Its lines with their places, or why there are none.
    pub(super) outcome: Result<Vec<(Quad, Reading)>, Failure>,
    /// What was done to the image.
    pub(super) notes: Vec<String>,
    /// Time of its stages, that of its lines added up; `total` is from the opening to the end.
    pub(super) timings: TimingsMs,
}

/// Works off `inputs` on `lanes` threads, and hands over every image once, as soon as it is
/// done. After an answer of `Break` no further image is opened.
pub(super) fn work_off(
    steps: &dyn Steps,
    inputs: &[ImageInput],
    lanes: usize,
    hand_over: &mut dyn FnMut(Finished) -> ControlFlow<()>,
) {
    let work = Work {
        steps,
        inputs,
        queue: Mutex::new(Queue::default()),
        news: Condvar::new(),
    };
    // A slow hand-over holds the lanes back.
    let (sender, receiver) = mpsc::sync_channel(lanes.max(1));
    std::thread::scope(|scope| {
        for lane in 0..lanes.max(1) {
            let (work, sender) = (&work, sender.clone());
            scope.spawn(move || work.run(lane, &sender));
        }
        drop(sender);
        for finished in receiver {
            if hand_over(finished).is_break() {
                locked(&work.queue).next = inputs.len();
            }
        }
    });
}

struct Work<'a> {
    steps: &'a dyn Steps,
    inputs: &'a [ImageInput],
    queue: Mutex<Queue>,
    news: Condvar,
}

#[derive(Default)]
struct Queue {
    /// The next image to be opened.
    next: usize,
    /// Images that were taken and are not finished.
    n_open: usize,
    lines: VecDeque<(Arc<Open>, usize)>,
}

enum Task {
    Image(usize),
    Line(Arc<Open>, usize),
}

/// An image some of whose lines have not been read.
struct Open {
    index: usize,
    started: Instant,
    opened: Opened,
    state: Mutex<State>,
}

struct State {
    lines: Vec<Option<Reading>>,
    n_left: usize,
    failure: Option<Failure>,
    timings: TimingsMs,
}

impl Work<'_> {
    fn run(&self, number: usize, finished: &SyncSender<Finished>) {
        let mut buffer = Vec::new();
        while let Some(task) = self.next_task() {
            match task {
                Task::Image(index) => self.open(index, number, finished),
                Task::Line(image, line) => {
                    self.read(&image, line, Lane::One(number), &mut buffer, finished);
                }
            }
        }
    }

    fn next_task(&self) -> Option<Task> {
        let mut queue = locked(&self.queue);
        loop {
            if let Some((image, line)) = queue.lines.pop_front() {
                return Some(Task::Line(image, line));
            }
            if queue.next < self.inputs.len() {
                queue.next += 1;
                queue.n_open += 1;
                return Some(Task::Image(queue.next - 1));
            }
            if queue.n_open == 0 {
                return None;
            }
            queue = self
                .news
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn open(&self, index: usize, number: usize, finished: &SyncSender<Finished>) {
        let lane = Lane::of(number, self.inputs.len());
        let started = Instant::now();
        let mut timings = TimingsMs::default();
        let opened = guarded(|| self.steps.open(&self.inputs[index], lane, &mut timings));
        let (opened, failure) = match opened {
            Ok(opened) => (opened, None),
            Err(failure) => (Opened::default(), Some(failure)),
        };
        let n = opened.crops.len();
        let mut order: Vec<usize> = (0..n).collect();
        // Longest first: no lane is left with a long one when the others are done.
        order.sort_by_key(|line| std::cmp::Reverse(self.steps.cost(&opened.crops[*line])));
        if failure.is_none() {
            timings.recognise = Some(0.0);
        }
        let image = Arc::new(Open {
            index,
            started,
            opened,
            state: Mutex::new(State {
                lines: vec![None; n],
                n_left: n,
                failure,
                timings,
            }),
        });
        if n == 0 {
            self.finish(&image, finished);
            return;
        }
        let mut queue = locked(&self.queue);
        let lines = order.into_iter().map(|line| (Arc::clone(&image), line));
        queue.lines.extend(lines);
        self.news.notify_all();
    }

    fn read(
        &self,
        image: &Arc<Open>,
        line: usize,
        lane: Lane,
        buffer: &mut Vec<f32>,
        finished: &SyncSender<Finished>,
    ) {
        let is_lost = locked(&image.state).failure.is_some();
        let started = Instant::now();
        let outcome = if is_lost {
            None
        } else {
            let crashed = |error: StageError| (PredictionStatus::Crashed, error.to_string());
            let crop = &image.opened.crops[line];
            Some(guarded(|| {
                self.steps.read(crop, lane, buffer).map_err(crashed)
            }))
        };
        let mut state = locked(&image.state);
        if let Some(sum) = &mut state.timings.recognise {
            *sum += ms_since(started);
        }
        match outcome {
            Some(Ok(read)) => state.lines[line] = Some(read),
            Some(Err(failure)) => state.failure = Some(failure),
            None => {}
        }
        state.n_left -= 1;
        let is_last = state.n_left == 0;
        drop(state);
        if is_last {
            self.finish(image, finished);
        }
    }

    fn finish(&self, image: &Open, finished: &SyncSender<Finished>) {
        let mut state = locked(&image.state);
        let lines = std::mem::take(&mut state.lines);
        let quads = image.opened.quads.iter().copied();
        let outcome = match state.failure.take() {
            Some(failure) => Err(failure),
            None => Ok(quads.zip(lines.into_iter().flatten()).collect()),
        };
        state.timings.total = ms_since(image.started);
        // The receiver is there as long as the lanes run.
        let _ = finished.send(Finished {
            index: image.index,
            outcome,
            notes: image.opened.notes.clone(),
            timings: state.timings,
        });
        let mut queue = locked(&self.queue);
        queue.n_open -= 1;
        if queue.n_open == 0 {
            self.news.notify_all();
        }
    }
}

/// The networks' engine and the geometry work on whatever users bring. A panic is the outcome
/// of one image, not the end of the batch.
fn guarded<T>(step: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|_| {
        Err((
            PredictionStatus::Crashed,
            "the recogniser panicked; its message is on stderr".to_owned(),
        ))
    })
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ImageSource, ReadLine};
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Opens `id` lines an image; reads a crop's width back. Some images do worse.
    #[derive(Default)]
    struct Numbers {
        /// Lines that were found and not read yet.
        waiting: AtomicUsize,
        most_waiting: AtomicUsize,
    }

    impl Steps for Numbers {
        fn open(
            &self,
            input: &ImageInput,
            _: Lane,
            timings: &mut TimingsMs,
        ) -> Result<Opened, Failure> {
            timings.decode = Some(1.0);
            match input.id.as_str() {
                "broken" => Err((PredictionStatus::Undecodable, "broken".to_owned())),
                "panic" => panic!("on purpose"),
                id => {
                    let n: u32 = id.parse().unwrap();
                    let before = self.waiting.fetch_add(n as usize, Ordering::SeqCst);
                    self.most_waiting
                        .fetch_max(before + n as usize, Ordering::SeqCst);
                    Ok(Opened {
                        quads: (0..n).map(|i| [[i as f32, 0.0]; 4]).collect(),
                        crops: (1..=n).map(|i| RgbImage::new(i, 1)).collect(),
                        notes: Vec::new(),
                    })
                }
            }
        }

        fn cost(&self, crop: &RgbImage) -> u32 {
            crop.width()
        }

        fn read(
            &self,
            crop: &RgbImage,
            _: Lane,
            buffer: &mut Vec<f32>,
        ) -> Result<Reading, StageError> {
            buffer.push(1.0);
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            match crop.width() {
                13 => Err(StageError {
                    stage: "recognition",
                    reason: "unlucky".to_owned(),
                }),
                17 => panic!("on purpose"),
                width => Ok(Reading {
                    line: ReadLine {
                        text: width.to_string(),
                        confidence: 1.0,
                    },
                    was_upside_down: false,
                }),
            }
        }
    }

    fn input(id: &str) -> ImageInput {
        ImageInput {
            id: id.to_owned(),
            image: String::new(),
            sha256: String::new(),
            source: ImageSource::Encoded(Vec::new().into()),
        }
    }

    fn run(ids: &[&str], lanes: usize) -> (Vec<Finished>, usize) {
        let inputs: Vec<ImageInput> = ids.iter().map(|id| input(id)).collect();
        let steps = Numbers::default();
        let mut finished = Vec::new();
        work_off(&steps, &inputs, lanes, &mut |image| {
            finished.push(image);
            ControlFlow::Continue(())
        });
        finished.sort_by_key(|image| image.index);
        (finished, steps.most_waiting.into_inner())
    }

    #[test]
    fn every_image_ends_once_with_all_its_lines() {
        for lanes in [1, 2, 5] {
            let ids = ["3", "0", "broken", "12", "panic", "13", "1", "17", "2"];
            let (finished, _) = run(&ids, lanes);
            let ends: Vec<String> = finished
                .iter()
                .map(|image| match &image.outcome {
                    Ok(lines) => {
                        for (i, (quad, reading)) in lines.iter().enumerate() {
                            assert_eq!(quad[0][0], i as f32);
                            assert_eq!(reading.line.text, (i + 1).to_string());
                        }
                        lines.len().to_string()
                    }
                    Err((status, _)) => status.to_string(),
                })
                .collect();
            assert_eq!(
                ends,
                [
                    "3",
                    "0",
                    "undecodable",
                    "12",
                    "crashed",
                    "crashed",
                    "1",
                    "crashed",
                    "2"
                ]
            );
        }
        assert!(run(&[], 3).0.is_empty());
    }

    #[test]
    fn a_batch_can_be_broken_off() {
        let inputs: Vec<ImageInput> = (0..50).map(|_| input("3")).collect();
        let mut n = 0;
        work_off(&Numbers::default(), &inputs, 2, &mut |image| {
            assert_eq!(image.outcome.map(|lines| lines.len()), Ok(3));
            n += 1;
            ControlFlow::Break(())
        });
        assert!((1..50).contains(&n), "{n} images were worked through");
    }

    #[test]
    fn lines_do_not_pile_up() {
        let (finished, most_waiting) = run(&["10"; 200], 3);
        assert_eq!(finished.len(), 200);
        // Every lane may have opened one image when the lines of another are still waiting.
        assert!(most_waiting <= 10 * 2 * 3, "{most_waiting} lines waited");
    }
}
