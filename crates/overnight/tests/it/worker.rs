//! `kind = "worker"`: real child processes that behave well and badly.

use std::path::{Path, PathBuf};
use std::process::Command;

use overnight_testkit::{Answer, Overnight, TestProject, skip};
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");

/// A worker without our Python module. Each test puts its own `answer(image)` in front.
const RAW: &str = r#"
say({"overnight_worker": 1, "name": "raw", "max_batch_size": 8})
for request in sys.stdin:
    request = json.loads(request)
    for image in request["batch"]:
        answer(image)
    say({"done": request["request"]})
"#;
const RAW_HEAD: &str = r#"
import json, os, subprocess, sys, time
def say(message):
    print(json.dumps(message), flush=True)
def read(image):
    say({"id": image["id"], "lines": [{"text": image["name"]}]})
def is_second(image):
    return image["name"] == "img/en-02.jpg"
"#;

/// A project with three receipts as dataset `few` and a worker `mine` whose script is given.
fn project(script: &str) -> TestProject {
    project_with(script, "")
}

/// The same with further options of the worker.
pub(crate) fn project_with(script: &str, options: &str) -> TestProject {
    let project = TestProject::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for number in 1..=3 {
        for file in [
            format!("img/en-{number:02}.jpg"),
            format!("box/en-{number:02}.csv"),
        ] {
            let from = root.join("examples/receipts/data/receipts").join(&file);
            project.copy(&from, &format!("few/{file}"));
        }
    }
    project.copy(
        &root.join("workers/overnight_worker.py"),
        "overnight_worker.py",
    );
    project.file("mine.py", script);
    let mark = project.path().display();
    project.file(
        "overnight.toml",
        format!(
            "[datasets.few]\nformat = \"sroie\"\npath = \"few\"\n\
             [backends.mine]\nkind = \"worker\"\ncommand = [\"python3\", \"mine.py\"]\n\
             {options}\n[backends.mine.env]\nWORKER_TEST_MARK = \"{mark}\"\n"
        ),
    );
    project
}

/// A worker of its own with this `answer`.
pub(crate) fn raw(answer: &str) -> String {
    format!("{RAW_HEAD}\n{answer}\n{RAW}")
}

fn infer(project: &TestProject) -> Answer {
    Overnight::new(BINARY, project)
        .args(["infer", "--backend", "mine", "--dataset", "few"])
        .args(["--out", "out.jsonl", "--format", "json"])
        .run()
}

/// Runs it, asserts that no process is left, and gives one prediction an image, in order.
#[track_caller]
pub(crate) fn predictions(project: &TestProject, code: i32) -> Vec<Value> {
    infer(project).expect_code(code);
    assert_eq!(survivors(project), Vec::<String>::new());
    let text = project.read("out.jsonl");
    let mut rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    rows.sort_by_key(|row| row["id"].to_string());
    assert_eq!(rows.len(), 3);
    rows
}

/// Asserts that the first and third image were read and the second has `status` for a reason
/// that contains `reason`.
#[track_caller]
pub(crate) fn only_second_failed(rows: &[Value], status: &str, reason: &str) {
    for (row, name) in [(&rows[0], "img/en-01.jpg"), (&rows[2], "img/en-03.jpg")] {
        assert_eq!((&row["status"], &row["text"]), (&"ok".into(), &name.into()));
    }
    let found = rows[1]["error"].as_str().unwrap_or_default();
    assert_eq!(rows[1]["status"], status, "{found}");
    assert_eq!(rows[1]["text"], "");
    assert!(found.contains(reason), "{found}");
}

/// Living processes of a project's worker, by the mark in their environment.
pub(crate) fn survivors(project: &TestProject) -> Vec<String> {
    let mark = format!("WORKER_TEST_MARK={}\0", project.path().display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(environment) = std::fs::read(entry.path().join("environ")) else {
            continue;
        };
        if String::from_utf8_lossy(&environment).contains(&mark) {
            let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            found.push(String::from_utf8_lossy(&command).replace('\0', " "));
        }
    }
    found
}

