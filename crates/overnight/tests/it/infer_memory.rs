//! The memory of `overnight infer` over many images. Takes minutes, so it is run by name:
//!
//! ```sh
//! cargo test -p overnight --test it -- --ignored --nocapture infer_memory
//! ```

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use overnight_image::{Encoding, Limits, RgbImage, crop, decode, encode};
use overnight_testkit::{Overnight, TestProject, skip};

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");
const N_IMAGES: usize = 2000;
/// Height of an image, in pixels: two or three lines of a receipt.
const HEIGHT: u32 = 96;
/// After how many images memory is looked at; seconds before the last is read, because then the
/// files are written and the drawings begin.
const LOOKS: [usize; 5] = [100, 500, 1000, 1500, N_IMAGES - 150];
/// MiB by which memory may differ between the second look and the last. Until the second the
/// networks have met images of every shape.
const MOST_GROWTH_MIB: f64 = 8.0;

/// A project whose dataset `many` holds cut-outs of the example's receipts, no two alike.
fn project() -> TestProject {
    let project = TestProject::new();
    let example =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/receipts/data/receipts/img");
    let mut files: Vec<_> = fs::read_dir(example)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let receipts: Vec<RgbImage> = files
        .iter()
        .map(|file| {
            decode(&fs::read(file).unwrap(), &Limits::default())
                .unwrap()
                .image
        })
        .collect();
    for n in 0..N_IMAGES {
        let receipt = &receipts[n % receipts.len()];
        let steps = (N_IMAGES / receipts.len()) as u32 + 1;
        let top = (receipt.height() - HEIGHT) * (n / receipts.len()) as u32 / steps;
        let part = crop(receipt, 0, top, receipt.width(), HEIGHT);
        let bytes = encode(&part, Encoding::Jpeg { quality: 85 }).unwrap();
        project.file(&format!("many/{n:04}.jpg"), bytes);
    }
    project
}

fn infer(project: &TestProject) -> Child {
    Overnight::new(BINARY, project)
        .args(["infer", "--backend", "ppocr", "--dataset", "folder:many"])
        .args([
            "--out",
            "p.jsonl",
            "--out",
            "p.parquet",
            "--overlay",
            "look",
        ])
        // What is asked is what the program keeps, and not over how many arenas the allocator
        // spreads what it was given back.
        .env("MALLOC_ARENA_MAX", "1")
        .into_command()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// `VmRSS` or `VmHWM` of a process in MiB; `None` once it is gone.
fn memory_mib(pid: u32, key: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(key))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

/// Number of predictions in the cache.
fn n_cached(project: &TestProject) -> usize {
    let folder = project.path().join(".overnight/cache/predictions");
    let files = fs::read_dir(folder).into_iter().flatten();
    files
        .map(|file| fs::read(file.unwrap().path()).unwrap())
        .map(|bytes| bytes.iter().filter(|byte| **byte == b'\n').count())
        .sum()
}

/// Memory in MiB after the numbers of images asked for, and the peak, drawings included.
fn watch(project: &TestProject, child: &mut Child, after: &[usize]) -> (Vec<f64>, f64) {
    let (mut seen, mut peak) = (Vec::new(), 0.0);
    while child.try_wait().unwrap().is_none() {
        if let Some(mib) = memory_mib(child.id(), "VmHWM") {
            peak = mib;
        }
        if after
            .get(seen.len())
            .is_some_and(|n| n_cached(project) >= *n)
        {
            seen.extend(memory_mib(child.id(), "VmRSS"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    (seen, peak)
}

#[test]
#[ignore = "reads 2,000 images: some minutes"]
fn memory_does_not_grow_with_the_number_of_images() {
    let project = project();
    let mut child = infer(&project);
    let (seen, peak) = watch(&project, &mut child, &LOOKS);
    let code = child.wait().unwrap().code();
    if code == Some(3) {
        skip(
            "memory_does_not_grow_with_the_number_of_images",
            "the weights of ppocrv6-small",
        );
        return;
    }
    assert!(matches!(code, Some(0 | 1)), "{code:?}");
    eprintln!("MiB after {LOOKS:?} images: {seen:.1?}; peak with the drawings {peak:.1}");
    assert_eq!(seen.len(), LOOKS.len(), "too quick to be watched");
    assert!(seen[4] - seen[1] < MOST_GROWTH_MIB, "{seen:?}");

    // All of them known: what is read back from the cache is not kept either.
    let mut child = infer(&project);
    let (_, known) = watch(&project, &mut child, &[]);
    assert!(matches!(child.wait().unwrap().code(), Some(0 | 1)));
    eprintln!("peak with all {N_IMAGES} known, drawings included: {known:.1} MiB");
    assert!(known < peak + MOST_GROWTH_MIB, "{known} against {peak}");
}
