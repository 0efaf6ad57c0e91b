//! Inference over a small folder with a backend whose answers are known.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Mutex;

use overnight_ocr::{ImageInput, ImageSource};
use overnight_record::Silent;

use super::*;
use crate::dataset::{DatasetFormat, DatasetSpec};

/// Reads image files that hold text: the text is the answer. `panic` and `timeout` misbehave.
struct Reader {
    info: BackendInfo,
    asked: Mutex<Vec<String>>,
    stop_after: Option<(usize, StopFlag)>,
}

impl Reader {
    fn new() -> Self {
        Self {
            info: BackendInfo {
                name: "reader".to_owned(),
                kind: "test".to_owned(),
                fingerprint: "f1".to_owned(),
                runtime: String::new(),
                device: "cpu".to_owned(),
                threads: 3,
                models: Vec::new(),
            },
            asked: Mutex::default(),
            stop_after: None,
        }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Backend for Reader {
    fn info(&self) -> &BackendInfo {
        &self.info
    }

    fn recognize(&self, batch: &[ImageInput]) -> Vec<Prediction> {
        let answer = |input: &ImageInput| {
            let ImageSource::Encoded(bytes) = &input.source else {
                unreachable!("inference hands over files");
            };
            let text = String::from_utf8_lossy(bytes).into_owned();
            assert_ne!(text, "panic", "the image is bad");
            let status = if text == "timeout" {
                PredictionStatus::Timeout
            } else {
                PredictionStatus::Ok
            };
            let names = (&*input.id, &*input.image, &*input.sha256);
            let mut prediction = without_text(names, &self.info, status, String::new());
            prediction.text = text;
            prediction
        };
        let predictions = batch.iter().map(answer).collect();
        let mut asked = self.asked.lock().unwrap();
        asked.extend(batch.iter().map(|input| input.id.clone()));
        if let Some((n, stop)) = &self.stop_after
            && asked.len() >= *n
        {
            stop.request();
        }
        predictions
    }
}

/// Images by id; each holds its text.
fn folder(images: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (id, text) in images {
        fs::write(dir.path().join(format!("{id}.png")), text).unwrap();
    }
    dir
}

fn load(dir: &Path) -> Dataset {
    Dataset::load(&DatasetSpec {
        name: "few".to_owned(),
        format: DatasetFormat::Folder,
        path: dir.to_owned(),
        shown_path: "few".to_owned(),
    })
    .unwrap()
}

/// What a run left.
struct Done {
    result: InferResult,
    predictions: Vec<Prediction>,
}

fn run(dataset: &Dataset, backend: &Reader, state: &Path, stop: &StopFlag) -> Done {
    let files = [
        state.join("predictions.jsonl"),
        state.join("predictions.parquet"),
    ];
    let spec = InferSpec {
        dataset,
        backend,
        load_s: 0.5,
        cache_dir: &state.join("cache"),
        predictions: &files,
    };
    let done = infer(&spec, &Silent, stop).unwrap();
    let predictions: Vec<Prediction> = done.predictions().map(Result::unwrap).collect();
    for file in &files {
        assert_eq!(crate::predictions::read(file).unwrap(), predictions);
    }
    Done {
        result: done.result,
        predictions,
    }
}

#[test]
fn nothing_is_read_twice_and_failures_are_tried_again() {
    let images = folder(&[("1", "one"), ("2", "timeout"), ("10", "ten"), ("11", "one")]);
    let state = tempfile::tempdir().unwrap();
    let dataset = load(images.path());
    let first = Reader::new();
    let done = run(&dataset, &first, state.path(), &StopFlag::default());
    // The eleventh image has the bytes of the first.
    assert_eq!(first.asked(), ["1", "2", "10"]);
    assert_eq!((done.result.n_inferred, done.result.n_cached), (3, 1));
    assert_eq!(done.predictions[3].id, "11");
    assert_eq!(done.predictions[3].image, "11.png");
    assert_eq!(done.predictions[3].text, "one");
    assert_eq!(done.result.failures.len(), 1);

    let second = Reader::new();
    let again = run(&dataset, &second, state.path(), &StopFlag::default());
    assert_eq!(second.asked(), ["2"], "only what failed for now");
    assert_eq!((again.result.n_inferred, again.result.n_cached), (1, 3));
    let written = crate::predictions::read(&state.path().join("predictions.jsonl")).unwrap();
    assert_eq!(written, again.predictions);
    let ids: Vec<&str> = written.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "10", "11"], "dataset order");
}

