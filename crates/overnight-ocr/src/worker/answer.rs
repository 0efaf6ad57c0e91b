//! What a worker says about one image. Every line is judged, none is trusted: a line may be
//! noise, an answer, or an answer that is wrong.

use std::collections::BTreeMap;

use overnight_record::{Line, PredictionStatus, Usage};
use serde_json::{Map, Value};

use super::hello::tidy;
use crate::key_values;

/// Most lines of text an answer may have.
pub(super) const MOST_LINES: usize = 100_000;
/// Most corners of a polygon.
const MOST_CORNERS: usize = 64;
/// Largest coordinate, in pixels.
const MOST_PIXELS: f32 = 1e6;
/// How far beyond 1 the rounding of a mean may lead.
const CONFIDENCE_SLACK: f64 = 1e-3;
/// Longest time a stage may claim, in milliseconds.
const MOST_MS: f64 = 1e9;

/// A line of a worker's output.
#[derive(Debug, PartialEq)]
pub(super) enum Saying {
    /// Not meant for us, such as what a library prints.
    Noise,
    /// The request of this number is worked off.
    Done(u64),
    /// About the image of this id; `Err` says what is wrong with it.
    About(String, Result<Answer, String>),
}

/// What a worker says about one image.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    /// It was read.
    Read(Reading),
    /// It was not.
    Failed {
        status: PredictionStatus,
        reason: String,
    },
}

/// An image as it was read.
#[derive(Debug, PartialEq, Default)]
pub(super) struct Reading {
    /// The lines with something in them, as the worker ordered them.
    pub(super) lines: Vec<Line>,
    pub(super) stages: StageMs,
    pub(super) usage: Option<Usage>,
    /// Key values by name.
    pub(super) fields: BTreeMap<String, String>,
}

/// Milliseconds the worker says its stages took.
#[derive(Debug, PartialEq, Clone, Copy, Default)]
pub(super) struct StageMs {
    pub(super) detect: Option<f64>,
    pub(super) crop: Option<f64>,
    pub(super) recognise: Option<f64>,
    pub(super) post: Option<f64>,
}

impl StageMs {
    /// All of them together.
    pub(super) fn sum(self) -> f64 {
        [self.detect, self.crop, self.recognise, self.post]
            .into_iter()
            .flatten()
            .sum()
    }
}

/// What a line of output says. Never panics, whatever the bytes.
pub(super) fn parse(line: &[u8]) -> Saying {
    let fields = match serde_json::from_slice(line) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Saying::Noise,
        Err(error) => {
            return match salvaged_id(line) {
                Some(id) => Saying::About(id, Err(format!("it is not JSON: {error}"))),
                None => Saying::Noise,
            };
        }
    };
    if let Some(request) = fields.get("done").and_then(Value::as_u64) {
        return Saying::Done(request);
    }
    match fields.get("id") {
        Some(Value::String(id)) => Saying::About(id.clone(), answer(&fields)),
        _ => Saying::Noise,
    }
}

/// The id in a line that is broken, such as one with `NaN` in it. Ours are digits only.
pub(super) fn salvaged_id(line: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&line[..line.len().min(4096)]);
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let after_key = text.split_once("\"id\"")?.1.trim_start();
    let value = after_key
        .strip_prefix(':')?
        .trim_start()
        .strip_prefix('"')?;
    let id = value.split_once('"')?.0;
    (!id.is_empty() && id.len() <= 20 && id.bytes().all(|b| b.is_ascii_digit()))
        .then(|| id.to_owned())
}

fn answer(fields: &Map<String, Value>) -> Result<Answer, String> {
    let error = match fields.get("error") {
        None | Some(Value::Null) => None,
        Some(Value::String(reason)) => Some(tidy(reason)),
        Some(_) => return Err("`error` is not text".to_owned()),
    };
    let status = match fields.get("status") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(status_named(name)?),
        Some(_) => return Err("`status` is not text".to_owned()),
    };
    let default = match error {
        Some(_) => PredictionStatus::Crashed,
        None => PredictionStatus::Ok,
    };
    match status.unwrap_or(default) {
        PredictionStatus::Ok | PredictionStatus::Empty => {
            if error.is_some() {
                return Err("it has an `error` and claims to be read".to_owned());
            }
            reading(fields).map(Answer::Read)
        }
        status => Ok(Answer::Failed {
            status,
            reason: error.unwrap_or_else(|| "no reason given".to_owned()),
        }),
    }
}

