//! Servers of ours that live and do not answer.

use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use overnight_ocr::openai::{Openai, OpenaiError, ServeSpec};
use overnight_ocr::{Backend as _, ImageSource, OpenaiSpec};
use overnight_record::PredictionStatus::{Crashed, Ok, Skipped, Timeout};
use overnight_record::{Prediction, StopFlag};
use overnight_testkit::{Fault, FaultProxy, free_port};

use super::{answering, inputs, load, server, spec};

/// Listens, and never says a word.
const MUTE: &str = "import socket, sys, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen(64); time.sleep(1000)";

/// A backend whose server is ours to start: `script` with the words of `command`, which writes
/// the ids of its processes into `pids`. Short limits, so that a hang is soon seen.
fn serving(base_url: &str, dir: &Path, script: &str, command: Vec<String>) -> OpenaiSpec {
    let mut spec = answering(spec(base_url), "TEA 1.00");
    spec.deadlines.connect = Duration::from_secs(1);
    spec.deadlines.first_byte = Duration::from_secs(3);
    spec.serve = Some(ServeSpec {
        command: ["sh", "-c", &format!("echo $$ >> pids; {script}"), "sh"]
            .map(str::to_owned)
            .into_iter()
            .chain(command)
            .collect(),
        directory: dir.to_owned(),
        env: Default::default(),
        log: dir.join("server.log"),
        start_timeout: Duration::from_secs(30),
        max_restarts: 2,
    });
    spec
}

fn pids(dir: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(dir.join("pids")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn signal(name: &str, pid: &str) -> bool {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), pid])
        .stderr(Stdio::null())
        .status();
    sent.is_ok_and(|status| status.success())
}

/// Reads `n` images; after each of the numbers of answers given, the server's newest process
/// gets the signal.
fn read_under(
    backend: &Openai,
    n: usize,
    dir: &Path,
    signals: &[(usize, &str)],
) -> Vec<Prediction> {
    let mut done = 0;
    let mut predictions: Vec<Option<Prediction>> = vec![None; n];
    backend.recognize_each(&inputs(n), &mut |index, prediction| {
        done += 1;
        for (_, name) in signals.iter().filter(|(after, _)| *after == done) {
            assert!(signal(name, pids(dir).last().expect("a process")));
        }
        assert!(predictions[index].replace(prediction).is_none());
        ControlFlow::Continue(())
    });
    let all: Option<Vec<Prediction>> = predictions.into_iter().collect();
    all.expect("every image has an answer")
}

/// Stopped in the middle, and later killed: nobody loses his answer, and what hung is gone.
#[test]
fn a_server_that_hangs_is_killed_and_started_again() {
    let Some(server) = server("a_server_that_hangs_is_killed_and_started_again") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let port = free_port();
    let base_url = format!("http://127.0.0.1:{port}/v1");
    let spec = serving(&base_url, dir.path(), "exec \"$@\"", server.command(port));
    let backend = load(&spec);
    let begun = Instant::now();
    let signals = [(8, "STOP"), (20, "KILL")];
    let predictions = read_under(&backend, 30, dir.path(), &signals);
    for prediction in &predictions {
        assert_eq!(
            (prediction.status, prediction.text.as_str()),
            (Ok, "TEA 1.00"),
            "{prediction:?}"
        );
        assert!(prediction.attempts <= spec.max_attempts);
    }
    let first: Vec<_> = predictions.iter().map(Prediction::first_status).collect();
    assert!(
        first.contains(&Timeout) && first.contains(&Crashed),
        "{first:?}"
    );
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{:?}",
        begun.elapsed()
    );
    let pids = pids(dir.path());
    assert_eq!(pids.len(), 3);
    assert!(!signal("0", &pids[0]) && !signal("0", &pids[1]));
    drop(backend);
    assert!(!signal("0", &pids[2]));
}