#[test]
fn a_good_worker_is_read_in_batches_that_it_allows_and_prints_what_it_likes() {
    let project = project_with(
        r#"
import os, sys
from overnight_worker import line, serve

def load(start):
    print("loading weights")
    os.system("echo from a child of the worker")
    def read(images):
        print("reading", len(images))
        suffix = start["settings"]["suffix"]
        box = [(1, 2), (9, 2), (9, 8), (1, 8)]
        return [{"lines": [line(box, "%s%s %d" % (image.name, suffix, len(images)), 0.5)],
                 "timings_ms": {"detect": 0.25}} for image in images]
    return {"name": "good", "version": "1.5", "device": "cpu", "max_batch_size": 2}, read

serve(load)
"#,
        "settings = { suffix = \"!\" }",
    );
    let rows = predictions(&project, 0);
    let texts: Vec<&str> = rows.iter().map(|r| r["text"].as_str().unwrap()).collect();
    assert_eq!(
        texts,
        ["img/en-01.jpg! 2", "img/en-02.jpg! 2", "img/en-03.jpg! 1"]
    );
    let line = &rows[0]["lines"][0];
    assert_eq!(line["polygon"][2], serde_json::json!([9.0, 8.0]));
    assert_eq!(line["confidence"], 0.5);
    assert_eq!(rows[0]["timings_ms"]["detect"], 0.25);
    // A second run knows the answers.
    let again = infer(&project).expect_code(0).json();
    assert_eq!(
        (&again["n_cached"], &again["n_inferred"]),
        (&3.into(), &0.into())
    );
    assert_eq!(again["backend"]["runtime"], "good 1.5");
    // Another script is another backend.
    let script = project.read("mine.py").replace("0.25", "0.75");
    project.file("mine.py", script);
    assert_eq!(infer(&project).expect_code(0).json()["n_cached"], 0);
}

