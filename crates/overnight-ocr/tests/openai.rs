//! The backend `openai` with the real server of llama.cpp and a tiny random model, which a
//! grammar makes answer what a test wants, and with a proxy that does wrong.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use overnight_image::{Encoding, RgbImage, encode};
use overnight_ocr::openai::{AnswerForm, ApiKey, Openai, OpenaiError, Prompt, ServeSpec};
use overnight_ocr::{Backend, ImageInput, ImageSource, OpenaiSpec};
use overnight_record::PredictionStatus::{
    Crashed, Empty, HttpError, Loop, Ok, ParseError, Skipped, Timeout, Truncated, Undecodable,
};
use overnight_record::store::sha256_hex;
use overnight_record::{Diagnose as _, ExitCode, Prediction, StopFlag};
use overnight_testkit::{Fault, FaultProxy, LlamaServer, free_port};
use serde_json::json;

/// The server most tests share; `None` after saying why.
fn server(test: &str) -> Option<&'static LlamaServer> {
    static SERVER: OnceLock<Option<LlamaServer>> = OnceLock::new();
    SERVER.get_or_init(|| LlamaServer::start(test)).as_ref()
}

fn spec(base_url: &str) -> OpenaiSpec {
    let mut spec = OpenaiSpec::new(base_url, "tiny-qwen2.5-vl");
    spec.sampling.max_tokens = 300;
    spec.concurrency = 2;
    spec.deadlines.connect = Duration::from_secs(5);
    spec.give_up_after = Duration::from_secs(30);
    spec
}

/// The answer is this text and nothing else.
fn answering(mut spec: OpenaiSpec, text: &str) -> OpenaiSpec {
    let quoted = serde_json::to_string(text).unwrap();
    grammar(&mut spec, &format!("root ::= {quoted}"));
    spec
}

fn grammar(spec: &mut OpenaiSpec, grammar: &str) {
    spec.extra_body.insert("grammar".to_owned(), json!(grammar));
}

fn load(spec: &OpenaiSpec) -> Openai {
    Openai::load("vlm", spec, &StopFlag::default()).unwrap()
}

/// Images that differ, of a size that is sent as it is.
fn inputs(n: usize) -> Vec<ImageInput> {
    sized(n, (112, 56))
}

fn sized(n: usize, (width, height): (u32, u32)) -> Vec<ImageInput> {
    let input = |number: usize| {
        let image = RgbImage::from_fn(width, height, |x, y| {
            let ink = (x as usize * 7 + y as usize * 3 + number * 11) % 200;
            image::Rgb([ink as u8, (number % 251) as u8, 200])
        });
        let bytes = encode(&image, Encoding::Jpeg { quality: 80 }).unwrap();
        ImageInput {
            id: format!("s{number}"),
            image: format!("s{number}.jpg"),
            sha256: sha256_hex(&bytes),
            source: ImageSource::Encoded(Arc::from(bytes)),
        }
    };
    (0..n).map(input).collect()
}

fn one(spec: &OpenaiSpec) -> Prediction {
    load(spec).recognize(&inputs(1)).remove(0)
}

#[test]
fn a_text_comes_back_with_its_costs() {
    let Some(server) = server("a_text_comes_back_with_its_costs") else {
        return;
    };
    let text = "SHOP\nTEA 1.00\nTOTAL 1.00";
    let prediction = one(&answering(spec(&server.base_url()), text));
    assert_eq!((prediction.status, prediction.text.as_str()), (Ok, text));
    assert_eq!(prediction.lines.len(), 3);
    assert_eq!(prediction.finish_reason.as_deref(), Some("stop"));
    let usage = prediction.usage.unwrap();
    // 112x56 pixels are eight tokens.
    assert!(
        usage.prompt_tokens > 8 && usage.completion_tokens > 5,
        "{usage:?}"
    );
    let timings = prediction.timings_ms;
    let (first, request) = (timings.first_token.unwrap(), timings.request.unwrap());
    assert!(0.0 < first && first <= request && request <= timings.total);
    assert_eq!((prediction.attempts, prediction.raw), (1, None));
    let attempt = &prediction.attempt_log[0];
    assert_eq!(
        (attempt.raw.as_str(), attempt.http_status),
        (text, Some(200))
    );
    assert_eq!(attempt.image_size, [112, 56]);
    assert!(prediction.notes.is_empty(), "{:?}", prediction.notes);
}

