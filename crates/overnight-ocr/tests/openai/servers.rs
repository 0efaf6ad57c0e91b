//! Servers that are missing, die, come back, or are ours.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use overnight_ocr::openai::{Openai, OpenaiError, ServeSpec};
use overnight_ocr::{Backend as _, ImageSource};
use overnight_record::PredictionStatus::{Crashed, HttpError, Ok, Skipped};
use overnight_record::{Diagnose as _, ExitCode, StopFlag};
use overnight_testkit::{Fault, FaultProxy, LlamaServer, free_port};

use super::{answering, inputs, load, server, spec};

#[test]
fn an_unknown_model_is_named_with_those_there_are() {
    let Some(server) = server("an_unknown_model_is_named_with_those_there_are") else {
        return;
    };
    let mut spec = spec(&server.base_url());
    spec.model = "tiny".to_owned();
    let error = Openai::load("vlm", &spec, &StopFlag::default()).unwrap_err();
    assert!(
        error.to_string().contains("it has tiny-qwen2.5-vl"),
        "{error}"
    );
    assert_eq!(error.exit_code(), ExitCode::Precondition);
    spec.base_url = format!("http://127.0.0.1:{}/v1", free_port());
    let error = Openai::load("vlm", &spec, &StopFlag::default()).unwrap_err();
    assert!(matches!(error, OpenaiError::Absent { .. }), "{error}");
    assert_eq!(error.exit_code(), ExitCode::Precondition);
}

/// A server that is killed and comes back costs nobody his answer.
#[test]
fn a_server_that_dies_in_the_middle_is_waited_for() {
    let Some(server) = LlamaServer::start("a_server_that_dies_in_the_middle_is_waited_for") else {
        return;
    };
    let proxy = FaultProxy::start(server.port(), |asked| match asked.number % 20 {
        // Five in a hundred go wrong otherwise.
        7 => Fault::Reset,
        _ => Fault::None,
    });
    let spec = answering(spec(&proxy.base_url()), "TEA 1.00");
    let backend = load(&spec);
    let done = AtomicUsize::new(0);
    let mut predictions = Vec::new();
    std::thread::scope(|scope| {
        let (done, server) = (&done, &server);
        scope.spawn(move || {
            let begun = Instant::now();
            while done.load(Ordering::SeqCst) < 10 {
                assert!(begun.elapsed() < Duration::from_secs(60));
                std::thread::sleep(Duration::from_millis(2));
            }
            server.kill();
            std::thread::sleep(Duration::from_millis(700));
            assert!(server.restart());
        });
        backend.recognize_each(&inputs(30), &mut |index, prediction| {
            done.fetch_add(1, Ordering::SeqCst);
            predictions.push((index, prediction));
            ControlFlow::Continue(())
        });
    });
    predictions.sort_by_key(|(index, _)| *index);
    let indexes: Vec<usize> = predictions.iter().map(|(index, _)| *index).collect();
    assert_eq!(indexes, (0..30).collect::<Vec<_>>());
    for (_, prediction) in &predictions {
        assert_eq!(
            (prediction.status, prediction.text.as_str()),
            (Ok, "TEA 1.00"),
            "{prediction:?}"
        );
        assert!(prediction.attempts <= spec.max_attempts);
    }
    let counts = proxy.counts();
    assert_eq!(counts.len(), 30);
    assert!(
        counts.values().all(|n| *n <= spec.max_attempts as usize),
        "{counts:?}"
    );
    // The kill hit somebody.
    assert!(predictions.iter().any(|(_, p)| p.attempts > 1));
}

/// An image that kills the server is sent twice, the second time alone, and never again.
#[test]
fn an_image_the_server_dies_of_is_put_aside() {
    let Some(server) = LlamaServer::start("an_image_the_server_dies_of_is_put_aside") else {
        return;
    };
    let server = Arc::new(server);
    let inputs = inputs(6);
    let ImageSource::Encoded(poison) = inputs[2].source.clone() else {
        panic!("it was encoded");
    };
    let marker = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(poison.as_ref())
    };
    let killer = Arc::clone(&server);
    let proxy = FaultProxy::start(server.port(), move |asked| {
        if !String::from_utf8_lossy(&asked.body).contains(&marker) {
            return Fault::None;
        }
        killer.kill();
        let again = Arc::clone(&killer);
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(400));
            again.restart()
        });
        Fault::Reset
    });
    let predictions = load(&answering(spec(&proxy.base_url()), "TEA")).recognize(&inputs);
    for (index, prediction) in predictions.iter().enumerate() {
        let expected = if index == 2 { Crashed } else { Ok };
        assert_eq!(prediction.status, expected, "{prediction:?}");
    }
    assert_eq!(predictions[2].attempts, 2);
    let error = predictions[2].error.as_deref().unwrap();
    assert!(
        error.starts_with("the server died or hung 2 times while it read this image"),
        "{error}"
    );
}

/// What cannot be had any more is skipped with the reason, and nothing of it looks read.
#[test]
fn a_server_that_stays_away_is_given_up() {
    let Some(server) = LlamaServer::start("a_server_that_stays_away_is_given_up") else {
        return;
    };
    let proxy = FaultProxy::start(server.port(), |_| Fault::None);
    let mut spec = answering(spec(&proxy.base_url()), "TEA");
    spec.give_up_after = Duration::from_millis(600);
    let backend = load(&spec);
    server.kill();
    let predictions = backend.recognize(&inputs(9));
    assert_eq!(predictions.len(), 9);
    for prediction in predictions {
        assert!(
            matches!(prediction.status, Skipped | HttpError | Crashed),
            "{prediction:?}"
        );
        assert!(prediction.text.is_empty() && prediction.error.is_some());
    }
    // It comes back, and so do we.
    assert!(server.restart());
    assert_eq!(backend.recognize(&inputs(1))[0].status, Ok);
}

#[test]
fn a_server_of_ours_is_started_started_again_and_ended() {
    let Some(server) = server("a_server_of_ours_is_started_started_again_and_ended") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut spec = answering(spec(&format!("http://127.0.0.1:{port}/v1")), "TEA");
    spec.serve = Some(ServeSpec {
        command: ["sh", "-c", "echo $$ > pid; exec \"$@\"", "sh"]
            .map(str::to_owned)
            .into_iter()
            .chain(server.command(port))
            .collect(),
        directory: dir.path().to_owned(),
        env: Default::default(),
        log: dir.path().join("server.log"),
        start_timeout: Duration::from_secs(60),
        max_restarts: 1,
    });
    let backend = load(&spec);
    assert_eq!(backend.recognize(&inputs(1))[0].status, Ok);
    let pid = std::fs::read_to_string(dir.path().join("pid")).unwrap();
    let killed = std::process::Command::new("kill")
        .args(["-KILL", pid.trim()])
        .status();
    assert!(killed.unwrap().success());
    let predictions = backend.recognize(&inputs(3));
    assert!(
        predictions.iter().all(|p| p.status == Ok),
        "{predictions:?}"
    );
    drop(backend);
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    let log = std::fs::read_to_string(dir.path().join("server.log")).unwrap();
    assert_eq!(log.matches("listening http").count(), 2, "{log}");

    let mut broken = spec.clone();
    if let Some(serve) = &mut broken.serve {
        serve.command = ["sh", "-c", "echo no such card; exit 1"]
            .map(str::to_owned)
            .to_vec();
    }
    let error = Openai::load("vlm", &broken, &StopFlag::default()).unwrap_err();
    assert!(error.to_string().contains("no such card"), "{error}");
}