#[test]
fn noise_on_stdout_is_passed_over() {
    let project = project(&raw(r#"
print("loading weights...\n\n[1, 2]\n{\"progress\": 3}\n{\"id\": 7}", flush=True)
def answer(image):
    sys.stdout.buffer.write(b"50%|##  |\r\xff\xfe\x00\n")
    print("\x1b[31mred", flush=True)
    read(image)
    print("warning: slow", flush=True)
"#));
    for row in predictions(&project, 0) {
        assert_eq!(row["status"], "ok");
    }
}

#[test]
fn an_image_that_kills_the_worker_fails_alone() {
    let project = project(&raw(r#"
def answer(image):
    if is_second(image):
        print("Segmentation of the page failed", file=sys.stderr, flush=True)
        os.abort()
    read(image)
"#));
    let rows = predictions(&project, 1);
    only_second_failed(&rows, "crashed", "Segmentation of the page failed");
    assert_eq!(rows[1]["attempts"], 2);
}

#[test]
fn an_image_that_hangs_is_timed_out_with_all_that_the_worker_started() {
    let project = project_with(
        &raw(r#"
def answer(image):
    if is_second(image):
        subprocess.Popen(["sleep", "60"])
        time.sleep(60)
    read(image)
"#),
        "timeout = \"300ms\"",
    );
    let rows = predictions(&project, 1);
    only_second_failed(&rows, "timeout", "no answer within 0.3 s");
}

#[test]
fn memory_that_runs_out_halves_the_requests() {
    let project = project(
        r#"
from overnight_worker import line, serve

def load(start):
    def read(images):
        if len(images) > 1 or images[0].name == "img/en-02.jpg":
            raise MemoryError("%d images" % len(images))
        return [{"lines": [line(None, images[0].name)]}]
    return {"name": "large", "max_batch_size": 8}, read

serve(load)
"#,
    );
    let rows = predictions(&project, 1);
    only_second_failed(&rows, "oom", "MemoryError: 1 images");
}

#[test]
fn answers_that_are_wrong_are_told_as_such() {
    for (answer, reason) in [
        // Half a line.
        (
            r#"print('{"id": "%s", "lines": [{"text": "ha' % image["id"], flush=True)"#,
            "the worker's answer is wrong: it is not JSON",
        ),
        // Half a line, and gone.
        (
            r#"sys.stdout.write('{"id": "%s", "lin' % image["id"]); sys.stdout.flush(); os._exit(0)"#,
            "the worker's answer is wrong: it is not JSON",
        ),
        ("print('\\x00garbage', flush=True)", "first `garbage`"),
        (
            r#"say({"id": "wrong", "lines": []})"#,
            "the worker gave no answer to this image (1 lines that are no answers",
        ),
        ("read(image); read(image)", "it was answered twice"),
        (
            r#"say({"id": image["id"], "lines": [{"text": 3}]})"#,
            "lines[0]: `text` is missing or not text",
        ),
        (
            r#"say({"id": image["id"], "lines": [{"text": "a", "confidence": 7}]})"#,
            "`confidence` 7 is not between 0 and 1",
        ),
    ] {
        let project = project(&raw(&format!(
            "def answer(image):\n    if is_second(image):\n        {answer}\n    \
             else:\n        read(image)\n"
        )));
        only_second_failed(&predictions(&project, 1), "parse_error", reason);
    }
}

#[test]
fn a_worker_that_cannot_start_is_a_precondition_with_a_hint() {
    for (script, reason, hint) in [
        (
            "import sys; sys.exit('no weights here')",
            "ended before it was ready: it ended with exit status: 1: no weights here",
            "start it by hand: python3 mine.py",
        ),
        (
            "from overnight_worker import *\ndef load(start):\n    \
             raise Unavailable('no weights', 'fetch-weights now')\nserve(load)\n",
            "the worker `mine` cannot work: no weights",
            "hint: fetch-weights now",
        ),
        (
            "print('{\"overnight_worker\": 2}', flush=True); import time; time.sleep(60)",
            "it speaks version 2 of the protocol",
            "docs/workers.md",
        ),
        (
            "print('hm', flush=True); import time; time.sleep(60)",
            "was not ready within 0.5 s; it printed 1 other lines, first `hm`",
            "raise `start_timeout` of [backends.mine]",
        ),
    ] {
        let project = project_with(script, "start_timeout = \"500ms\"");
        let answer = Overnight::new(BINARY, &project)
            .args(["infer", "--backend", "mine", "--dataset", "few"])
            .run()
            .expect_code(3);
        let said = &answer.stderr;
        assert!(said.contains(reason) && said.contains(hint), "{said}");
        assert_eq!(survivors(&project), Vec::<String>::new());
    }
}

#[test]
fn a_worker_does_not_outlive_a_killed_program() {
    let project = project(&raw(
        "def answer(image):\n    time.sleep(0.4)\n    read(image)\n",
    ));
    let mut child = Overnight::new(BINARY, &project)
        .args(["infer", "--backend", "mine", "--dataset", "few"])
        .into_command()
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let waited = |wanted: bool| {
        (0..500).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            survivors(&project).is_empty() != wanted
        })
    };
    assert!(waited(true), "no worker was started");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(waited(false), "{:?}", survivors(&project));
}

/// The Python of the tests, if it has this package.
pub(crate) fn python_with(test: &str, package: &str) -> Option<PathBuf> {
    let found = std::env::var_os("OVERNIGHT_TEST_PYTHON").filter(|python| {
        let import = format!("import {package}");
        let found = Command::new(python).args(["-c", &import]).output();
        found.is_ok_and(|output| output.status.success())
    });
    if found.is_none() {
        skip(
            test,
            &format!("a Python with {package} (OVERNIGHT_TEST_PYTHON)"),
        );
    }
    found.map(PathBuf::from)
}

#[test]
fn rapidocr_reads_a_receipt() {
    let Some(python) = python_with("rapidocr_reads_a_receipt", "rapidocr") else {
        return;
    };
    let project = project("");
    project.file(
        "overnight.toml",
        format!(
            "[datasets.few]\nformat = \"sroie\"\npath = \"few\"\n\
             [backends.mine]\nkind = \"worker\"\nready = \"rapidocr\"\npython = {:?}\n",
            python.to_string_lossy()
        ),
    );
    let answer = Overnight::new(BINARY, &project)
        .args(["infer", "--backend", "mine", "--dataset", "few"])
        .args(["--limit", "1", "--out", "out.jsonl", "--format", "json"])
        .run()
        .expect_code(0)
        .json();
    assert!(
        answer["backend"]["runtime"]
            .as_str()
            .unwrap()
            .starts_with("rapidocr ")
    );
    assert_eq!(answer["backend"]["models"].as_array().unwrap().len(), 3);
    let row: Value = serde_json::from_str(project.read("out.jsonl").trim()).unwrap();
    assert!(row["lines"].as_array().unwrap().len() > 5, "{row}");
    assert_eq!(row["lines"][0]["polygon"].as_array().unwrap().len(), 4);
    assert!(row["timings_ms"]["recognise"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_callable_of_the_project_is_a_backend_and_doctor_knows_it() {
    let project = project("");
    project.file(
        "reader.py",
        "class Reader:\n    max_batch_size = 4\n    device = 'cpu'\n\
         \x20   def __init__(self, word):\n        self.word = word\n\
         \x20   def __call__(self, paths):\n        return [self.word for path in paths]\n",
    );
    let config = |callable: &str| {
        format!(
            "[datasets.few]\nformat = \"sroie\"\npath = \"few\"\n\
             [backends.mine]\nkind = \"worker\"\ncallable = \"{callable}\"\n\
             settings = {{ word = \"a\\nb\" }}\n"
        )
    };
    project.file("overnight.toml", config("reader:Reader"));
    for row in predictions(&project, 0) {
        assert_eq!(row["text"], "a\nb");
    }
    let doctor = |project: &TestProject| {
        let answer = Overnight::new(BINARY, project).args(["doctor"]).run();
        let line = answer.stdout.lines().find(|l| l.contains("worker mine"));
        line.unwrap_or_default().to_owned()
    };
    let line = doctor(&project);
    assert!(
        line.starts_with("ok ") && line.contains("up to 4 images a request"),
        "{line}"
    );
    project.file("overnight.toml", config("reader:Missing"));
    let line = doctor(&project);
    assert!(
        line.starts_with("missing ") && line.contains("no attribute 'Missing'"),
        "{line}"
    );
}
