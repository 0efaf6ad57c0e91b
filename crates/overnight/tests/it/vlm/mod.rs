//! `kind = "openai"`: the real server of llama.cpp, seen through a proxy that does wrong.

mod before;
mod gap;
mod kills;
mod night;
mod shards;

use std::time::{Duration, Instant};

use overnight_image::{Encoding, RgbImage, encode};
use overnight_testkit::{Overnight, TestProject};
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");
const KEY: &str = "sk-very-secret-0123456789";

/// A project with `n` small images that differ, and a backend `qwen` behind `base_url` that
/// reads `TEA 1.00` in each of them.
pub(crate) fn project(n: usize, base_url: &str) -> TestProject {
    let project = TestProject::new();
    images(&project, "few", n);
    project.file(
        "overnight.toml",
        format!(
            "[datasets.few]\nformat = \"folder\"\npath = \"few\"\n\
             [backends.qwen]\nkind = \"openai\"\nbase_url = \"{base_url}\"\n\
             model = \"tiny-qwen2.5-vl\"\napi_key_env = \"VLM_KEY\"\nconcurrency = 2\n\
             max_tokens = 100\ngive_up_after = \"30s\"\n\
             extra_body = {{ grammar = 'root ::= \"TEA 1.00\"' }}\n"
        ),
    );
    project
}

/// `n` small images that differ, each with the text `TEA 1.00` beside it.
fn images(project: &TestProject, folder: &str, n: usize) {
    for number in 0..n {
        let pixels = (0..112 * 56).flat_map(|place: usize| {
            let ink = (place % 112 * 7 + place / 112 * 3 + number * 11) % 200;
            [ink as u8, (number % 251) as u8, (number / 251) as u8]
        });
        let image = RgbImage::from_raw(112, 56, pixels.collect()).unwrap();
        let bytes = encode(&image, Encoding::Png).unwrap();
        project.file(&format!("{folder}/{number:03}.png"), bytes);
        project.file(&format!("{folder}/{number:03}.txt"), "TEA 1.00");
    }
}

/// The predictions of a file.
fn rows(project: &TestProject, file: &str) -> Vec<Value> {
    let text = project.read(file);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn infer(project: &TestProject) -> Overnight {
    Overnight::new(BINARY, project)
        .args(["infer", "--backend", "qwen", "--dataset", "few"])
        .args(["--out", "p.jsonl", "--format", "json"])
        .env("VLM_KEY", KEY)
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
