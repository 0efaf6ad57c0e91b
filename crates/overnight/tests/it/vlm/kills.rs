//! Client and server die in the middle, or are asked to end.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use overnight_testkit::{Fault, FaultProxy, LlamaServer, TestProject};
use serde_json::Value;

use super::{KEY, infer, project, rows, wait_until};

/// Samples of the long way; `OVERNIGHT_TEST_SAMPLES` makes it longer.
fn n_samples() -> usize {
    let wanted = std::env::var("OVERNIGHT_TEST_SAMPLES").ok();
    wanted.and_then(|n| n.parse().ok()).unwrap_or(60)
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
    let begun = Instant::now();
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
    let predictions = rows(&project, "p.jsonl");
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
    // Seen with `--nocapture`.
    let _ = writeln!(
        std::io::stderr(),
        "{n} samples: {sent} requests, {} images sent twice or more, at most {} for one; {n_known} \
         known after the first kill; first statuses {}, statuses {}; {:.1} s in all",
        counts.values().filter(|count| **count > 1).count(),
        counts.values().max().unwrap(),
        result["first_statuses"],
        result["statuses"],
        begun.elapsed().as_secs_f64()
    );
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