#[test]
fn without_streaming_it_is_the_same() {
    let Some(server) = server("without_streaming_it_is_the_same") else {
        return;
    };
    let mut spec = answering(spec(&server.base_url()), "TEA");
    spec.stream = false;
    let prediction = one(&spec);
    assert_eq!((prediction.status, prediction.text.as_str()), (Ok, "TEA"));
    assert!(prediction.usage.is_some());
    assert_eq!(prediction.finish_reason.as_deref(), Some("stop"));
}

#[test]
fn answers_that_are_no_text_have_their_status() {
    let Some(server) = server("answers_that_are_no_text_have_their_status") else {
        return;
    };
    let base = spec(&server.base_url());
    let fenced = one(&answering(base.clone(), "```\nTEA\n```"));
    assert_eq!((fenced.status, fenced.text.as_str()), (Ok, "TEA"));
    assert_eq!(fenced.raw.as_deref(), Some("```\nTEA\n```"));
    assert_eq!(fenced.notes, ["a markdown fence was taken off the answer"]);

    assert_eq!(one(&answering(base.clone(), "```\n```")).status, Empty);

    let mut cut = answering(base.clone(), "SHOP TEA 1.00 TOTAL 1.00");
    cut.sampling.max_tokens = 5;
    let cut = one(&cut);
    assert_eq!(
        (cut.status, cut.finish_reason.as_deref()),
        (Truncated, Some("length"))
    );
    assert!(cut.text.is_empty() && cut.raw.unwrap().starts_with("SHOP"));

    let mut receipt = base.clone();
    receipt.prompt = Prompt::named("receipt-json").unwrap();
    let good = one(&answering(
        receipt.clone(),
        "{\"lines\": [\"TEA\", \"1.00\"]}",
    ));
    assert_eq!((good.status, good.text.as_str()), (Ok, "TEA\n1.00"));
    let bad = one(&answering(receipt, "TEA"));
    assert_eq!((bad.status, bad.raw.as_deref()), (ParseError, Some("TEA")));
    assert_eq!(bad.attempts, 1);

    let mut own = base;
    own.prompt = Prompt::own("Read this.", AnswerForm::Text);
    let prediction = load(&answering(own, "x")).recognize(&[ImageInput {
        source: ImageSource::Encoded(Arc::from(&b"no image"[..])),
        ..inputs(1).remove(0)
    }]);
    assert_eq!(
        (prediction[0].status, prediction[0].attempt_log.len()),
        (Undecodable, 0)
    );
}

#[test]
fn a_loop_climbs_the_ladder_and_stays_one() {
    let Some(server) = server("a_loop_climbs_the_ladder_and_stays_one") else {
        return;
    };
    let mut spec = spec(&server.base_url());
    grammar(&mut spec, "root ::= \"TEA 1.00 \" root");
    let prediction = one(&spec);
    assert_eq!(prediction.status, Loop, "{:?}", prediction.error);
    let temperatures: Vec<f64> = prediction
        .attempt_log
        .iter()
        .map(|a| a.temperature)
        .collect();
    assert_eq!(temperatures, [0.0, 0.3, 0.7]);
    assert!(prediction.text.is_empty() && prediction.raw.unwrap().contains("TEA 1.00 TEA"));
    assert_eq!(prediction.notes.len(), 1);
}

/// The first request loops, as its grammar says; a proxy gives the second another one.
#[test]
fn a_loop_that_ends_by_a_higher_temperature_is_read() {
    let Some(server) = server("a_loop_that_ends_by_a_higher_temperature_is_read") else {
        return;
    };
    let proxy = FaultProxy::start(server.port(), |asked| match asked.number {
        0 => Fault::Answer {
            status: 200,
            headers: vec!["Content-Type: text/event-stream".to_owned()],
            body: format!(
                "data: {}\n\n",
                json!({"choices": [{"delta": {"content": "TEA ".repeat(200)},
                    "finish_reason": "length"}]})
            ),
        },
        _ => Fault::None,
    });
    let prediction = one(&answering(spec(&proxy.base_url()), "TEA 1.00"));
    assert_eq!(
        (prediction.status, prediction.text.as_str()),
        (Ok, "TEA 1.00")
    );
    assert_eq!(prediction.first_status(), Loop);
    assert_eq!(
        prediction.notes,
        ["asked again at temperature 0.3, because the answer before repeated itself"]
    );
}

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
        error.starts_with("the server died 2 times while it read this image"),
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
