use std::net::TcpListener;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use overnight_plan::config::{Channel, CommandLine, Exec, Hook, Notify};
use overnight_record::{RunId, StopFlag};
use overnight_testkit::TestProject;

use super::fake::Server;
use super::*;
use crate::ledger::Ledger;
use crate::secrets::{Redactor, Secret};

const SECRET: &str = "hunter2-hunter2";

fn lookup(name: &str) -> Option<String> {
    match name {
        "TOKEN" => Some(format!("{SECRET}\n")),
        _ => None,
    }
}

fn hook(url: &str) -> Hook {
    Hook {
        url: Some(url.to_owned()),
        ..Hook::default()
    }
}

fn script(script: &str) -> Channel {
    let words = ["sh", "-c", script].map(str::to_owned);
    Channel::Exec(Exec {
        command: CommandLine::Words(words.to_vec()),
    })
}

fn channels(project: &Path, list: Vec<(&str, Channel)>) -> (Channels, Vec<ChannelProblem>) {
    let notify = Notify {
        channels: list
            .into_iter()
            .map(|(name, channel)| (name.to_owned(), channel))
            .collect(),
        ..Notify::default()
    };
    let (redactor, _) = Redactor::new([Secret {
        name: "TOKEN".to_owned(),
        value: SECRET.to_owned(),
    }]);
    Channels::resolve(&notify, &lookup, project.to_owned(), redactor)
}

fn message() -> Message {
    Message {
        event: MessageEvent::Ended,
        key: "ended-1".to_owned(),
        run: Some("r".to_owned()),
        title: "영수증: 4 of 5 <done>".to_owned(),
        lines: vec![format!("key {SECRET} & more"), "second".to_owned()],
        priority: Priority::High,
        at: Timestamp::UNIX_EPOCH,
    }
}

fn deliver(channels: &Channels, name: &str) -> Result<Answer, DeliveryError> {
    channels.deliver(name, &message(), &StopFlag::default())
}

#[test]
fn each_kind_of_channel_gets_what_it_understands_and_no_secret() {
    let project = TestProject::new();
    let server = Server::start(&["200 OK"]);
    let token = Hook {
        token_env: Some("TOKEN".to_owned()),
        ..hook(&format!("{}/topic", server.url))
    };
    let (channels, problems) = channels(
        project.path(),
        vec![
            (
                "hook",
                Channel::Webhook(hook(&format!("{}/hook?x=1", server.url))),
            ),
            ("phone", Channel::Ntfy(token)),
            ("team", Channel::Slack(hook(&server.url))),
            (
                "script",
                script(
                    "printf '%s|%s|%s|%s' \"$OVERNIGHT_EVENT\" \"$OVERNIGHT_RUN\" \"$OVERNIGHT_TITLE\" \"$OVERNIGHT_MESSAGE\" > got; echo fine",
                ),
            ),
        ],
    );
    assert_eq!(problems, []);
    for name in ["hook", "phone", "team"] {
        let answer = deliver(&channels, name).unwrap();
        assert_eq!(
            (answer.status.as_str(), answer.said.as_str()),
            ("HTTP 200", "ok")
        );
    }
    let heard = server.heard();
    let document: serde_json::Value = serde_json::from_str(&heard[0].body).unwrap();
    insta::assert_json_snapshot!(document, @r#"
    {
      "schema": "overnight.notification/1",
      "event": "ended",
      "run": "r",
      "title": "영수증: 4 of 5 <done>",
      "text": "key [secret] & more\nsecond",
      "lines": [
        "key [secret] & more",
        "second"
      ],
      "priority": "high",
      "at": "1970-01-01T00:00:00Z",
      "key": "r/ended-1/hook"
    }
    "#);
    assert_eq!(heard[0].line, "POST /hook?x=1");
    assert_eq!(heard[0].header("idempotency-key"), Some("r/ended-1/hook"));
    assert_eq!(heard[1].line, "POST /topic");
    assert_eq!(heard[1].body, "key [secret] & more\nsecond");
    assert_eq!(heard[1].header("priority"), Some("4"));
    assert_eq!(heard[1].header("tags"), Some("warning"));
    assert_eq!(
        heard[1].header("authorization"),
        Some("Bearer hunter2-hunter2")
    );
    assert!(heard[1].header("title").unwrap().starts_with("=?UTF-8?B?"));
    let slack: serde_json::Value = serde_json::from_str(&heard[2].body).unwrap();
    assert_eq!(
        slack["text"],
        "*영수증: 4 of 5 &lt;done&gt;*\nkey [secret] &amp; more\nsecond"
    );
    let answer = deliver(&channels, "script").unwrap();
    assert_eq!(
        (answer.status.as_str(), answer.said.as_str()),
        ("exit code 0", "fine")
    );
    assert_eq!(
        project.read("got"),
        "ended|r|영수증: 4 of 5 <done>|key [secret] & more\nsecond"
    );
}

#[test]
fn what_went_wrong_is_said_without_the_address() {
    let project = TestProject::new();
    let server = Server::start(&[
        "403 Forbidden\nno such hunter2-hunter2 token\nat all",
        "302 Found + Location: /x",
    ]);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}/path-of-a-secret", closed.local_addr().unwrap());
    drop(closed);
    let no_tls = server.url.replace("http://", "https://");
    let unset = Hook {
        url_env: Some("UNSET".to_owned()),
        ..Hook::default()
    };
    let (channels, problems) = channels(
        project.path(),
        vec![
            (
                "refused",
                Channel::Webhook(hook(&format!("{}/path-of-a-secret", server.url))),
            ),
            ("closed", Channel::Slack(hook(&nobody))),
            ("no-tls", Channel::Slack(hook(&no_tls))),
            ("unset", Channel::Ntfy(unset)),
            ("empty", Channel::Ntfy(Hook::default())),
            (
                "ftp",
                Channel::Ntfy(hook("ftp://example.org/path-of-a-secret")),
            ),
            ("fails", script("echo why >&2; exit 3")),
            (
                "missing",
                Channel::Exec(Exec {
                    command: CommandLine::Line("overnight-no-such-program x".to_owned()),
                }),
            ),
            (
                "quotes",
                Channel::Exec(Exec {
                    command: CommandLine::Line("say 'it".to_owned()),
                }),
            ),
        ],
    );
    let named: Vec<&str> = problems
        .iter()
        .map(|problem| problem.channel.as_str())
        .collect();
    assert_eq!(named, ["empty", "ftp", "quotes", "unset"]);
    let said = |name: &str| deliver(&channels, name).unwrap_err().to_string();
    let host = server.url.strip_prefix("http://").unwrap();
    assert_eq!(
        said("refused"),
        format!("{host} answered HTTP 403: no such [secret] token at all")
    );
    assert_eq!(said("refused"), format!("{host} answered HTTP 302: ok"));
    assert_eq!(server.heard().len(), 2);
    for (name, part) in [
        ("closed", "failed to reach 127.0.0.1:"),
        ("no-tls", "failed to reach 127.0.0.1:"),
        ("unset", "the environment variable UNSET is not set"),
        ("empty", "neither `url` nor `url_env`"),
        ("ftp", "no http:// or https:// URL"),
        ("fails", "the program exited with 3: why"),
        (
            "missing",
            "program `overnight-no-such-program` was not found",
        ),
        ("quotes", "the command cannot be read"),
        ("other", "no channel `other`"),
    ] {
        let said = said(name);
        assert!(said.contains(part), "{name}: {said}");
        assert!(!said.contains("path-of-a-secret"), "{name}: {said}");
    }
}

