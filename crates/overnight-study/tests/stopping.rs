//! A study that is asked to stop ends after the item it is on and tells the truth about it.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use overnight_image::{Encoding, Filter, RgbImage, encode};
use overnight_metrics::Profile;
use overnight_ocr::{Backend, BackendSpec, LoadOptions, TesseractSpec, load};
use overnight_record::result::{BenchStage, CaseStatus};
use overnight_record::{PredictionStatus, Progress, StopFlag};
use overnight_study::bench::{self, BenchSpec};
use overnight_study::dataset::{Dataset, DatasetFormat, DatasetSpec};
use overnight_study::enhance::{self, EnhanceSpec};
use overnight_study::storage::{self, StorageSpec};
use overnight_testkit::skip;

/// Asks for a stop when so many items are finished.
struct StopAfter {
    items: AtomicU64,
    stop: StopFlag,
}

impl StopAfter {
    fn new(items: u64) -> Self {
        Self {
            items: AtomicU64::new(items),
            stop: StopFlag::default(),
        }
    }
}

impl Progress for StopAfter {
    fn begin(&self, _what: &str, _total: u64) {}

    fn advance(&self, n: u64) {
        let before = self.items.fetch_sub(n, Ordering::SeqCst);
        if before <= n {
            self.stop.request();
        }
    }

    fn end(&self) {}
}

/// Four images with a black bar each, in a folder with texts.
fn dataset(folder: &Path) -> Dataset {
    for (name, x) in [("a", 5), ("b", 15), ("c", 25), ("d", 35)] {
        let image = RgbImage::from_fn(80, 60, |px, _| {
            let ink = if (x..x + 9).contains(&px) { 0 } else { 255 };
            [ink; 3].into()
        });
        let bytes = encode(&image, Encoding::Png).expect("an encodable image");
        fs::write(folder.join(format!("{name}.png")), bytes).expect("a file");
        fs::write(folder.join(format!("{name}.txt")), "|").expect("a file");
    }
    Dataset::load(&DatasetSpec {
        name: "bars".to_owned(),
        format: DatasetFormat::Folder,
        path: folder.to_owned(),
        shown_path: "bars".to_owned(),
    })
    .expect("a dataset")
}

fn tesseract(test: &str) -> Option<Box<dyn Backend>> {
    let spec = BackendSpec::Tesseract(TesseractSpec::default());
    let options = LoadOptions {
        models_dir: std::env::temp_dir(),
        threads: None,
    };
    let loaded = load("tesseract", &spec, &options);
    loaded.map_err(|_| skip(test, "tesseract")).ok()
}

#[test]
fn storage_counts_what_was_reached() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = dataset(folder.path());
    let spec = StorageSpec {
        dataset: &dataset,
        arms: storage::parse_arms(&["webp:lossless"]).unwrap(),
        repeats: 1,
        keep: None,
        seed: 1,
    };
    let progress = StopAfter::new(2);
    let outcome = storage::run(&spec, &progress, &progress.stop).unwrap();
    assert!(outcome.is_partial);
    assert_eq!(
        (outcome.result.dataset.n, outcome.result.dataset.n_total),
        (2, 4)
    );
    assert_eq!(outcome.result.files.len(), 4);
    assert!(outcome.result.arms.iter().all(|arm| arm.n == 2));
}

#[test]
fn enhance_finishes_all_arms_of_the_image_it_is_on() {
    let Some(backend) = tesseract("enhance_finishes_all_arms_of_the_image_it_is_on") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let dataset = dataset(folder.path());
    let spec = EnhanceSpec {
        dataset: &dataset,
        backend: backend.as_ref(),
        arms: vec![Filter::Sepia, Filter::Grayscale],
        profile: Profile::built_in("default").unwrap(),
        seed: 1,
    };
    let progress = StopAfter::new(1);
    let outcome = enhance::run(&spec, &progress, &progress.stop).unwrap();
    assert!(outcome.is_partial);
    assert_eq!(outcome.result.dataset.n, 1);
    assert_eq!(outcome.result.samples.len(), 3, "one sample in three arms");
    assert!(
        outcome
            .predictions
            .iter()
            .all(|arm| arm.predictions.len() == 1)
    );
}

#[test]
fn a_bench_stopped_while_it_prepares_has_cases_that_were_not_run() {
    let Some(backend) = tesseract("a_bench_stopped_while_it_prepares") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let dataset = dataset(folder.path());
    let spec = BenchSpec {
        dataset: &dataset,
        backend: backend.as_ref(),
        load_s: 0.0,
        stages: vec![BenchStage::Pipeline],
        batch_sizes: vec![1, 2],
        budget_s: 5.0,
        passes: 1,
        seed: 1,
        profile: Profile::built_in("default").unwrap(),
    };
    let progress = StopAfter::new(1);
    let outcome = bench::run(&spec, &progress, &progress.stop).unwrap();
    assert!(outcome.is_partial);
    let statuses: Vec<CaseStatus> = outcome.result.cases.iter().map(|c| c.status).collect();
    assert_eq!(statuses, [CaseStatus::NotRun; 2]);
    assert!(outcome.predictions.is_empty() && outcome.batches.is_empty());
}

#[test]
fn a_bench_times_every_item_once_a_pass() {
    let Some(backend) = tesseract("a_bench_times_every_item_once_a_pass") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let dataset = dataset(folder.path());
    let spec = BenchSpec {
        dataset: &dataset,
        backend: backend.as_ref(),
        load_s: 0.0,
        stages: vec![BenchStage::Pipeline],
        batch_sizes: vec![1, 3],
        budget_s: 60.0,
        passes: 1,
        seed: 1,
        profile: Profile::built_in("default").unwrap(),
    };
    let never = StopFlag::default();
    let outcome = bench::run(&spec, &overnight_record::Silent, &never).unwrap();
    let items: Vec<&[usize]> = outcome
        .result
        .cases
        .iter()
        .map(|c| c.batch_items.as_slice())
        .collect();
    assert_eq!(items, [&[1, 1, 1, 1][..], &[3, 1][..]]);
    let rounds: Vec<(usize, usize)> = outcome
        .batches
        .iter()
        .map(|b| (b.round, b.batch_size))
        .collect();
    // There and back: the first round goes up, the second comes down.
    assert_eq!(rounds, [(0, 1), (0, 1), (0, 1), (0, 3), (1, 3), (1, 1)]);
    assert!(
        outcome
            .batches
            .windows(2)
            .all(|pair| pair[0].at_s <= pair[1].at_s)
    );
    assert_eq!(outcome.predictions.len(), 4);
    let worked = |p: PredictionStatus| matches!(p, PredictionStatus::Ok | PredictionStatus::Empty);
    assert!(outcome.predictions.iter().all(|p| worked(p.status)));
}
