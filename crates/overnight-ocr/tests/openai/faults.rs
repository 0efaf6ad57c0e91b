//! What becomes of requests that go wrong.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use overnight_ocr::Backend as _;
use overnight_ocr::openai::ApiKey;
use overnight_record::PredictionStatus::{HttpError, Ok, Skipped, Timeout};
use overnight_testkit::{Fault, FaultProxy};

use super::{answering, inputs, load, one, server, sized, spec};

/// Each of the two slots has 4,096 tokens; 2,240 x 2,240 pixels are 6,400.
#[test]
fn what_is_too_large_for_the_context_is_sent_once_more_and_smaller() {
    let Some(server) = server("what_is_too_large_for_the_context") else {
        return;
    };
    let proxy = FaultProxy::start(server.port(), |_| Fault::None);
    let mut spec = answering(spec(&proxy.base_url()), "TEA");
    spec.picture.max_pixels = 2240 * 2240;
    let prediction = load(&spec).recognize(&sized(1, (2240, 2240))).remove(0);
    let log = &prediction.attempt_log;
    let seen: Vec<_> = log.iter().map(|a| (a.status, a.http_status)).collect();
    assert_eq!(seen, [(HttpError, Some(400)), (Ok, Some(200))], "{log:?}");
    assert!(log[1].image_size[0] < 2240 && log[1].image_size[0] > 800);
    let note = "because the server refused it larger";
    assert!(
        prediction.notes.iter().any(|n| n.contains(note)),
        "{:?}",
        prediction.notes
    );
    assert_eq!(proxy.asked().len(), 2);
}

/// A request that is wrong in itself is not repeated but for the smaller image.
#[test]
fn what_the_server_refuses_is_not_sent_unchanged() {
    let Some(server) = server("what_the_server_refuses_is_not_sent_unchanged") else {
        return;
    };
    let proxy = FaultProxy::start(server.port(), |_| Fault::Answer {
        status: 422,
        headers: Vec::new(),
        body: "{\"detail\": \"no such field\"}".to_owned(),
    });
    let prediction = one(&spec(&proxy.base_url()));
    assert_eq!(prediction.status, HttpError);
    assert_eq!(prediction.error.unwrap(), "HTTP 422: no such field");
    let asked = proxy.asked();
    assert_eq!(asked.len(), 2);
    assert_ne!(asked[0].image, asked[1].image);
}

#[test]
fn faults_that_pass_are_tried_again() {
    let Some(server) = server("faults_that_pass_are_tried_again") else {
        return;
    };
    let plain = |status: u16| Fault::Answer {
        status,
        headers: Vec::new(),
        body: "Internal Server Error".to_owned(),
    };
    let busy = Fault::Answer {
        status: 429,
        headers: vec!["Retry-After: 1".to_owned()],
        body: "{\"error\": {\"message\": \"busy\"}}".to_owned(),
    };
    let slow = Fault::Slow {
        bytes: 200,
        pause: Duration::from_millis(5),
    };
    let html = Fault::Answer {
        status: 200,
        headers: vec!["Content-Type: text/html".to_owned()],
        body: "<html>\n<body>Welcome</body>\n".to_owned(),
    };
    let sent = Fault::Answer {
        status: 200,
        headers: Vec::new(),
        body: "data: {\"error\":{\"code\":503,\"message\":\"loading\"}}\n\n".to_owned(),
    };
    for (name, fault, first) in [
        ("500", plain(500), HttpError),
        ("503", plain(503), HttpError),
        ("408", plain(408), HttpError),
        ("429", busy, HttpError),
        ("reset", Fault::Reset, HttpError),
        ("cut at once", Fault::Cut(0), HttpError),
        ("cut in the middle", Fault::Cut(700), HttpError),
        ("html", html, HttpError),
        ("an error in the stream", sent, HttpError),
        ("slow", slow, Ok),
        ("no [DONE]", Fault::Without("[DONE]"), Ok),
        ("no usage", Fault::Without("\"usage\""), Ok),
    ] {
        let fault_ = fault.clone();
        let proxy = FaultProxy::start(server.port(), move |asked| match asked.number {
            0 => fault_.clone(),
            _ => Fault::None,
        });
        let prediction = one(&answering(spec(&proxy.base_url()), "TEA 1.00"));
        let about = format!("{name}: {prediction:?}");
        assert_eq!(
            (prediction.status, prediction.text.as_str()),
            (Ok, "TEA 1.00"),
            "{about}"
        );
        assert_eq!(prediction.first_status(), first, "{about}");
        let asked = proxy.asked();
        assert_eq!(asked.len(), 1 + usize::from(first != Ok), "{about}");
        assert_eq!(prediction.attempts as usize, asked.len(), "{about}");
        if name == "429" {
            assert!(
                asked[1].at - asked[0].at >= Duration::from_secs(1),
                "{about}"
            );
        }
        if name == "no usage" {
            assert_eq!(prediction.usage, None);
        }
    }
}