fn spec(project: &TestProject, channels: Channels) -> CourierSpec {
    CourierSpec {
        state_dir: project.path().join(".overnight"),
        channels,
        ping: None,
        ping_every: Duration::from_secs(60),
        stuck_after: Duration::from_secs(600),
        clock: Timestamp::now,
    }
}

fn run() -> RunId {
    "2026-01-01_2200_a".parse().unwrap()
}

#[test]
fn a_stuck_night_is_told_once_for_each_reason_until_it_gets_on() {
    let project = TestProject::new();
    let server = Server::start(&["200 OK"]);
    let (channels, _) = channels(
        project.path(),
        vec![("team", Channel::Slack(hook(&server.url)))],
    );
    let courier = Courier::start(spec(&project, channels), &run());
    courier.stuck("The disk is full.");
    courier.stuck("The disk is full.");
    server.wait_for(1);
    courier.stuck("Step 1.1 asks hunter2-hunter2 something.");
    server.wait_for(2);
    courier.unstuck();
    courier.stuck("The disk is full.");
    server.wait_for(3);
    assert_eq!(courier.close(FINISH_GRACE), Vec::<String>::new());
    let bodies: Vec<String> = server.heard().into_iter().map(|heard| heard.body).collect();
    assert_eq!(bodies.len(), 3, "{bodies:?}");
    assert!(bodies[0].contains("The disk is full."));
    assert!(bodies[1].contains("asks [secret] something."));
}

#[test]
fn what_is_not_delivered_stays_for_the_next_session_and_comes_once() {
    let project = TestProject::new();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let (dead, _) = channels(
        project.path(),
        vec![("team", Channel::Slack(hook(&nobody)))],
    );
    let courier = Courier::start(spec(&project, dead), &run());
    courier.tell(message());
    let begun = Instant::now();
    let notes = courier.close(Duration::from_millis(800));
    assert!(begun.elapsed() < Duration::from_secs(3));
    assert_eq!(
        notes,
        ["1 notification was not delivered; `overnight notify flush` tries again"]
    );
    let server = Server::start(&["200 OK"]);
    let (alive, _) = channels(
        project.path(),
        vec![("team", Channel::Slack(hook(&server.url)))],
    );
    let mut ledger = Ledger::open(&project.path().join(".overnight")).unwrap();
    let posted = flush(&mut ledger, &alive, Timestamp::now, &StopFlag::default()).unwrap();
    assert!(matches!(posted[0].delivered, Delivered::Yes(_)));
    assert_eq!(posted[0].letter.tries, 2);
    // A resumed night that ends with the same message.
    let courier = Courier::start(spec(&project, alive), &run());
    courier.tell(message());
    assert_eq!(courier.close(FINISH_GRACE), Vec::<String>::new());
    assert_eq!(server.heard().len(), 1);
}

