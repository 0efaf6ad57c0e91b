//! A disk that fills up: facts are kept, the night waits for space or says why it did not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use overnight_testkit::{Overnight, TestProject};
use serde_json::Value;

use super::{events, wait_until};
use crate::night_project;
use crate::small_disk::SmallDisk;

/// A project on a small disk. Only its `.git` lies there as everything else does.
struct Tight {
    disk: SmallDisk,
    origin: TestProject,
}

impl Tight {
    fn new(test: &str, commands: &[&str], config: &str) -> Option<Self> {
        let disk = SmallDisk::mount(test, 48)?;
        let origin = night_project::project(commands, config);
        let copied = Command::new("cp")
            .arg("-a")
            .arg(format!("{}/.", origin.path().display()))
            .arg(disk.place())
            .status();
        assert!(copied.unwrap().success());
        Some(Self { disk, origin })
    }

    fn path(&self) -> &Path {
        self.disk.place()
    }

    fn overnight(&self, args: &[&str]) -> Overnight {
        night_project::overnight(&self.origin)
            .in_dir(self.path())
            .args(args)
    }

    fn run_dir(&self) -> PathBuf {
        let runs = fs::read_dir(self.path().join("logs/overnight_runs")).unwrap();
        let mut runs = runs.map(|e| e.unwrap().path()).filter(|p| p.is_dir());
        runs.next().unwrap()
    }

    fn states(&self) -> Vec<Value> {
        let shown = self.overnight(&["runs", "show", "last", "--format", "json"]);
        let json = shown.run().expect_code(0).json();
        let steps = json["steps"].as_array().unwrap().clone();
        steps
            .into_iter()
            .map(|step| step["state"].clone())
            .collect()
    }

    fn outcomes(&self) -> Vec<String> {
        let shown = |state: &Value| {
            let class = state["class"]
                .as_str()
                .map_or(String::new(), |c| format!("/{c}"));
            format!("{}{class}", state["outcome"].as_str().unwrap())
        };
        self.states().iter().map(shown).collect()
    }

    fn kinds(&self) -> Vec<String> {
        let events = events(&self.run_dir());
        let kind = |event: &Value| event["event"].as_str().unwrap().to_owned();
        events.iter().map(kind).collect()
    }
}

/// Fills the disk to its last byte with a file that git ignores.
const FILL: &str = "echo begun; dd if=/dev/zero of=$OVERNIGHT_ARTIFACTS_DIR/fill bs=64k 2>&1; \
                    dd if=/dev/zero of=$OVERNIGHT_ARTIFACTS_DIR/rest bs=1 count=70000 2>&1; \
                    echo 'write: No space left on device' >&2; exit 1";

const TIGHT: &str = "[run]\ndisk_min_free = '8MiB'\ndisk_reserve = '4MiB'\n\
                     retries = { disk_full = 0 }\n";

#[test]
fn a_full_disk_pauses_the_night_until_there_is_space() {
    let test = "a_full_disk_pauses_the_night_until_there_is_space";
    let config = format!("{TIGHT}disk_wait = '2m'\n");
    let steps = ["echo two >> a.txt", FILL, "echo three >> a.txt"];
    let Some(tight) = Tight::new(test, &steps, &config) else {
        return;
    };
    let mut runner = tight.overnight(&["run", "PLAN.md"]).into_command();
    let mut runner = runner
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    wait_until("the night pauses", || {
        assert!(runner.try_wait().unwrap().is_none(), "it ended");
        let ledger = overnight_run::Ledger::open_existing(&tight.path().join(".overnight"));
        let Ok(ledger) = ledger else { return false };
        let Ok(row) = ledger.last_run() else {
            return false;
        };
        let events = ledger.events(&row.record.run).unwrap_or_default();
        let is_pause = |event: &overnight_record::Event| {
            matches!(event.kind, overnight_record::EventKind::NightPaused { .. })
        };
        events.iter().any(is_pause)
    });
    for artifacts in fs::read_dir(tight.path().join("data/vlm_reports")).unwrap() {
        for name in ["fill", "rest"] {
            let _ = fs::remove_file(artifacts.as_ref().unwrap().path().join(name));
        }
    }
    assert_eq!(runner.wait().unwrap().code(), Some(1));
    assert_eq!(tight.outcomes(), ["done", "failed/disk_full", "done"]);
    let kinds = tight.kinds();
    let place = |kind: &str| kinds.iter().position(|k| k == kind);
    assert!(place("night_paused").unwrap() < place("night_continued").unwrap());
    assert!(tight.run_dir().join("report/index.html").exists());
    assert!(!tight.path().join(".overnight/reserve").exists());
}

#[test]
fn a_disk_that_stays_full_costs_the_steps_behind_it_and_no_fact() {
    let test = "a_disk_that_stays_full_costs_the_steps_behind_it_and_no_fact";
    let config = format!("{TIGHT}disk_wait = '1s'\n");
    let steps = ["echo two >> a.txt", FILL, "echo three >> a.txt", "true"];
    let Some(tight) = Tight::new(test, &steps, &config) else {
        return;
    };
    tight.overnight(&["run", "PLAN.md"]).run().expect_code(1);
    assert_eq!(
        tight.outcomes(),
        ["done", "failed/disk_full", "not_started", "not_started"]
    );
    let reason = tight.states()[2]["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("the disk was full for 1.0s"), "{reason}");
    let run_dir = tight.run_dir();
    assert!(run_dir.join("report/index.html").exists());
    assert!(run_dir.join("report/BENCHMARK_REPORT.md").exists());
    let log = fs::read_to_string(run_dir.join("steps/1.1.2/stdout.log")).unwrap();
    assert!(log.starts_with("begun\n"));
    for artifacts in fs::read_dir(tight.path().join("data/vlm_reports")).unwrap() {
        for name in ["fill", "rest"] {
            let _ = fs::remove_file(artifacts.as_ref().unwrap().path().join(name));
        }
    }
    tight
        .overnight(&["run", "--resume", "last"])
        .run()
        .expect_code(1);
    assert_eq!(
        tight.outcomes(),
        ["done", "failed/disk_full", "done", "done"]
    );
    let branch = tight.run_dir();
    let branch = format!(
        "overnight/{}:a.txt",
        branch.file_name().unwrap().to_string_lossy()
    );
    let place = tight.path().to_string_lossy().into_owned();
    let text = tight.origin.git(&["-C", &place, "show", &branch]);
    assert_eq!(text, "one\ntwo\nthree\n");
}