/// The statuses a worker may give; the others are ours to find.
fn status_named(name: &str) -> Result<PredictionStatus, String> {
    use PredictionStatus::{
        Crashed, Empty, Loop, Ok as Read, Oom, ParseError, Refusal, Timeout, Truncated, Undecodable,
    };
    [
        Read,
        Empty,
        Truncated,
        Loop,
        Refusal,
        ParseError,
        Timeout,
        Oom,
        Crashed,
        Undecodable,
    ]
    .into_iter()
    .find(|status| status.name() == name)
    .ok_or_else(|| format!("`{}` is not a status", tidy(name)))
}

fn reading(fields: &Map<String, Value>) -> Result<Reading, String> {
    let Some(lines) = fields.get("lines") else {
        return Err("`lines` is missing".to_owned());
    };
    let Value::Array(lines) = lines else {
        return Err("`lines` is not a list".to_owned());
    };
    if lines.len() > MOST_LINES {
        return Err(format!("it has more than {MOST_LINES} lines"));
    }
    let mut read = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let line = line_of(line).map_err(|reason| format!("lines[{index}]: {reason}"))?;
        if !line.text.trim().is_empty() {
            read.push(line);
        }
    }
    Ok(Reading {
        lines: read,
        stages: stages(fields)?,
        usage: usage(fields)?,
        fields: key_values(fields)?,
    })
}

fn line_of(line: &Value) -> Result<Line, String> {
    let Some(fields) = line.as_object() else {
        return Err("it is no object".to_owned());
    };
    let Some(Value::String(text)) = fields.get("text") else {
        return Err("`text` is missing or not text".to_owned());
    };
    let confidence = match fields.get("confidence") {
        None | Some(Value::Null) => None,
        Some(number) => {
            let number = number.as_f64().ok_or("`confidence` is not a number")?;
            if !(-CONFIDENCE_SLACK..=1.0 + CONFIDENCE_SLACK).contains(&number) {
                return Err(format!("`confidence` {number} is not between 0 and 1"));
            }
            Some(number.clamp(0.0, 1.0) as f32)
        }
    };
    Ok(Line {
        polygon: polygon(fields.get("polygon"))?,
        text: text.clone(),
        confidence,
    })
}

fn polygon(value: Option<&Value>) -> Result<Vec<[f32; 2]>, String> {
    let corners = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(corners)) => corners,
        Some(_) => return Err("`polygon` is not a list".to_owned()),
    };
    if corners.is_empty() {
        return Ok(Vec::new());
    }
    if !(3..=MOST_CORNERS).contains(&corners.len()) {
        return Err(format!("`polygon` has {} corners", corners.len()));
    }
    corners
        .iter()
        .map(|corner| corner_of(corner).ok_or_else(|| "a corner is no [x, y]".to_owned()))
        .collect()
}

fn corner_of(corner: &Value) -> Option<[f32; 2]> {
    let [x, y] = corner.as_array()?.as_slice() else {
        return None;
    };
    let coordinate = |value: &Value| {
        let pixels = value.as_f64()? as f32;
        (pixels.abs() <= MOST_PIXELS).then_some(pixels)
    };
    Some([coordinate(x)?, coordinate(y)?])
}

fn stages(fields: &Map<String, Value>) -> Result<StageMs, String> {
    let timings = match fields.get("timings_ms") {
        None | Some(Value::Null) => return Ok(StageMs::default()),
        Some(Value::Object(timings)) => timings,
        Some(_) => return Err("`timings_ms` is no object".to_owned()),
    };
    let stage = |key: &str| match timings.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64() {
            Some(ms) if (0.0..=MOST_MS).contains(&ms) => Ok(Some(ms)),
            _ => Err(format!(
                "`timings_ms.{key}` is not a number of milliseconds"
            )),
        },
    };
    Ok(StageMs {
        detect: stage("detect")?,
        crop: stage("crop")?,
        recognise: stage("recognise")?,
        post: stage("post")?,
    })
}

fn key_values(fields: &Map<String, Value>) -> Result<BTreeMap<String, String>, String> {
    match fields.get("fields") {
        None | Some(Value::Null) => Ok(BTreeMap::new()),
        Some(Value::Object(values)) => {
            key_values::all_of(values).map_err(|reason| format!("`fields`: {reason}"))
        }
        Some(_) => Err("`fields` is no object".to_owned()),
    }
}

fn usage(fields: &Map<String, Value>) -> Result<Option<Usage>, String> {
    let Some(usage) = fields.get("usage").filter(|usage| !usage.is_null()) else {
        return Ok(None);
    };
    let tokens = |key: &str| {
        usage
            .get(key)
            .and_then(Value::as_u64)
            .ok_or_else(|| format!("`usage.{key}` is not a number of tokens"))
    };
    Ok(Some(Usage {
        prompt_tokens: tokens("prompt_tokens")?,
        completion_tokens: tokens("completion_tokens")?,
    }))
}

#[cfg(test)]
mod tests;
