//! Inference over a small folder with a backend whose answers are known.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

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

fn run(dataset: &Dataset, backend: &Reader, state: &Path, stop: &StopFlag) -> Inferred {
    let spec = InferSpec {
        dataset,
        backend,
        load_s: 0.5,
        cache_dir: &state.join("cache"),
        predictions: state.join("predictions.jsonl"),
    };
    infer(&spec, &Silent, stop).unwrap()
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
