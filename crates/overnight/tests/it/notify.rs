//! `overnight notify`.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use overnight_run::Ledger;
use overnight_run::notify::Message;
use overnight_testkit::{Overnight, TestProject};

fn notify(project: &TestProject, args: &[&str]) -> Overnight {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project)
        .args(["notify"])
        .args(args)
}

/// A server that answers each request with `status` and hands it on as text.
fn server(status: &'static str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (heard, receiver) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut part = [0; 4096];
            // A JSON document ends with a brace.
            while !request.ends_with(b"}") {
                let length = stream.read(&mut part).unwrap();
                request.extend_from_slice(&part[..length]);
            }
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok");
            stream.write_all(answer.as_bytes()).unwrap();
            heard
                .send(String::from_utf8(request).unwrap())
                .unwrap_or_default();
        }
    });
    (url, receiver)
}

fn config(url_line: &str) -> String {
    format!(
        "[secrets]\nenv = [\"API_KEY\"]\n\n[notify.channels.hook]\nkind = \"webhook\"\n{url_line}\n\n\
         [notify.channels.script]\nkind = \"exec\"\n\
         command = [\"sh\", \"-c\", \"echo $OVERNIGHT_EVENT $API_KEY > got; echo $API_KEY\"]\n"
    )
}

#[test]
fn a_test_message_says_per_channel_what_came_back() {
    let project = TestProject::new();
    let (url, heard) = server("200 OK");
    project.file("overnight.toml", config("url_env = \"HOOK_URL\""));
    let answer = notify(&project, &["test"])
        .env("HOOK_URL", &url)
        .env("API_KEY", "hunter2-hunter2")
        .run()
        .expect_code(0);
    assert_eq!(
        answer.stdout,
        "arrived  hook    HTTP 200: ok\narrived  script  exit code 0: [secret]\n"
    );
    let request = heard.recv().unwrap();
    assert!(request.contains("\"schema\":\"overnight.notification/1\""));
    assert_eq!(project.read("got"), "test hunter2-hunter2\n");
    let answer = notify(&project, &["test", "script", "--format", "json"])
        .run()
        .expect_code(0);
    let json = answer.json();
    assert_eq!(json["messages"].as_array().unwrap().len(), 1);
    assert_eq!(json["messages"][0]["delivered"], true);
    assert!(heard.try_recv().is_err());
}

#[test]
fn what_does_not_arrive_is_exit_code_1_and_names_no_address() {
    let project = TestProject::new();
    let (url, _heard) = server("404 Not Found");
    project.file("overnight.toml", config("url_env = \"HOOK_URL\""));
    let answer = notify(&project, &["test", "hook"])
        .env("HOOK_URL", &url)
        .run()
        .expect_code(1);
    assert!(answer.stdout.contains("failed   hook  127.0.0.1:"));
    assert!(answer.stdout.contains("answered HTTP 404: ok"));
    assert!(!answer.stdout.contains("/hook"), "{}", answer.stdout);
    let answer = notify(&project, &["test", "hook"]).run().expect_code(1);
    assert!(answer.stdout.contains("HOOK_URL is not set"));
    let answer = notify(&project, &["test", "other"]).run().expect_code(2);
    assert!(answer.stderr.contains("the channels are hook, script"));
    project.file("overnight.toml", "");
    let answer = notify(&project, &["test"]).run().expect_code(3);
    assert!(answer.stderr.contains("[notify.channels.NAME]"));
}

#[test]
fn what_a_night_could_not_deliver_is_delivered_by_hand() {
    let project = TestProject::new();
    let (url, heard) = server("200 OK");
    project.file("overnight.toml", config(&format!("url = \"{url}\"")));
    let mut ledger = Ledger::open(&project.path().join(".overnight")).unwrap();
    let message = Message::stuck("2026-01-01_2200_a", "The disk is full.", Timestamp::now());
    let names = ["hook".to_owned(), "gone".to_owned()];
    ledger.enqueue(&message, &names, Timestamp::now()).unwrap();
    let answer = notify(&project, &["flush"]).run().expect_code(1);
    assert_eq!(
        answer.stdout,
        "arrived  hook  HTTP 200\n\
         failed   gone  there is no channel `gone` in the configuration\n"
    );
    assert!(heard.recv().unwrap().contains("The disk is full."));
    notify(&project, &["flush"]).run().expect_code(1);
    assert!(heard.try_recv().is_err(), "nothing is delivered twice");
}

#[test]
fn without_a_night_there_is_nothing_to_deliver() {
    let project = TestProject::new();
    project.file("overnight.toml", config("url = \"http://127.0.0.1:9/\""));
    notify(&project, &["flush"]).run().expect_code(3);
    drop(Ledger::open(&project.path().join(".overnight")).unwrap());
    let answer = notify(&project, &["flush"]).run().expect_code(0);
    assert_eq!(answer.stdout, "Every message has arrived.\n");
}

#[test]
fn a_night_tells_how_it_ended_once_and_without_its_secrets() {
    let (url, heard) = server("200 OK");
    let project = crate::night_project::project(
        &["echo key is $API_KEY; exit 4", "true"],
        &config(&format!("url = \"{url}\"")),
    );
    let night = |args: &[&str]| {
        crate::night_project::overnight(&project)
            .args(args)
            .env("API_KEY", "correct-horse-battery")
            .run()
    };
    night(&["run", "PLAN.md"]).expect_code(1);
    let request = heard.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(request.contains("\"ended\""), "{request}");
    assert!(request.contains("1 done, 1 failed"), "{request}");
    assert!(request.contains("[secret]"), "{request}");
    assert!(!request.contains("correct-horse"), "{request}");
    assert!(project.read("got").starts_with("ended "), "the script ran");
    // Going on tells of the new end only.
    night(&["run", "--resume", "last", "--retry-failed"]).expect_code(1);
    let again = heard.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(again.contains("\"ended\""), "{again}");
    assert!(heard.try_recv().is_err(), "one message for each end");
}

#[test]
fn a_night_that_stands_still_calls_at_once() {
    let (url, heard) = server("200 OK");
    let stuck = "[notify]\nstuck_after = \"3s\"\n\n[run]\nidle_timeout = \"12s\"\n\n\
                 [run.retries]\nhang = 0\n\n";
    let hook = format!("[notify.channels.hook]\nkind = \"webhook\"\nurl = \"{url}\"\n");
    let project = crate::night_project::project(&["sleep 300"], &format!("{stuck}{hook}"));
    crate::night_project::overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(1);
    let first = heard.recv_timeout(Duration::from_secs(5)).unwrap();
    assert!(first.contains("\"stuck\""), "{first}");
    assert!(
        first.contains("step 1.1.1 has neither written nor computed"),
        "{first}"
    );
    let second = heard.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(second.contains("\"ended\""), "{second}");
    assert!(second.contains("1.1.1 timed out: hung"), "{second}");
}

#[test]
fn a_night_that_cannot_begin_is_told_of() {
    let (url, heard) = server("200 OK");
    let hook = format!("[notify.channels.hook]\nkind = \"webhook\"\nurl = \"{url}\"\n");
    let project = crate::night_project::project(&["true"], &hook);
    project.file("a.txt", "edited meanwhile\n");
    crate::night_project::overnight(&project)
        .args(["run", "PLAN.md", "--in-place"])
        .run()
        .expect_code(3);
    let request = heard.recv_timeout(Duration::from_secs(5)).unwrap();
    assert!(request.contains("\"failed_to_start\""), "{request}");
    assert!(request.contains("has uncommitted changes"), "{request}");
}
