//! What a backend returned for one sample.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// How recognising one sample ended. Only [`PredictionStatus::Ok`] has text that may be scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PredictionStatus {
    /// Text was read to its end.
    Ok,
    /// The backend worked and found no text.
    Empty,
    /// The answer was cut off by a length limit.
    Truncated,
    /// The answer repeats itself without end.
    Loop,
    /// A model declined to answer.
    Refusal,
    /// The answer is not in the form that was asked for.
    ParseError,
    /// A server answered with an error.
    HttpError,
    /// No answer within the time limit.
    Timeout,
    /// Memory ran out.
    Oom,
    /// The backend died.
    Crashed,
    /// The image cannot be decoded.
    Undecodable,
    /// The sample was not tried.
    Skipped,
}

impl PredictionStatus {
    /// Whether the text may enter a metric.
    pub fn is_scored(self) -> bool {
        self == Self::Ok
    }

    /// The stored name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Empty => "empty",
            Self::Truncated => "truncated",
            Self::Loop => "loop",
            Self::Refusal => "refusal",
            Self::ParseError => "parse_error",
            Self::HttpError => "http_error",
            Self::Timeout => "timeout",
            Self::Oom => "oom",
            Self::Crashed => "crashed",
            Self::Undecodable => "undecodable",
            Self::Skipped => "skipped",
        }
    }
}

impl fmt::Display for PredictionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One line of text as read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Corners in pixels of the upright original image, `[x, y]` each, clockwise from the
    /// corner at the start of the text; empty when the backend gives no place.
    pub polygon: Vec<[f32; 2]>,
    /// The text of the line.
    pub text: String,
    /// Mean confidence in [0, 1]; `None` when the backend gives none.
    pub confidence: Option<f32>,
}

/// Time spent per stage, in milliseconds. A stage that did not run is absent. The lines of a
/// sample may be read side by side; their times are added up, so that the stages' sum may
/// exceed `total`, which is wall-clock time.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct TimingsMs {
    /// Decoding the image file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decode: Option<f64>,
    /// Text detection, pre- and post-processing included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detect: Option<f64>,
    /// Cutting and straightening the line crops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crop: Option<f64>,
    /// Text recognition of all lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recognise: Option<f64>,
    /// Reading order and assembly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<f64>,
    /// From a request to a served model until the first piece of its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token: Option<f64>,
    /// A request to another process or server, where the stages cannot be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<f64>,
    /// All of it.
    pub total: f64,
}

/// What a served model says it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens in, image included.
    pub prompt_tokens: u64,
    /// Tokens out.
    pub completion_tokens: u64,
}

/// One request to a served model for one sample, whatever came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnswerAttempt {
    /// How it ended, judged for itself.
    pub status: PredictionStatus,
    /// The status of the HTTP response, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// Why the model stopped writing, as the server says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
    /// Tokens, when the server says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Milliseconds until the first piece of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<f64>,
    /// Milliseconds until its end.
    pub total_ms: f64,
    /// The sampling temperature it asked for.
    pub temperature: f64,
    /// Width and height in pixels of the image as it was sent.
    pub image_size: [u32; 2],
    /// What came back, unchanged: the model's text as far as it arrived, or the body of an
    /// error response (its beginning, when it is long).
    pub raw: String,
    /// What the model wrote apart from its answer while it thought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// Why it is of no use, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Everything a backend returned for one sample; one JSON line in a predictions file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Sample id.
    pub id: String,
    /// The image, as the dataset names it.
    pub image: String,
    /// SHA-256 of the image file's bytes, in hex.
    pub image_sha256: String,
    /// Name of the backend in the configuration.
    pub backend: String,
    /// Hash of everything that decides the backend's answer.
    pub fingerprint: String,
    /// How it ended.
    pub status: PredictionStatus,
    /// The lines in reading order, rows joined with `\n` and the lines of a row with a space;
    /// empty unless `status` allows text.
    pub text: String,
    /// The lines in reading order.
    pub lines: Vec<Line>,
    /// Time per stage.
    pub timings_ms: TimingsMs,
    /// Tokens, for served models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// How often the sample was tried, at least 1 unless skipped.
    pub attempts: u32,
    /// Why it failed, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was done to the image that a reader of the text should know, such as `only the
    /// first frame is read`; each a sentence fragment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why a served model stopped writing, as the server says: `stop`, `length`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
    /// Key values that were read apart from the text, such as `total`, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// A model's answer as it came, where `text` is not the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// Every request to a served model, in order. The first one's status tells how the sample
    /// would have ended without a second try.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempt_log: Vec<AnswerAttempt>,
}

impl Prediction {
    /// How the first try ended, as far as tries are told apart.
    pub fn first_status(&self) -> PredictionStatus {
        self.attempt_log
            .first()
            .map_or(self.status, |attempt| attempt.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_json_form() {
        use PredictionStatus::*;
        for status in [
            Ok,
            Empty,
            Truncated,
            Loop,
            Refusal,
            ParseError,
            HttpError,
            Timeout,
            Oom,
            Crashed,
            Undecodable,
            Skipped,
        ] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
        }
    }
}
