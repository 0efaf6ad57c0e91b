//! How a worker introduces itself.

use overnight_record::result::ModelFile;
use serde_json::{Map, Value};

/// The version of the protocol we speak.
pub(super) const PROTOCOL: u64 = 1;
/// Longest text of a hello, in characters; longer ones are cut.
pub(super) const MOST_TEXT: usize = 200;
/// Most models a hello may list.
pub(super) const MOST_MODELS: usize = 64;

/// Who a worker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hello {
    pub(super) name: String,
    pub(super) version: String,
    /// What executes it, with versions; may be empty.
    pub(super) runtime: String,
    pub(super) device: String,
    /// Most images in one request, at least 1.
    pub(super) max_batch_size: usize,
    pub(super) models: Vec<ModelFile>,
}

/// A first line that is meant for us.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Introduction {
    /// It is ready.
    Ready(Hello),
    /// It cannot work.
    Declined {
        reason: String,
        hint: Option<String>,
    },
    /// It is meant for us, but wrong.
    Wrong(String),
}

impl Hello {
    /// Name, version and what executes it, in one line.
    pub(super) fn runtime_line(&self) -> String {
        let mut line = self.name.clone();
        if !self.version.is_empty() {
            line.push(' ');
            line.push_str(&self.version);
        }
        if !self.runtime.is_empty() {
            line.push_str(&format!(", {}", self.runtime));
        }
        line
    }
}

/// What a line says; `None` for a line that is not meant for us.
pub(super) fn parse(line: &[u8]) -> Option<Introduction> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(line) else {
        return None;
    };
    let version = fields.get("overnight_worker")?;
    if version.as_u64() != Some(PROTOCOL) {
        return Some(Introduction::Wrong(format!(
            "it speaks version {} of the protocol",
            tidy(&version.to_string())
        )));
    }
    if let Some(reason) = fields.get("error") {
        return Some(Introduction::Declined {
            reason: reason
                .as_str()
                .map_or_else(|| "no reason given".to_owned(), tidy),
            hint: fields.get("hint").and_then(Value::as_str).map(tidy),
        });
    }
    Some(match hello(&fields) {
        Ok(hello) => Introduction::Ready(hello),
        Err(reason) => Introduction::Wrong(reason),
    })
}

fn hello(fields: &Map<String, Value>) -> Result<Hello, String> {
    let name = text(fields, "name")?;
    if name.is_empty() {
        return Err("`name` is missing".to_owned());
    }
    let max_batch_size = match fields.get("max_batch_size") {
        None | Some(Value::Null) => 1,
        Some(number) => number
            .as_u64()
            .and_then(|n| usize::try_from(n).ok())
            .filter(|n| *n > 0)
            .ok_or("`max_batch_size` is not a whole number from 1")?,
    };
    let device = text(fields, "device")?;
    Ok(Hello {
        name,
        version: text(fields, "version")?,
        runtime: text(fields, "runtime")?,
        device: match device.is_empty() {
            true => "unknown".to_owned(),
            false => device,
        },
        max_batch_size,
        models: models(fields)?,
    })
}

fn text(fields: &Map<String, Value>, key: &str) -> Result<String, String> {
    match fields.get(key) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(tidy(text)),
        Some(_) => Err(format!("`{key}` is not text")),
    }
}

fn models(fields: &Map<String, Value>) -> Result<Vec<ModelFile>, String> {
    let listed = match fields.get("models") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(listed)) => listed,
        Some(_) => return Err("`models` is not a list".to_owned()),
    };
    if listed.len() > MOST_MODELS {
        return Err(format!("`models` has more than {MOST_MODELS} entries"));
    }
    let model = |entry: &Value| {
        let fields = entry
            .as_object()
            .ok_or("an entry of `models` is no object")?;
        Ok(ModelFile {
            role: text(fields, "role")?,
            name: text(fields, "name")?,
            sha256: text(fields, "sha256")?,
        })
    };
    listed.iter().map(model).collect()
}

/// One line of bounded length without control characters.
pub(super) fn tidy(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let line: String = text.chars().map(plain).collect();
    let line = line.trim();
    match line.char_indices().nth(MOST_TEXT) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> Option<Introduction> {
        parse(line.as_bytes())
    }

    #[test]
    fn a_hello_needs_little() {
        let Some(Introduction::Ready(hello)) = said(r#"{"overnight_worker": 1, "name": "x"}"#)
        else {
            panic!("not understood");
        };
        assert_eq!((hello.max_batch_size, &*hello.device), (1, "unknown"));
        assert_eq!(hello.runtime_line(), "x");
    }

    #[test]
    fn what_is_not_for_us_is_told_from_what_is_wrong() {
        assert_eq!(said("loading weights..."), None);
        assert_eq!(said(r#"{"progress": 3}"#), None);
        for (line, reason) in [
            (r#"{"overnight_worker": 2}"#, "it speaks version 2"),
            (r#"{"overnight_worker": "1"}"#, "it speaks version \"1\""),
            (r#"{"overnight_worker": 1}"#, "`name` is missing"),
            (
                r#"{"overnight_worker": 1, "name": 3}"#,
                "`name` is not text",
            ),
            (
                r#"{"overnight_worker": 1, "name": "x", "max_batch_size": 0}"#,
                "`max_batch_size` is not",
            ),
            (
                r#"{"overnight_worker": 1, "name": "x", "models": {}}"#,
                "`models` is not a list",
            ),
        ] {
            let Some(Introduction::Wrong(found)) = said(line) else {
                panic!("{line} was not refused");
            };
            assert!(found.starts_with(reason), "{found}");
        }
    }

    #[test]
    fn a_version_without_end_is_cut() {
        let line = format!(r#"{{"overnight_worker": "{}"}}"#, "1".repeat(1 << 20));
        let Some(Introduction::Wrong(reason)) = said(&line) else {
            panic!("not refused");
        };
        assert!(reason.chars().count() < MOST_TEXT + 100, "{}", reason.len());
    }

    #[test]
    fn a_worker_may_say_why_it_cannot_work() {
        let line = r#"{"overnight_worker": 1, "error": "no\nrapidocr", "hint": "pip install it"}"#;
        assert_eq!(
            said(line),
            Some(Introduction::Declined {
                reason: "no rapidocr".to_owned(),
                hint: Some("pip install it".to_owned())
            })
        );
    }
}
