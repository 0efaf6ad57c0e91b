//! The backend `openai` with the real server of llama.cpp and a tiny random model, which a
//! grammar makes answer what a test wants, and with a proxy that does wrong.

mod answers;
mod faults;
mod hangs;
mod servers;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use overnight_image::{Encoding, RgbImage, encode};
use overnight_ocr::openai::Openai;
use overnight_ocr::{Backend as _, ImageInput, ImageSource, OpenaiSpec};
use overnight_record::store::sha256_hex;
use overnight_record::{Prediction, StopFlag};
use overnight_testkit::LlamaServer;
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
    let quoted = serde_json::to_string(text).expect("a text");
    grammar(&mut spec, &format!("root ::= {quoted}"));
    spec
}

fn grammar(spec: &mut OpenaiSpec, grammar: &str) {
    spec.extra_body.insert("grammar".to_owned(), json!(grammar));
}

fn load(spec: &OpenaiSpec) -> Openai {
    Openai::load("vlm", spec, &StopFlag::default()).expect("a backend")
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
        let bytes = encode(&image, Encoding::Jpeg { quality: 80 }).expect("an image");
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
