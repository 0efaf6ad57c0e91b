//! A small dataset: the upper parts of some receipts of the example, so that the networks
//! have little to read.

use std::fs;
use std::path::Path;

use overnight_image::{Encoding, Limits, decode, encode};
use overnight_testkit::TestProject;

/// Height in pixels of what is kept.
const HEIGHT: u32 = 220;

/// A project whose dataset `few` (format `sroie`) holds the upper parts of these receipts.
pub(crate) fn project(ids: &[&str]) -> TestProject {
    let project = TestProject::new();
    let example =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/receipts/data/receipts");
    for id in ids {
        let bytes = fs::read(example.join(format!("img/{id}.jpg"))).expect("an example image");
        let whole = decode(&bytes, &Limits::default())
            .expect("a decodable image")
            .image;
        let part = overnight_image::crop(&whole, 0, 0, whole.width(), HEIGHT);
        let bytes = encode(&part, Encoding::Jpeg { quality: 90 }).expect("an encodable image");
        project.file(&format!("few/img/{id}.jpg"), bytes);
        let boxes = fs::read_to_string(example.join(format!("box/{id}.csv"))).expect("boxes");
        let kept: String = boxes
            .lines()
            .filter(|line| ends_above(line))
            .map(|l| format!("{l}\n"))
            .collect();
        project.file(&format!("few/box/{id}.csv"), kept);
    }
    project.file(
        "overnight.toml",
        "[datasets.few]\nformat = \"sroie\"\npath = \"few\"\n",
    );
    project
}

/// Whether a box lies wholly in the part that is kept; `y` is every second number.
fn ends_above(line: &str) -> bool {
    let numbers = line.splitn(9, ',').take(8);
    numbers
        .skip(1)
        .step_by(2)
        .all(|y| y.parse::<u32>().expect("a coordinate") < HEIGHT)
}