#[test]
fn a_panic_costs_one_sample() {
    let images = folder(&[("1", "one"), ("2", "panic"), ("3", "three")]);
    let state = tempfile::tempdir().unwrap();
    let dataset = load(images.path());
    let done = run(&dataset, &Reader::new(), state.path(), &StopFlag::default());
    let statuses: Vec<_> = done.predictions.iter().map(|p| p.status).collect();
    use PredictionStatus::{Crashed, Ok};
    assert_eq!(statuses, [Ok, Crashed, Ok]);
    let error = done.predictions[1].error.as_deref().unwrap();
    assert!(error.contains("the image is bad"), "{error}");
}

#[test]
fn a_missing_image_is_an_outcome() {
    let images = folder(&[("1", "one"), ("2", "two")]);
    let state = tempfile::tempdir().unwrap();
    let dataset = load(images.path());
    fs::remove_file(images.path().join("1.png")).unwrap();
    let done = run(&dataset, &Reader::new(), state.path(), &StopFlag::default());
    assert_eq!(done.predictions[0].status, PredictionStatus::Undecodable);
    assert_eq!(done.result.failures[0].id, "1");
    assert_eq!(done.result.statuses[&PredictionStatus::Ok], 1);
    // A file that comes back later is read.
    fs::write(images.path().join("1.png"), "one").unwrap();
    let again = run(&dataset, &Reader::new(), state.path(), &StopFlag::default());
    assert_eq!(again.predictions[0].text, "one");
}

#[test]
fn a_stop_leaves_what_is_done_and_the_next_run_goes_on() {
    let names: Vec<String> = (0..10).map(|n| n.to_string()).collect();
    let images: Vec<(&str, &str)> = names.iter().map(|n| (n.as_str(), n.as_str())).collect();
    let images = folder(&images);
    let state = tempfile::tempdir().unwrap();
    let dataset = load(images.path());
    let stop = StopFlag::default();
    let mut first = Reader::new();
    first.stop_after = Some((3, stop.clone()));
    let stopped = run(&dataset, &first, state.path(), &stop);
    assert_eq!((stopped.result.n_inferred, stopped.result.n_left), (3, 7));
    assert_eq!(stopped.predictions.len(), 3);

    let second = Reader::new();
    let done = run(&dataset, &second, state.path(), &StopFlag::default());
    assert_eq!((done.result.n_inferred, done.result.n_cached), (7, 3));
    assert!(second.asked().iter().all(|id| !first.asked().contains(id)));
}

/// Hands over each prediction as it is made, and fails or stops on the way.
struct Streamer {
    reader: Reader,
    /// What to do when so many are handed over.
    at: (usize, Event),
}

enum Event {
    Panic,
    Stop(StopFlag),
    /// Looks into the cache: how many predictions are safe at this moment.
    Look(std::path::PathBuf, Mutex<usize>),
}

impl Backend for Streamer {
    fn info(&self) -> &BackendInfo {
        &self.reader.info
    }

    fn recognize(&self, batch: &[ImageInput]) -> Vec<Prediction> {
        self.reader.recognize(batch)
    }

    fn recognize_each(
        &self,
        batch: &[ImageInput],
        hand_over: &mut (dyn FnMut(usize, Prediction) -> ControlFlow<()> + Send),
    ) {
        // Backwards: the order is the backend's affair.
        for (index, input) in batch.iter().enumerate().rev() {
            let prediction = self.recognize(std::slice::from_ref(input)).remove(0);
            if hand_over(index, prediction).is_break() {
                return;
            }
            if self.reader.asked().len() == self.at.0 {
                match &self.at.1 {
                    Event::Panic => panic!("the pipe broke"),
                    Event::Stop(stop) => stop.request(),
                    Event::Look(cache, seen) => {
                        let text = fs::read_to_string(cache).unwrap();
                        *seen.lock().unwrap() = text.lines().count();
                    }
                }
            }
        }
    }
}

/// Ten images, read with groups of ten.
fn stream(event: (usize, Event)) -> (Streamer, InferResult, Vec<Prediction>) {
    let names: Vec<String> = (0..10).map(|n| n.to_string()).collect();
    let images: Vec<(&str, &str)> = names.iter().map(|n| (n.as_str(), n.as_str())).collect();
    let images = folder(&images);
    let state = tempfile::tempdir().unwrap();
    let dataset = load(images.path());
    let mut backend = Streamer {
        reader: Reader::new(),
        at: event,
    };
    backend.reader.info.threads = 10;
    let stop = match &backend.at.1 {
        Event::Stop(stop) => stop.clone(),
        Event::Panic => StopFlag::default(),
        Event::Look(cache, _) => {
            let folder = cache.parent().unwrap().to_owned();
            return finish(backend, &dataset, &folder, &StopFlag::default());
        }
    };
    finish(backend, &dataset, &state.path().join("cache"), &stop)
}