#[test]
fn a_server_that_never_recovers_is_asked_so_often_and_no_more() {
    let Some(server) = server("a_server_that_never_recovers") else {
        return;
    };
    let proxy = FaultProxy::start(server.port(), |_| Fault::Answer {
        status: 500,
        headers: vec!["Retry-After: 0".to_owned()],
        body: "out of order".to_owned(),
    });
    let mut spec = spec(&proxy.base_url());
    spec.max_attempts = 3;
    let predictions = load(&spec).recognize(&inputs(4));
    for prediction in &predictions {
        assert_eq!((prediction.status, prediction.attempts), (HttpError, 3));
        let error = prediction.error.as_deref().unwrap();
        assert!(error.starts_with("HTTP 500: out of order"), "{error}");
        assert_eq!(prediction.attempt_log.len(), 3);
        assert_eq!(prediction.raw.as_deref(), Some("out of order"));
    }
    assert!(proxy.counts().values().all(|n| *n == 3));
}

#[test]
fn what_hangs_is_a_timeout_by_its_own_limit() {
    let Some(server) = server("what_hangs_is_a_timeout_by_its_own_limit") else {
        return;
    };
    let proxy = FaultProxy::start(server.port(), |_| Fault::Hang);
    let mut hanging = spec(&proxy.base_url());
    hanging.deadlines.first_byte = Duration::from_millis(300);
    let begun = Instant::now();
    let prediction = one(&hanging);
    assert_eq!((prediction.status, prediction.attempts), (Timeout, 2));
    assert_eq!(prediction.error.unwrap(), "no answer began within 0.3 s");
    assert!(begun.elapsed() < Duration::from_secs(10));

    let slow = FaultProxy::start(server.port(), |_| Fault::Slow {
        bytes: 20,
        pause: Duration::from_millis(50),
    });
    let mut late = answering(spec(&slow.base_url()), "TEA 1.00 TOTAL 1.00");
    late.deadlines.total = Duration::from_millis(900);
    let prediction = one(&late);
    assert_eq!(prediction.status, Timeout);
    assert_eq!(prediction.error.unwrap(), "no whole answer within 0.9 s");
}

#[test]
fn a_key_is_sent_and_shown_nowhere() {
    let Some(server) = server("a_key_is_sent_and_shown_nowhere") else {
        return;
    };
    let proxy = FaultProxy::start(server.port(), |_| Fault::Answer {
        status: 401,
        headers: Vec::new(),
        body: "{\"error\": {\"message\": \"wrong key sk-secret\"}}".to_owned(),
    });
    let mut spec = spec(&proxy.base_url());
    spec.api_key = ApiKey::new("sk-secret");
    let backend = load(&spec);
    let predictions = backend.recognize(&inputs(8));
    let text = serde_json::to_string(&predictions).unwrap();
    let shown = format!("{text} {backend:?} {:?}", backend.info());
    assert!(!shown.contains("sk-secret"), "{shown}");
    assert!(text.contains("wrong key ***"));
    let asked = proxy.asked();
    assert!(
        asked[0]
            .head
            .to_lowercase()
            .contains("authorization: bearer sk-secret")
    );
    // Nobody asks for thousands of images when three were refused.
    assert!((3..=5).contains(&asked.len()), "{}", asked.len());
    assert_eq!(
        predictions.iter().filter(|p| p.status == Skipped).count(),
        8 - asked.len()
    );
}

#[test]
fn who_asks_to_stop_gets_what_is_in_work_and_no_more() {
    let Some(server) = server("who_asks_to_stop_gets_what_is_in_work") else {
        return;
    };
    let proxy = FaultProxy::start(server.port(), |_| Fault::None);
    let backend = load(&answering(spec(&proxy.base_url()), "TEA"));
    let mut indexes = Vec::new();
    backend.recognize_each(&inputs(20), &mut |index, prediction| {
        assert_eq!(prediction.status, Ok);
        indexes.push(index);
        ControlFlow::Break(())
    });
    assert!((1..=4).contains(&indexes.len()), "{indexes:?}");
    assert_eq!(proxy.asked().len(), indexes.len());
}

#[test]
fn tries_outlive_a_program_that_is_killed() {
    let Some(server) = server("tries_outlive_a_program_that_is_killed") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let proxy = FaultProxy::start(server.port(), |_| Fault::Answer {
        status: 500,
        headers: vec!["Retry-After: 0".to_owned()],
        body: String::new(),
    });
    let mut spec = spec(&proxy.base_url());
    spec.max_attempts = 3;
    spec.journal = Some(dir.path().to_owned());
    let first = load(&spec);
    assert_eq!(first.recognize(&inputs(1))[0].attempts, 3);
    // A killed program drops nothing.
    std::mem::forget(first);
    let again = load(&spec);
    let prediction = again.recognize(&inputs(1)).remove(0);
    assert_eq!((prediction.status, prediction.attempts), (HttpError, 3));
    assert!(prediction.error.unwrap().contains("it was sent 3 times"));
    assert_eq!(proxy.asked().len(), 3);
    // One that comes to its end leaves the way free.
    drop(again);
    assert_eq!(load(&spec).recognize(&inputs(1))[0].attempts, 3);
    assert_eq!(proxy.asked().len(), 6);
}
