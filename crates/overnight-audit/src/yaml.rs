//! YAML as a tree of JSON values, for settings and schemas; edits never go through it.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

/// Collections inside collections that are read.
const DEPTH: usize = 64;

/// YAML that cannot be read as one tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct YamlError {
    /// Line from 1.
    pub line: usize,
    /// What is wrong, as a sentence fragment.
    pub problem: String,
}

/// Reads the one document of `text`; nothing at all is `null`. Plain scalars have the types
/// of YAML's core schema; aliases are refused, because a small text can expand without end.
///
/// # Errors
/// [`YamlError`] for invalid YAML, aliases, a key that occurs twice or is no text.
///
/// ```
/// let value = overnight_audit::yaml::read("a: [1, x]\nb: \"2\"").unwrap();
/// assert_eq!(value, serde_json::json!({"a": [1, "x"], "b": "2"}));
/// ```
pub fn read(text: &str) -> Result<Value, YamlError> {
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| YamlError {
            line: error.marker().line(),
            problem: format!("not valid YAML: {}", error.info()),
        })?;
        let fail = |problem: String| YamlError {
            line: span.start.line(),
            problem,
        };
        let done = match event {
            Event::MappingStart(..) | Event::SequenceStart(..) if open.len() == DEPTH => {
                return Err(fail(format!("more than {DEPTH} levels")));
            }
            Event::MappingStart(..) => {
                open.push(Open::Table(Map::new(), None));
                continue;
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            Event::MappingEnd | Event::SequenceEnd => match open.pop() {
                Some(Open::Table(table, _)) => Value::Object(table),
                Some(Open::List(list)) => Value::Array(list),
                None => continue,
            },
            Event::Scalar(text, style, _, _) => {
                if let Some(Open::Table(table, key @ None)) = open.last_mut() {
                    if table.contains_key(text.as_ref()) {
                        return Err(fail(format!("`{text}` occurs twice")));
                    }
                    *key = Some(text.into_owned());
                    continue;
                }
                scalar(&text, style)
            }
            Event::Alias(_) => return Err(fail("aliases are not read".to_owned())),
            Event::DocumentStart(_) if root.is_some() => {
                return Err(fail("more than one YAML document".to_owned()));
            }
            _ => continue,
        };
        match open.last_mut() {
            None => root = Some(done),
            Some(Open::List(list)) => list.push(done),
            Some(Open::Table(table, key)) => match key.take() {
                Some(key) => {
                    table.insert(key, done);
                }
                None => return Err(fail("a key is no text".to_owned())),
            },
        }
    }
    Ok(root.unwrap_or(Value::Null))
}

/// A collection that is not at its end.
enum Open {
    List(Vec<Value>),
    Table(Map<String, Value>, Option<String>),
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    let digits = text.trim_start_matches(['-', '+']);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    Number::from_f64(text.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_follow_the_core_schema() {
        assert_eq!(
            read("a: 1\nb: 1.5\nc: '1'\nd: yes\ne: ~\nf: true\ng: 2025-12-25\nh: .nan\n").unwrap(),
            json!({"a": 1, "b": 1.5, "c": "1", "d": "yes", "e": null, "f": true, "g": "2025-12-25", "h": ".nan"})
        );
        assert_eq!(read("").unwrap(), Value::Null);
        assert_eq!(read("- {a: []}\n").unwrap(), json!([{"a": []}]));
    }

    #[test]
    fn what_is_no_tree_is_refused_with_its_line() {
        for (text, line) in [
            ("a: 1\na: 2\n", 2),
            ("a: &x 1\nb: *x\n", 2),
            ("[a]: 1\n", 1),
            ("a: [1\n", 2),
            ("a: 1\n---\nb: 2\n", 2),
        ] {
            assert_eq!(read(text).unwrap_err().line, line, "{text}");
        }
        assert!(read(&"[".repeat(10_000)).is_err());
    }
}