fn finish(
    backend: Streamer,
    dataset: &Dataset,
    cache_dir: &Path,
    stop: &StopFlag,
) -> (Streamer, InferResult, Vec<Prediction>) {
    let file = [cache_dir.join("predictions.jsonl")];
    let spec = InferSpec {
        dataset,
        backend: &backend,
        load_s: 0.0,
        cache_dir,
        predictions: &file,
    };
    let done = infer(&spec, &Silent, stop).unwrap();
    let predictions = done.predictions().map(Result::unwrap).collect();
    let result = done.result;
    (backend, result, predictions)
}

#[test]
fn a_prediction_is_safe_while_its_group_is_still_read() {
    let state = tempfile::tempdir().unwrap();
    let cache = state.path().join("f1.jsonl");
    let (backend, result, _) = stream((4, Event::Look(cache, Mutex::default())));
    let Event::Look(_, seen) = &backend.at.1 else {
        unreachable!("as it was made")
    };
    assert_eq!(*seen.lock().unwrap(), 4, "of ten in the group");
    assert_eq!((result.n_inferred, result.n_left), (10, 0));
    assert_eq!(result.stages, [], "this reader takes no time");
}

#[test]
fn what_was_handed_over_before_a_panic_is_not_read_again() {
    let (backend, result, predictions) = stream((4, Event::Panic));
    assert_eq!(backend.reader.asked().len(), 10, "each image once");
    assert_eq!(result.statuses[&PredictionStatus::Ok], 10);
    let texts: Vec<&str> = predictions.iter().map(|p| p.text.as_str()).collect();
    assert_eq!(texts, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
}

#[test]
fn a_stop_is_heard_within_a_group() {
    let (_, result, predictions) = stream((4, Event::Stop(StopFlag::default())));
    // The one that was in work when the stop was asked for is finished.
    assert_eq!((result.n_inferred, result.n_left), (5, 5));
    let ids: Vec<&str> = predictions.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(ids, ["5", "6", "7", "8", "9"]);
}

#[test]
fn an_answer_to_another_question_is_not_taken() {
    /// Answers every image with the prediction of the first.
    struct Confused(Reader);
    impl Backend for Confused {
        fn info(&self) -> &BackendInfo {
            &self.0.info
        }
        fn recognize(&self, batch: &[ImageInput]) -> Vec<Prediction> {
            let first = self.0.recognize(&batch[..1]).remove(0);
            vec![first; batch.len() + 1]
        }
    }
    let images = folder(&[("1", "one"), ("2", "two"), ("3", "three")]);
    let state = tempfile::tempdir().unwrap();
    let dataset = load(images.path());
    let backend = Confused(Reader::new());
    let file = [state.path().join("p.jsonl")];
    let spec = InferSpec {
        dataset: &dataset,
        backend: &backend,
        load_s: 0.0,
        cache_dir: state.path(),
        predictions: &file,
    };
    let done = infer(&spec, &Silent, &StopFlag::default()).unwrap();
    let predictions: Vec<Prediction> = done.predictions().map(Result::unwrap).collect();
    let texts: Vec<&str> = predictions.iter().map(|p| p.text.as_str()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    assert_eq!(backend.0.asked(), ["1", "2", "3"]);
}

#[test]
fn twins_wait_for_the_one_that_is_read() {
    let names: Vec<String> = (0..30).map(|n| n.to_string()).collect();
    let images: Vec<(&str, &str)> = names
        .iter()
        .enumerate()
        .map(|(n, name)| (name.as_str(), ["a", "timeout", "b"][n % 3]))
        .collect();
    let images = folder(&images);
    let state = tempfile::tempdir().unwrap();
    let dataset = load(images.path());
    let backend = Reader::new();
    let done = run(&dataset, &backend, state.path(), &StopFlag::default());
    // Each text once, and every one of those that failed: another try might have helped.
    assert_eq!((done.result.n_inferred, done.result.n_cached), (12, 18));
    assert_eq!(done.result.statuses[&PredictionStatus::Timeout], 10);
    assert_eq!(backend.asked().len(), 12);
}

#[test]
fn a_place_that_cannot_be_written_is_named_before_anything_is_read() {
    let images = folder(&[("1", "one")]);
    let state = tempfile::tempdir().unwrap();
    fs::write(state.path().join("file"), "in the way").unwrap();
    let dataset = load(images.path());
    let backend = Reader::new();
    let files = [
        state.path().join("fine.jsonl"),
        state.path().join("file/p.jsonl"),
    ];
    let spec = InferSpec {
        dataset: &dataset,
        backend: &backend,
        load_s: 0.0,
        cache_dir: &state.path().join("cache"),
        predictions: &files,
    };
    let error = infer(&spec, &Silent, &StopFlag::default()).unwrap_err();
    assert!(matches!(error, InferError::Place(_)), "{error:?}");
    assert_eq!(error.exit_code(), ExitCode::Temporary);
    assert!(error.hint().is_some());
    assert!(backend.asked().is_empty());
}
