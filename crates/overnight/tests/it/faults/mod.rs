//! Nights in which something breaks: processes are killed, disks fill, steps misbehave.
//!
//! What is left to chance is drawn from a seed. A failing test prints it; with
//! `OVERNIGHT_FAULTS_SEED` it draws the same again. `OVERNIGHT_FAULTS=long` (`./test
//! --faults`) is the long form: many more draws.

mod disk;
mod floods;
mod kills;
mod locks;
mod odd_steps;
mod parallel_kills;
mod policies;
mod read_only;
mod secrets;
mod signals;
mod slow_git;
mod step_deaths;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use overnight_testkit::TestProject;
use serde_json::Value;

use crate::night_project::overnight;

/// Whether the long form is wanted.
fn is_long() -> bool {
    std::env::var("OVERNIGHT_FAULTS").is_ok_and(|form| form == "long")
}

/// Numbers by chance, the same for the same seed (SplitMix64).
struct Dice {
    seed: u64,
    state: u64,
}

impl Dice {
    fn new(default: u64) -> Self {
        let given = std::env::var("OVERNIGHT_FAULTS_SEED");
        let seed = given.ok().and_then(|text| text.parse().ok());
        let seed = seed.unwrap_or(default);
        Self { seed, state: seed }
    }

    /// A number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    fn millis(&mut self, end: u64) -> Duration {
        Duration::from_micros(self.below(end * 1000))
    }
}

impl Drop for Dice {
    #[expect(
        clippy::print_stderr,
        reason = "whoever reads the failure needs the seed"
    )]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("drawn with OVERNIGHT_FAULTS_SEED={}", self.seed);
        }
    }
}

/// Living processes of a project's nights: those with its state folder in their
/// environment, and shims.
fn survivors(project: &TestProject) -> Vec<String> {
    let folder = project.path().canonicalize().unwrap();
    let folder = folder.to_string_lossy();
    let mark = format!("OVERNIGHT_STATE_DIR={folder}/.overnight\0");
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().filter_map(Result::ok) {
        let read = |name: &str| {
            let bytes = fs::read(entry.path().join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let command = read("cmdline").replace('\0', " ");
        let is_shim = command.contains("__shim") && command.contains(&*folder);
        let is_dead = read("stat")
            .rsplit_once(") ")
            .is_none_or(|(_, rest)| rest.starts_with(['Z', 'X']));
        if !is_dead && (is_shim || read("environ").contains(&mark)) {
            let pid = entry.file_name().to_string_lossy().into_owned();
            found.push(format!("{pid}: {command}"));
        }
    }
    found
}

/// Asserts that no process of a project's nights is left.
#[track_caller]
fn assert_no_survivors(project: &TestProject) {
    // A killed process takes a moment to be gone.
    let begun = Instant::now();
    loop {
        let left = survivors(project);
        if left.is_empty() {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "left: {left:#?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// How the steps of the last run stand, in the order of the plan.
fn steps(project: &TestProject) -> Vec<Value> {
    let shown = overnight(project)
        .args(["runs", "show", "last", "--format", "json"])
        .run();
    let json = shown.expect_code(0).json();
    json["steps"].as_array().unwrap().clone()
}

/// `outcome` or `outcome/class` of every step.
fn outcomes(project: &TestProject) -> Vec<String> {
    let shown = |step: &Value| {
        let state = &step["state"];
        let outcome = state["outcome"].as_str().unwrap_or("none").to_owned();
        match state["class"].as_str() {
            Some(class) => format!("{outcome}/{class}"),
            None => outcome,
        }
    };
    steps(project).iter().map(shown).collect()
}

/// Why the step at `index` is not done.
fn reason(project: &TestProject, index: usize) -> String {
    let steps = steps(project);
    let reason = steps[index]["state"]["reason"].as_str();
    reason.unwrap_or_default().to_owned()
}

/// The events of the only run, from its export.
fn events(run_dir: &Path) -> Vec<Value> {
    let text = fs::read_to_string(run_dir.join("events.jsonl")).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let parse = |line| serde_json::from_str(line).unwrap();
    whole.lines().map(parse).collect()
}

/// Waits until `is_so`, at most a minute.
#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