/// An image that makes the server hang is sent twice, the second time alone, and never again.
#[test]
fn an_image_the_server_hangs_on_is_put_aside() {
    let Some(server) = server("an_image_the_server_hangs_on_is_put_aside") else {
        return;
    };
    let dir = Arc::new(tempfile::tempdir().unwrap());
    let port = free_port();
    let inputs = inputs(6);
    let ImageSource::Encoded(poison) = inputs[2].source.clone() else {
        panic!("it was encoded");
    };
    let marker = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(poison.as_ref())
    };
    let folder = Arc::clone(&dir);
    let proxy = FaultProxy::start(port, move |asked| {
        if String::from_utf8_lossy(&asked.body).contains(&marker) {
            assert!(signal("STOP", pids(folder.path()).last().unwrap()));
        }
        Fault::None
    });
    let command = server.command(port);
    let spec = serving(&proxy.base_url(), dir.path(), "exec \"$@\"", command);
    let predictions = load(&spec).recognize(&inputs);
    for (index, prediction) in predictions.iter().enumerate() {
        let expected = if index == 2 { Crashed } else { Ok };
        assert_eq!(prediction.status, expected, "{prediction:?}");
    }
    assert_eq!(predictions[2].attempts, 2);
    assert!(predictions[2].text.is_empty());
    assert_eq!(pids(dir.path()).len(), 3);
}

/// One that comes back mute is killed as well; what is left is reported, and not waited for.
#[test]
fn what_a_server_that_stays_mute_leaves_is_skipped() {
    let Some(server) = server("what_a_server_that_stays_mute_leaves_is_skipped") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let port = free_port();
    let base_url = format!("http://127.0.0.1:{port}/v1");
    let command = server.command(port);
    let script = format!(
        "if [ -e was ]; then exec {} -c \"$MUTE\" {port}; fi; touch was; exec \"$@\"",
        command[0]
    );
    let mut spec = serving(&base_url, dir.path(), &script, command);
    if let Some(serve) = &mut spec.serve {
        serve.env.insert("MUTE".to_owned(), MUTE.to_owned());
        serve.start_timeout = Duration::from_secs(3);
    }
    // The first start is a true one.
    let backend = load(&OpenaiSpec {
        serve: spec.serve.clone().map(|serve| ServeSpec {
            start_timeout: Duration::from_secs(30),
            ..serve
        }),
        ..spec.clone()
    });
    drop(backend);
    let error = Openai::load("vlm", &spec, &StopFlag::default()).unwrap_err();
    assert!(matches!(error, OpenaiError::Late { .. }), "{error}");
    let mute = pids(dir.path()).pop().unwrap();
    assert!(!signal("0", &mute), "it is ended with the error");

    std::fs::remove_file(dir.path().join("was")).unwrap();
    if let Some(serve) = &mut spec.serve {
        serve.start_timeout = Duration::from_secs(8);
        serve.max_restarts = 1;
    }
    let backend = load(&spec);
    let begun = Instant::now();
    let predictions = read_under(&backend, 20, dir.path(), &[(6, "KILL")]);
    assert!(
        begun.elapsed() < Duration::from_secs(40),
        "{:?}",
        begun.elapsed()
    );
    let read = predictions.iter().filter(|p| p.status == Ok).count();
    assert!((6..20).contains(&read), "{read}");
    for prediction in predictions.iter().filter(|p| p.status != Ok) {
        assert!(
            matches!(prediction.status, Skipped | Crashed),
            "{prediction:?}"
        );
        assert!(prediction.text.is_empty());
        let error = prediction.error.as_deref().unwrap();
        assert!(error.contains("did not answer for 8 s"), "{error}");
    }
    let mute = pids(dir.path()).pop().unwrap();
    assert!(!signal("0", &mute), "nothing is left of it");
}

/// It says that it is well and answers nobody: as a server does whose engine has hung.
#[test]
fn a_server_that_is_well_and_answers_nobody_is_not_believed() {
    let Some(server) = server("a_server_that_is_well_and_answers_nobody") else {
        return;
    };
    let dir = Arc::new(tempfile::tempdir().unwrap());
    let port = free_port();
    let folder = Arc::clone(&dir);
    let proxy = FaultProxy::start(port, move |asked| {
        match asked.number >= 6 && pids(folder.path()).len() == 1 {
            true => Fault::Hang,
            false => Fault::None,
        }
    });
    let command = server.command(port);
    let mut spec = serving(&proxy.base_url(), dir.path(), "exec \"$@\"", command);
    spec.deadlines.first_byte = Duration::from_secs(1);
    let predictions = load(&spec).recognize(&inputs(12));
    assert_eq!(pids(dir.path()).len(), 2);
    // Two in vain are enough for an image when the server seems well.
    let lost = predictions.iter().filter(|p| p.status == Timeout).count();
    assert!(lost <= 1, "{predictions:?}");
    let read = predictions.iter().filter(|p| p.status == Ok).count();
    assert_eq!(read + lost, 12, "{predictions:?}");
}