#[test]
fn a_server_that_stumbles_is_asked_again_when_it_wants_to_be() {
    let project = TestProject::new();
    let server = Server::start(&["429 Too Many + Retry-After: 6", "200 OK"]);
    let (channels, _) = channels(
        project.path(),
        vec![("hook", Channel::Webhook(hook(&server.url)))],
    );
    let courier = Courier::start(spec(&project, channels), &run());
    let begun = Instant::now();
    courier.tell(message());
    assert_eq!(courier.close(FINISH_GRACE), Vec::<String>::new());
    assert_eq!(server.heard().len(), 2);
    assert!(begun.elapsed() >= Duration::from_secs(6));
}

#[test]
fn a_program_that_hangs_costs_the_night_its_grace_and_no_more() {
    let project = TestProject::new();
    let hangs = "echo $$ > pid; sleep 60";
    let (channels, _) = channels(project.path(), vec![("script", script(hangs))]);
    let courier = Courier::start(spec(&project, channels), &run());
    courier.tell(message());
    let begun = Instant::now();
    while !project.path().join("pid").exists() {
        assert!(begun.elapsed() < Duration::from_secs(10));
        thread::sleep(Duration::from_millis(5));
    }
    let begun = Instant::now();
    let notes = courier.close(Duration::from_millis(300));
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(notes[0].contains("overnight notify flush"), "{notes:?}");
    thread::sleep(Duration::from_millis(500));
    let pid = project.read("pid").trim().to_owned();
    assert!(!Path::new("/proc").join(pid).exists());
}

#[test]
fn pings_come_while_the_runner_lives_and_stop_when_it_does_not() {
    let project = TestProject::new();
    let server = Server::start(&["200 OK"]);
    let messages = Server::start(&["200 OK"]);
    let (channels, _) = channels(
        project.path(),
        vec![("hook", Channel::Webhook(hook(&messages.url)))],
    );
    let courier = Courier::start(
        CourierSpec {
            ping: Some(format!("{}/ping", server.url)),
            ping_every: Duration::from_millis(200),
            stuck_after: Duration::from_millis(900),
            ..spec(&project, channels)
        },
        &run(),
    );
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        courier.heartbeat();
        thread::sleep(Duration::from_millis(20));
    }
    let lively = server.heard().len();
    assert!(lively >= 5, "{lively} pings in 2 s");
    assert_eq!(server.heard()[0].line, "GET /ping");
    assert!(messages.heard().is_empty());
    // The main loop hangs: no heartbeat.
    thread::sleep(Duration::from_millis(1000));
    let before = server.heard().len();
    assert!(before <= lively + 4, "{before} pings after {lively}");
    thread::sleep(Duration::from_millis(1000));
    assert_eq!(server.heard().len(), before);
    assert!(messages.wait_for(1)[0].body.contains("no sign of life"));
    courier.heartbeat();
    server.wait_for(before + 1);
    courier.close(Duration::from_secs(5));
    assert_eq!(messages.heard().len(), 1);
}

#[test]
fn a_message_leaves_even_when_nothing_can_be_written() {
    let project = TestProject::new();
    // A file where the ledger's folder should be.
    project.file(".overnight", "");
    let server = Server::start(&["200 OK"]);
    let (channels, _) = channels(
        project.path(),
        vec![("team", Channel::Slack(hook(&server.url)))],
    );
    let courier = Courier::start(spec(&project, channels), &run());
    courier.stuck("The disk is full.");
    assert!(server.wait_for(1)[0].body.contains("The disk is full."));
    courier.close(Duration::from_secs(5));
}

#[test]
fn a_slow_server_does_not_hold_the_runner() {
    let project = TestProject::new();
    let server = Server::start(&["slow 200 OK"]);
    let (channels, _) = channels(
        project.path(),
        vec![("team", Channel::Slack(hook(&server.url)))],
    );
    let courier = Courier::start(spec(&project, channels), &run());
    let begun = Instant::now();
    for number in 0..50 {
        courier.heartbeat();
        courier.stuck(&format!("reason {number}"));
    }
    assert!(begun.elapsed() < Duration::from_millis(500));
    server.wait_for(1);
    drop(courier);
    // All of them are in the outbox all the same.
    let ledger = Ledger::open(&project.path().join(".overnight")).unwrap();
    let begun = Instant::now();
    while ledger.undelivered().unwrap().len() < 50 {
        assert!(begun.elapsed() < Duration::from_secs(20));
        thread::sleep(Duration::from_millis(50));
    }
}
