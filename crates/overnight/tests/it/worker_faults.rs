//! `kind = "worker"`: children that are killed, flood, cling to their pipes, or do not come back.

use std::process::Stdio;
use std::time::{Duration, Instant};

use overnight_metrics::levenshtein;
use overnight_testkit::{Overnight, TestProject, skip};
use serde_json::Value;

use crate::few;
use crate::worker::{only_second_failed, predictions, project_with, python_with, raw, survivors};

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");

fn project(answer: &str) -> TestProject {
    project_with(&raw(answer), "")
}

#[test]
fn an_answer_of_100_mb_is_not_kept() {
    let project = project(
        r#"
def answer(image):
    if is_second(image):
        say({"id": image["id"], "lines": [{"text": "x" * 100_000_000}]})
    else:
        read(image)
"#,
    );
    only_second_failed(
        &predictions(&project, 1),
        "parse_error",
        "it is longer than 8 MiB",
    );
}

#[test]
fn a_worker_that_prints_without_end_is_ended() {
    let project = project(
        r#"
def answer(image):
    while is_second(image):
        print("x" * 50)
    read(image)
"#,
    );
    only_second_failed(
        &predictions(&project, 1),
        "parse_error",
        "it prints without end (10001 lines that are no answers",
    );
}

#[test]
fn a_child_that_holds_the_pipes_of_a_dead_worker_is_not_waited_for() {
    // In the worker's group it is ended with it. Outside of it nobody may end it, but it must
    // not be waited for either.
    for options in ["", ", start_new_session=True, env={}"] {
        let project = project(&format!(
            "def answer(image):\n    if is_second(image):\n        \
             subprocess.Popen(['sleep', '25']{options})\n        \
             os._exit(7)\n    read(image)\n"
        ));
        let begun = Instant::now();
        only_second_failed(
            &predictions(&project, 1),
            "crashed",
            "it ended with exit status: 7",
        );
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "it was waited for"
        );
    }
}

#[test]
fn a_worker_that_ignores_its_end_is_killed() {
    let script = raw(
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n\
                      def answer(image):\n    read(image)\n",
    );
    let project = project_with(&format!("{script}\ntime.sleep(60)\n"), "");
    for row in predictions(&project, 0) {
        assert_eq!(row["status"], "ok");
    }
}

#[test]
fn memory_that_the_kernel_takes_is_told_as_such() {
    let project = project(
        r#"
def answer(image):
    if is_second(image):
        os.kill(os.getpid(), 9)
    read(image)
"#,
    );
    only_second_failed(
        &predictions(&project, 1),
        "oom",
        "it was killed, as the kernel does when memory runs out",
    );
}

#[test]
fn a_worker_that_does_not_come_back_leaves_the_rest_untried() {
    let project = project_with(
        &raw(
            "if os.path.exists('was-here'): sys.exit('the licence has expired')\n\
              open('was-here', 'w').close()\n\
              def answer(image):\n    os._exit(1)\n",
        ),
        "batch_size = 1",
    );
    let rows = predictions(&project, 1);
    let error = |row: &Value| row["error"].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (&rows[0]["status"], &rows[0]["attempts"]),
        (&"crashed".into(), &1.into())
    );
    let reason = error(&rows[0]);
    assert!(reason.contains("it cannot be tried again"), "{reason}");
    for row in &rows[1..] {
        assert_eq!(
            (&row["status"], &row["attempts"]),
            (&"skipped".into(), &0.into())
        );
        assert!(error(row).contains("the licence has expired"), "{row}");
    }
}

#[test]
fn several_processes_share_the_images() {
    let script = r#"
def answer(image):
    time.sleep(0.3)
    threads = json.loads(os.environ["OVERNIGHT_WORKER"])["threads"]
    say({"id": image["id"], "lines": [{"text": "%d %s" % (os.getpid(), threads)}]})
"#;
    let project = project_with(&raw(script), "processes = 3\nthreads = 2");
    let rows = predictions(&project, 0);
    let mut texts: Vec<&str> = rows.iter().map(|r| r["text"].as_str().unwrap()).collect();
    assert!(texts.iter().all(|text| text.ends_with(" 2")), "{texts:?}");
    texts.dedup();
    assert!(texts.len() > 1, "one process read all: {texts:?}");
}

#[test]
fn a_second_interrupt_does_not_wait_for_a_worker() {
    let project =
        project("def answer(image):\n    open('busy', 'w').close()\n    time.sleep(60)\n");
    let child = Overnight::new(BINARY, &project)
        .args(["infer", "--backend", "mine", "--dataset", "few"])
        .into_command()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !project.path().join("busy").exists() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it was never asked"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let interrupted = Instant::now();
    for _ in 0..2 {
        let pid = child.id().to_string();
        let kill = std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status();
        assert!(kill.unwrap().success());
        std::thread::sleep(Duration::from_millis(300));
    }
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    assert!(interrupted.elapsed() < Duration::from_secs(20));
    assert_eq!(survivors(&project), Vec::<String>::new());
}

