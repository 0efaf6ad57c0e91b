//! A backend that is a served vision language model, as typed values.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::amount::{Size, Span};

/// `kind = "openai"`. `base_url` and `model` are never empty; at most one of `prompt_text` and
/// `prompt_file` is there.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Openai {
    /// Where the interface begins.
    pub base_url: String,
    /// The model's name, as the server knows it.
    pub model: String,
    /// Name of the environment variable that holds the key.
    pub api_key_env: Option<String>,
    /// A prompt that comes with this program.
    pub prompt: String,
    /// A prompt of the user's own.
    pub prompt_text: Option<String>,
    /// A file with a prompt of the user's own.
    pub prompt_file: Option<PathBuf>,
    /// A system message.
    pub system: Option<String>,
    /// The form of the answer: `text`, `markdown` or `receipt-json`; that of the prompt when left
    /// out.
    pub answer: Option<String>,
    /// Scripts the text may be written in; any when empty.
    pub scripts: Vec<String>,
    /// Sampling temperature of the first request.
    pub temperature: f64,
    /// Temperatures of further requests after a loop.
    pub loop_temperatures: Vec<f64>,
    /// Nucleus sampling, above 0 and at most 1.
    pub top_p: Option<f64>,
    /// Seed of the sampling.
    pub seed: Option<u64>,
    /// Most tokens of an answer.
    pub max_tokens: u32,
    /// What the server calls that limit.
    pub max_tokens_field: String,
    /// Further fields of every request.
    pub extra_body: Map<String, Value>,
    /// Whether the answer is asked for piece by piece.
    pub stream: bool,
    /// Sides of images are multiples of so many pixels.
    pub patch: u32,
    /// Least pixels of an image as it is sent.
    pub min_pixels: u64,
    /// Most pixels of an image as it is sent.
    pub max_pixels: u64,
    /// `png` or `jpeg:qN`.
    pub image: String,
    /// Most requests at once.
    pub concurrency: usize,
    /// Most bytes of requests on their way at once.
    pub bytes_in_flight: Size,
    /// Time limit of a connection.
    pub connect_timeout: Span,
    /// Time limit until the first byte of an answer.
    pub first_byte_timeout: Span,
    /// Time limit until the end of an answer.
    pub timeout: Span,
    /// Most requests for one image.
    pub max_attempts: u32,
    /// How long a server may be away.
    pub give_up_after: Span,
    /// Program and arguments that start the server.
    pub serve: Option<Vec<String>>,
    /// Further environment variables of that program.
    pub serve_env: BTreeMap<String, String>,
    /// How often it is started again.
    pub serve_restarts: u32,
    /// Time limit from its start until it answers.
    pub start_timeout: Span,
}

impl Default for Openai {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            model: String::new(),
            api_key_env: None,
            prompt: "transcribe".to_owned(),
            prompt_text: None,
            prompt_file: None,
            system: None,
            answer: None,
            scripts: Vec::new(),
            temperature: 0.0,
            loop_temperatures: vec![0.3, 0.7],
            top_p: None,
            seed: None,
            max_tokens: 4096,
            max_tokens_field: "max_tokens".to_owned(),
            extra_body: Map::new(),
            stream: true,
            patch: 28,
            min_pixels: 4 * 28 * 28,
            max_pixels: 2560 * 28 * 28,
            image: "jpeg:q95".to_owned(),
            concurrency: 8,
            bytes_in_flight: Size::mib(64),
            connect_timeout: Span::seconds(10),
            first_byte_timeout: Span::seconds(120),
            timeout: Span::seconds(600),
            max_attempts: 4,
            give_up_after: Span::seconds(600),
            serve: None,
            serve_env: BTreeMap::new(),
            serve_restarts: 3,
            start_timeout: Span::seconds(600),
        }
    }
}
