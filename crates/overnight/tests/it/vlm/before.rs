//! What is known before the first image: `init`, `doctor`, and what keeps a run from beginning.

use std::net::TcpListener;

use overnight_testkit::{Fault, FaultProxy, LlamaServer, Overnight, TestProject, free_port};
use serde_json::Value;

use super::{BINARY, KEY, project};

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

/// A server that answers becomes a backend, one that is mute a line.
#[test]
fn init_proposes_a_backend_for_a_server_that_answers() {
    let Some(server) = LlamaServer::start("init_proposes_a_backend_for_a_server_that_answers")
    else {
        return;
    };
    let project = TestProject::new();
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}/v1", mute.local_addr().unwrap());
    let init = |more: &[&str]| {
        Overnight::new(BINARY, &project)
            .args(["init", "--force", "--server", &server.base_url()])
            .args(more)
            .run()
            .expect_code(0)
    };
    let json = init(&["--format", "json"]).json();
    assert_eq!(
        json["servers"][0],
        serde_json::json!({
            "backend": "qwen", "base_url": server.base_url(), "model": server.model(), "others": []
        })
    );
    let people = init(&["--server", &silent]).stdout;
    assert!(
        people.contains(&format!("no backend for {silent}: ")),
        "{people}"
    );
    assert!(people.contains("it is the backend `qwen`"), "{people}");
    // What was written is a backend that can be used.
    let report = doctor(&project, &["--deep"]);
    assert_eq!(state(&report, "server qwen"), "ok");
    assert_eq!(state(&report, "image qwen"), "ok");

    let plain = Overnight::new(BINARY, &project)
        .args(["init", "--force", "--server", &silent, "--format", "json"])
        .run()
        .expect_code(0);
    assert_eq!(plain.json()["servers"], serde_json::json!([]));
    let written = project.read("overnight.toml");
    assert!(written.contains("\n#[backends.qwen]\n#kind = \"openai\"\n"));
}

fn doctor(project: &TestProject, more: &[&str]) -> Value {
    let answer = Overnight::new(BINARY, project)
        .args(["doctor", "--format", "json"])
        .args(more)
        .env("VLM_KEY", KEY)
        .run();
    assert!(!answer.stdout.contains(KEY) && !answer.stderr.contains(KEY));
    answer.json()
}

fn check(report: &Value, name: &str) -> Value {
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name);
    check
        .unwrap_or_else(|| panic!("no check {name} in {report:#}"))
        .clone()
}

fn state(report: &Value, name: &str) -> String {
    check(report, name)["state"].as_str().unwrap().to_owned()
}

#[test]
fn the_doctor_looks_at_served_models() {
    let Some(server) = LlamaServer::start("the_doctor_looks_at_served_models") else {
        return;
    };
    // As a server answers whose model reads no images.
    let blind = FaultProxy::start(server.port(), |_| Fault::Answer {
        status: 500,
        headers: Vec::new(),
        body: "{\"error\": {\"message\": \"image input is not supported\"}}".to_owned(),
    });
    let closed = format!("http://127.0.0.1:{}/v1", free_port());
    let backend = |name: &str, base_url: &str, model: &str, more: &str| {
        format!(
            "[backends.{name}]\nkind = \"openai\"\nbase_url = \"{base_url}\"\n\
             model = \"{model}\"\n{more}\n"
        )
    };
    let (there, model) = (server.base_url(), server.model());
    let grammar = "extra_body = { grammar = 'root ::= \"TEA\"' }\n";
    let project = TestProject::new();
    project.file(
        "overnight.toml",
        [
            backend(
                "good",
                &there,
                model,
                &format!("api_key_env = \"VLM_KEY\"\n{grammar}"),
            ),
            backend("other", &there, "gpt", ""),
            backend("keyless", &there, model, "api_key_env = \"NO_SUCH_KEY\"\n"),
            backend("blind", &blind.base_url(), model, ""),
            backend("away", &closed, model, ""),
            backend(
                "later",
                &closed,
                model,
                "serve = [\"sh\", \"-c\", \"exit 1\"]\n",
            ),
            backend("never", &closed, model, "serve = [\"no-such-program\"]\n"),
        ]
        .concat(),
    );
    let before = project.tree(&[]);
    let report = doctor(&project, &["--deep"]);
    for (name, expected) in [
        ("key good", "ok"),
        ("server good", "ok"),
        ("image good", "ok"),
        ("server other", "missing"),
        ("image other", "note"),
        ("key keyless", "missing"),
        ("image blind", "missing"),
        ("server away", "missing"),
        ("serve later", "ok"),
        ("server later", "note"),
        ("serve never", "missing"),
    ] {
        assert_eq!(state(&report, name), expected, "{name}: {report:#}");
    }
    let found = |name: &str| check(&report, name)["found"].as_str().unwrap().to_owned();
    assert!(found("server other").ends_with("has no model gpt (it has tiny-qwen2.5-vl)"));
    assert_eq!(found("key keyless"), "NO_SUCH_KEY is not set");
    assert!(found("image blind").contains("image input is not supported"));
    assert_eq!(project.tree(&[]), before, "the doctor only looks");
    // Nobody is asked to read anything unless somebody wants it.
    let n_asked = blind.asked().len();
    let report = doctor(&project, &[]);
    let checks = report["checks"].as_array().unwrap();
    assert!(
        !checks
            .iter()
            .any(|c| c["name"].as_str().unwrap().starts_with("image "))
    );
    assert_eq!(blind.asked().len(), n_asked);
}
