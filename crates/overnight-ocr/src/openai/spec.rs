//! What an `openai` backend is made of.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use overnight_image::Encoding;
use serde_json::{Map, Value};

use super::answer::Script;
use super::prompt::Prompt;

/// What an `openai` backend is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenaiSpec {
    /// Where the interface begins, such as `http://127.0.0.1:8001/v1`.
    pub base_url: String,
    /// The model's name, as the server knows it.
    pub model: String,
    /// Sent as `Authorization: Bearer`.
    pub api_key: Option<ApiKey>,
    /// What is asked.
    pub prompt: Prompt,
    /// How the answer is sampled.
    pub sampling: Sampling,
    /// Further fields of every request; they replace ours of the same name.
    pub extra_body: Map<String, Value>,
    /// Whether the answer is asked for piece by piece.
    pub stream: bool,
    /// Scripts the text may be written in; any when empty.
    pub scripts: Vec<Script>,
    /// How images are sent.
    pub picture: PictureSpec,
    /// Most requests at once, at least 1.
    pub concurrency: usize,
    /// Most bytes of requests on their way at once; one request is always allowed.
    pub bytes_in_flight: u64,
    /// How long is waited.
    pub deadlines: Deadlines,
    /// Most requests for one image, at least 1.
    pub max_attempts: u32,
    /// How long a server may stay away before the rest is given up.
    pub give_up_after: Duration,
    /// How the server is started, when it is ours to start.
    pub serve: Option<ServeSpec>,
    /// Folder in which requests are counted, so that a killed program does not begin anew;
    /// counted in memory only when `None`.
    pub journal: Option<PathBuf>,
}

/// How an answer is sampled.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampling {
    /// Temperature of the first request.
    pub temperature: f64,
    /// Temperatures of further requests after an answer that repeats itself.
    pub loop_temperatures: Vec<f64>,
    /// Nucleus sampling, when given.
    pub top_p: Option<f64>,
    /// Seed, when given.
    pub seed: Option<u64>,
    /// Most tokens of an answer.
    pub max_tokens: u32,
    /// What the interface calls that limit.
    pub max_tokens_field: String,
}

/// How images are sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PictureSpec {
    /// Sides are multiples of so many pixels.
    pub patch: u32,
    /// Least pixels; smaller images are enlarged.
    pub min_pixels: u64,
    /// Most pixels; larger images are reduced.
    pub max_pixels: u64,
    /// PNG or JPEG.
    pub encoding: Encoding,
}

/// How long is waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// For a connection.
    pub connect: Duration,
    /// From a request to the first byte of a streamed answer.
    pub first_byte: Duration,
    /// From a request to the end of its answer.
    pub total: Duration,
}

/// A server that is started for the backend and ended with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeSpec {
    /// Program and arguments.
    pub command: Vec<String>,
    /// The folder it runs in.
    pub directory: PathBuf,
    /// Further environment variables.
    pub env: BTreeMap<String, String>,
    /// The file its output is added to.
    pub log: PathBuf,
    /// From its start until it answers.
    pub start_timeout: Duration,
    /// How often it may be started again when it dies.
    pub max_restarts: u32,
}

/// A key that is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Takes a key; `None` when it is empty.
    pub fn new(key: &str) -> Option<Self> {
        let key = key.trim();
        (!key.is_empty()).then(|| Self(key.to_owned()))
    }

    pub(super) fn secret(&self) -> &str {
        &self.0
    }

    /// A text without the key, should somebody have echoed it.
    pub(super) fn scrub(&self, text: &str) -> String {
        text.replace(&self.0, "***")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

impl OpenaiSpec {
    /// The spec of a model with every other value at its default.
    pub fn new(base_url: &str, model: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            model: model.to_owned(),
            api_key: None,
            prompt: Prompt::default(),
            sampling: Sampling::default(),
            extra_body: Map::new(),
            stream: true,
            scripts: Vec::new(),
            picture: PictureSpec::default(),
            concurrency: 8,
            bytes_in_flight: 64 << 20,
            deadlines: Deadlines::default(),
            max_attempts: 4,
            give_up_after: Duration::from_secs(600),
            serve: None,
            journal: None,
        }
    }
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: 0.0,
            loop_temperatures: vec![0.3, 0.7],
            top_p: None,
            seed: None,
            max_tokens: 4096,
            max_tokens_field: "max_tokens".to_owned(),
        }
    }
}

impl Default for PictureSpec {
    /// Multiples of 28 pixels from 4 to 2,560 image tokens of Qwen2-VL, sent as JPEG.
    fn default() -> Self {
        Self {
            patch: 28,
            min_pixels: 4 * 28 * 28,
            max_pixels: 2560 * 28 * 28,
            encoding: Encoding::Jpeg { quality: 95 },
        }
    }
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(120),
            total: Duration::from_secs(600),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown() {
        let mut spec = OpenaiSpec::new("http://127.0.0.1:1/v1", "m");
        spec.api_key = ApiKey::new(" sk-topsecret\n");
        assert!(!format!("{spec:?}").contains("topsecret"));
        let key = spec.api_key.unwrap();
        assert_eq!(key.scrub("key sk-topsecret is wrong"), "key *** is wrong");
        assert_eq!(key.secret(), "sk-topsecret");
        assert_eq!(ApiKey::new(" "), None);
    }
}