#[test]
fn changed_pixels_reach_a_worker_as_they_are() {
    let project = project_with(
        r#"
import struct
from overnight_worker import line, serve

def load(start):
    def read(images):
        return [{"lines": [line(None, colours(image))]} for image in images]
    return {"name": "bmp", "version": "1"}, read

def colours(image):
    data = open(image.path, "rb").read()
    offset, _, width, height, _, bits = struct.unpack("<IIiiHH", data[10:30])
    assert (width, height, bits) == (image.width, image.height, 24)
    row = (width * 3 + 3) // 4 * 4
    assert len(data) == offset + row * height
    pixels = [data[offset + y * row + x * 3:][:3] for y in range(0, height, 7) for x in range(0, width, 7)]
    return "grey" if all(b == g == r for b, g, r in pixels) else "colour"

serve(load)
"#,
        "",
    );
    // The example's receipts are nearly grey; one with colours shows the difference.
    let pixels = (0..61 * 33).flat_map(|n: u32| [(n % 61 * 4) as u8, (n / 61 * 7) as u8, 90]);
    let image = overnight_image::RgbImage::from_raw(61, 33, pixels.collect()).expect("pixels");
    let bytes = overnight_image::encode(&image, overnight_image::Encoding::Png).unwrap();
    project
        .file("colours/a.png", bytes)
        .file("colours/a.txt", "grey");
    let answer = Overnight::new(BINARY, &project)
        .args([
            "enhance",
            "--backend",
            "mine",
            "--dataset",
            "folder:colours",
        ])
        .args(["--arms", "none,grayscale", "--format", "json"])
        .run();
    let json = answer.json();
    let cer = |arm: &str| {
        let arms = json["arms"].as_array().expect("arms");
        let found = arms.iter().find(|a| a["name"] == arm);
        found.unwrap_or_else(|| panic!("{json:#}"))["cer"]["micro"].clone()
    };
    assert_eq!(cer("grayscale"), 0.0, "{json:#}");
    assert_ne!(cer("none"), 0.0);
}

#[test]
fn what_a_worker_lacks_is_told_before_the_night() {
    let project = project_with("", "");
    project.file(
        "PLAN.md",
        "# Plan\n\n## Phase 1: One\n- [ ] **Task 1.1: All**\n  - [ ] a\n  - [ ] b\n  - [ ] c\n",
    );
    let worker = |name: &str, rest: &str| format!("[backends.{name}]\nkind = \"worker\"\n{rest}\n");
    let config = project.read("overnight.toml")
        + &worker("gone", "command = [\"no-such-reader\"]")
        + &worker("bare", "command = [\"python3\", \"workers/none.py\"]")
        + &worker("empty", "ready = \"easyocr\"\npython = \"bin/python\"");
    let step = |n: usize, name: &str| {
        format!("[steps.\"1.1.{n}\"]\nrun = \"overnight infer --backend {name} --dataset few\"\n")
    };
    let steps: String = ["gone", "bare", "empty"]
        .iter()
        .enumerate()
        .map(|(n, name)| step(n + 1, name))
        .collect();
    project.file("overnight.toml", config + &steps);
    // A Python without any package, wherever the tests run.
    project.file("bin/python", "#!/bin/sh\nexec python3 -I -S \"$@\"\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(project.path().join("bin/python"), mode).unwrap();
    project.commit_all();
    let answer = Overnight::new(BINARY, &project)
        .args(["plan", "check", "PLAN.md", "--format", "json"])
        .run()
        .expect_code(1);
    let json = answer.json();
    let problems: Vec<(&str, &str)> = json["problems"]
        .as_array()
        .expect("problems")
        .iter()
        .map(|p| (p["kind"].as_str().unwrap(), p["message"].as_str().unwrap()))
        .collect();
    for (kind, message) in [
        (
            "missing_program",
            "the program `no-such-reader` of the worker `gone` was not found",
        ),
        ("missing_script", "the worker `bare` lacks workers/none.py"),
        (
            "missing_package",
            "the worker `empty` needs the Python package easyocr",
        ),
    ] {
        assert!(
            problems
                .iter()
                .any(|(k, m)| *k == kind && m.starts_with(message)),
            "{problems:#?}"
        );
    }
}

#[test]
fn rapidocr_and_ppocr_read_the_same_with_the_same_weights() {
    let test = "rapidocr_and_ppocr_read_the_same_with_the_same_weights";
    let Some(python) = python_with(test, "rapidocr") else {
        return;
    };
    let project = few::project(&["en-01", "en-02"]);
    let config = project.read("overnight.toml")
        + &format!(
            "[backends.rapid]\nkind = \"worker\"\nready = \"rapidocr\"\npython = {:?}\n\
             settings = {{ Global = {{ use_cls = false }} }}\n",
            python.to_string_lossy()
        );
    project.file("overnight.toml", config);
    let mut texts = Vec::new();
    for backend in ["rapid", "ppocr"] {
        let answer = Overnight::new(BINARY, &project)
            .args([
                "infer",
                "--backend",
                backend,
                "--dataset",
                "few",
                "--out",
                "out.jsonl",
            ])
            .run();
        if answer.code == Some(3) && answer.stderr.contains("ppocrv6-small") {
            skip(test, "the weights of ppocrv6-small");
            return;
        }
        answer.expect_code(0);
        let text = project.read("out.jsonl");
        let rows = text
            .lines()
            .map(|row| serde_json::from_str::<Value>(row).unwrap());
        texts.push(rows.map(|row| letters(&row)).collect::<Vec<String>>());
    }
    for (rapid, ours) in texts[0].iter().zip(&texts[1]) {
        let (a, b): (Vec<char>, Vec<char>) = (rapid.chars().collect(), ours.chars().collect());
        let edits = levenshtein(&a, &b);
        assert!(
            b.len() > 30 && edits * 10 <= b.len() as u64,
            "{rapid}\n{ours}"
        );
    }
}

/// The text of a prediction without white space.
fn letters(row: &Value) -> String {
    let text = row["text"].as_str().expect("a text");
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
