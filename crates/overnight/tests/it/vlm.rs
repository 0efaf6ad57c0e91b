//! `kind = "openai"`: the real server of llama.cpp, seen through a proxy that does wrong.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use overnight_image::{Encoding, RgbImage, encode};
use overnight_testkit::{Fault, FaultProxy, LlamaServer, Overnight, TestProject};
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");
const KEY: &str = "sk-very-secret-0123456789";

/// Samples of the long way; `OVERNIGHT_TEST_SAMPLES` makes it longer.
fn n_samples() -> usize {
    let wanted = std::env::var("OVERNIGHT_TEST_SAMPLES").ok();
    wanted.and_then(|n| n.parse().ok()).unwrap_or(60)
}

/// A project with `n` small images that differ, and a backend `qwen` behind `base_url` that
/// reads `TEA 1.00` in each of them.
pub(crate) fn project(n: usize, base_url: &str) -> TestProject {
    let project = TestProject::new();
    for number in 0..n {
        let pixels = (0..112 * 56).flat_map(|place: usize| {
            let ink = (place % 112 * 7 + place / 112 * 3 + number * 11) % 200;
            [ink as u8, (number % 251) as u8, (number / 251) as u8]
        });
        let image = RgbImage::from_raw(112, 56, pixels.collect()).unwrap();
        let bytes = encode(&image, Encoding::Png).unwrap();
        project.file(&format!("few/{number:03}.png"), bytes);
        project.file(&format!("few/{number:03}.txt"), "TEA 1.00");
    }
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

/// Client and server are killed in the middle, and five requests in a hundred go wrong:
/// every sample is accounted for, none is sent more often than the cap, nothing that failed
/// looks read, and the key is nowhere.
#[test]
fn kills_and_faults_cost_no_sample() {
    let Some(server) = LlamaServer::start("kills_and_faults_cost_no_sample") else {
        return;
    };
    let n = n_samples();
    let proxy = FaultProxy::start(server.port(), |asked| match asked.number % 40 {
        7 => Fault::Reset,
        23 => Fault::Answer {
            status: 500,
            headers: Vec::new(),
            body: format!("wrong key {KEY}?"),
        },
        _ => Fault::None,
    });
    let project = project(n, &proxy.base_url());
    let mut command = infer(&project).into_command();
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    wait_until("a third is sent", || proxy.asked().len() >= n / 3);
    child.kill().unwrap();
    child.wait().unwrap();
    let known = |project: &TestProject| -> usize {
        let folder = project.path().join(".overnight/cache/predictions");
        let files = std::fs::read_dir(folder).unwrap().flatten();
        files
            .map(|file| {
                std::fs::read_to_string(file.path())
                    .unwrap()
                    .lines()
                    .count()
            })
            .sum()
    };
    let n_known = known(&project);
    assert!(0 < n_known && n_known < n);

    let answer = std::thread::scope(|scope| {
        let (proxy, server) = (&proxy, &server);
        scope.spawn(move || {
            wait_until("two thirds are sent", || proxy.asked().len() >= 2 * n / 3);
            server.kill();
            std::thread::sleep(Duration::from_millis(500));
            assert!(server.restart());
        });
        infer(&project).run().expect_code(0)
    });
    let result = answer.json();
    assert_eq!(result["statuses"]["ok"], n);
    assert!(
        result["first_statuses"]["http_error"].as_u64().unwrap() > 0,
        "{result:#}"
    );
    assert!(result["usage"]["completion_tokens"].as_u64().unwrap() >= n as u64);
    let body = &result["summary"];
    assert_eq!(
        (&body["cached"], &body["failed"]),
        (&n_known.into(), &0.into())
    );
    let predictions: Vec<Value> = project
        .read("p.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(predictions.len(), n);
    for prediction in &predictions {
        assert_eq!(
            (&prediction["status"], &prediction["text"]),
            (&"ok".into(), &"TEA 1.00".into())
        );
        assert!(
            prediction["attempts"].as_u64().unwrap() <= 4,
            "{prediction}"
        );
    }
    let counts = proxy.counts();
    assert_eq!(counts.len(), n);
    assert!(counts.values().all(|count| *count <= 4), "{counts:?}");
    let sent: usize = counts.values().sum();
    assert!(sent > n, "some were sent again: {sent}");
    assert!(proxy.asked().iter().all(|asked| asked.head.contains(KEY)));
    for (name, bytes) in project.tree(&[]) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(KEY), "the key is in {name}");
    }
    assert!(!answer.stdout.contains(KEY) && !answer.stderr.contains(KEY));
}

/// Ctrl-C lets the requests on their way end; the same command goes on from there. The
/// server may be away just then.
#[test]
fn ctrl_c_ends_it_also_while_the_server_is_away() {
    let Some(server) = LlamaServer::start("ctrl_c_ends_it_also_while_the_server_is_away") else {
        return;
    };
    let proxy = FaultProxy::start(server.port(), |_| Fault::None);
    let project = project(40, &proxy.base_url());
    let mut command = infer(&project).into_command();
    let child = command.stdout(Stdio::piped()).spawn().unwrap();
    wait_until("some are sent", || proxy.asked().len() >= 8);
    server.kill();
    // Long enough for it to be missed.
    std::thread::sleep(Duration::from_millis(500));
    let begun = Instant::now();
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupted.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(begun.elapsed() < Duration::from_secs(10));
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["status"], "partial");

    assert!(server.restart());
    let answer = infer(&project).run().expect_code(0);
    assert!(answer.json()["summary"]["cached"].as_u64().unwrap() > 0);
    assert_eq!(project.read("p.jsonl").lines().count(), 40);
}

#[test]
fn what_is_missing_is_said_before_the_first_image() {
    let Some(server) = LlamaServer::start("what_is_missing_is_said_before_the_first_image") else {
        return;
    };
    let project = project(1, &server.base_url());
    let infer = || {
        Overnight::new(BINARY, &project).args(["infer", "--backend", "qwen", "--dataset", "few"])
    };
    let answer = infer().run().expect_code(3);
    assert!(answer.stderr.contains("VLM_KEY"), "{}", answer.stderr);
    let toml = project.read("overnight.toml");
    project.file("overnight.toml", toml.replace("tiny-qwen2.5-vl", "tiny"));
    let answer = infer().env("VLM_KEY", KEY).run().expect_code(3);
    assert!(
        answer
            .stderr
            .contains("no model `tiny` (it has tiny-qwen2.5-vl)"),
        "{}",
        answer.stderr
    );
    server.kill();
    let answer = infer().env("VLM_KEY", KEY).run().expect_code(3);
    assert!(
        answer.stderr.contains("no server answers for `qwen`"),
        "{}",
        answer.stderr
    );
}
