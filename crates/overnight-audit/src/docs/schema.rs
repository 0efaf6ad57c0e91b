//! A part of JSON Schema 2020-12, enough for front matter.
//!
//! What is not known is refused when the schema is read, so that no keyword is passed over in
//! silence. `$ref` and formats other than dates are left out, and so are a network and a
//! dozen crates, which the complete validators bring along.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::Value;

/// A schema that was read.
#[derive(Debug, Clone)]
pub struct Schema {
    keywords: Vec<Keyword>,
}

/// A schema that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at `{place}`: {problem}")]
pub struct SchemaError {
    /// JSON pointer into the schema; empty for its root.
    pub place: String,
    /// What is wrong.
    pub problem: String,
}

/// One violation of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Breach {
    /// Fields and positions from the root to the value.
    pub(crate) trail: Vec<String>,
    /// What it must be, as a sentence fragment: "must be one of ...".
    pub(crate) problem: String,
}

#[derive(Debug, Clone)]
enum Keyword {
    Never,
    Type(Vec<String>),
    Enum(Vec<Value>),
    Required(Vec<String>),
    Properties(BTreeMap<String, Schema>),
    /// The schema of properties that are not among these names.
    Others(Vec<String>, Box<Schema>),
    Items(Box<Schema>),
    Length(Bounds),
    Count(Bounds),
    Range(Bounds),
    Above(f64),
    Below(f64),
    Unique,
    Pattern(Regex),
    Date,
    DateTime,
    AllOf(Vec<Schema>),
    AnyOf(Vec<Schema>),
    Not(Box<Schema>),
}

#[derive(Debug, Clone, Copy)]
enum Bounds {
    AtLeast(f64),
    AtMost(f64),
}

const TYPES: [&str; 7] = [
    "string", "number", "integer", "boolean", "array", "object", "null",
];

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// [`SchemaError`] for a keyword that is not known or not well formed.
    pub fn read(value: &Value) -> Result<Self, SchemaError> {
        Self::at(value, "")
    }

    fn at(value: &Value, place: &str) -> Result<Self, SchemaError> {
        let table = match value {
            Value::Bool(true) => {
                return Ok(Self {
                    keywords: Vec::new(),
                });
            }
            Value::Bool(false) => {
                return Ok(Self {
                    keywords: vec![Keyword::Never],
                });
            }
            Value::Object(table) => table,
            _ => return Err(refuse(place, "a schema is a table")),
        };
        let mut keywords = Vec::new();
        for (key, value) in table {
            let place = format!("{place}/{key}");
            let sub = |value: &Value| Self::at(value, &place).map(Box::new);
            keywords.push(match key.as_str() {
                "$schema" | "$id" | "$comment" | "title" | "description" | "default"
                | "examples" | "deprecated" => continue,
                "type" => Keyword::Type(types(value, &place)?),
                "enum" => Keyword::Enum(list(value, &place)?.clone()),
                "const" => Keyword::Enum(vec![value.clone()]),
                "required" => Keyword::Required(texts(value, &place)?),
                "properties" => Keyword::Properties(
                    value
                        .as_object()
                        .ok_or_else(|| refuse(&place, "must be a table"))?
                        .iter()
                        .map(|(name, value)| {
                            Ok((name.clone(), Self::at(value, &format!("{place}/{name}"))?))
                        })
                        .collect::<Result<_, _>>()?,
                ),
                "additionalProperties" => {
                    let named = table.get("properties").and_then(Value::as_object);
                    let names = named.map(|named| named.keys().cloned().collect());
                    Keyword::Others(names.unwrap_or_default(), sub(value)?)
                }
                "items" => Keyword::Items(sub(value)?),
                "minLength" => Keyword::Length(Bounds::AtLeast(number(value, &place)?)),
                "maxLength" => Keyword::Length(Bounds::AtMost(number(value, &place)?)),
                "minItems" => Keyword::Count(Bounds::AtLeast(number(value, &place)?)),
                "maxItems" => Keyword::Count(Bounds::AtMost(number(value, &place)?)),
                "minimum" => Keyword::Range(Bounds::AtLeast(number(value, &place)?)),
                "maximum" => Keyword::Range(Bounds::AtMost(number(value, &place)?)),
                "exclusiveMinimum" => Keyword::Above(number(value, &place)?),
                "exclusiveMaximum" => Keyword::Below(number(value, &place)?),
                "uniqueItems" if *value == Value::Bool(false) => continue,
                "uniqueItems" if *value == Value::Bool(true) => Keyword::Unique,
                "pattern" => {
                    let text = value
                        .as_str()
                        .ok_or_else(|| refuse(&place, "must be text"))?;
                    let made = Regex::new(text);
                    Keyword::Pattern(made.map_err(|error| refuse(&place, &error.to_string()))?)
                }
                "format" if value == "date" => Keyword::Date,
                "format" if value == "date-time" => Keyword::DateTime,
                "allOf" => Keyword::AllOf(schemas(value, &place)?),
                "anyOf" => Keyword::AnyOf(schemas(value, &place)?),
                "not" => Keyword::Not(sub(value)?),
                _ => return Err(refuse(&place, "this keyword is not supported")),
            });
        }
        Ok(Self { keywords })
    }

    /// Everything in `value` that the schema forbids.
    pub(crate) fn breaches(&self, value: &Value) -> Vec<Breach> {
        let mut found = Vec::new();
        self.judge(value, &mut Vec::new(), &mut found);
        found
    }

    fn judge(&self, value: &Value, trail: &mut Vec<String>, found: &mut Vec<Breach>) {
        for keyword in &self.keywords {
            match (keyword, value) {
                (Keyword::Properties(known), Value::Object(table)) => {
                    for (name, schema) in known {
                        if let Some(value) = table.get(name) {
                            schema.inside(name.clone(), value, trail, found);
                        }
                    }
                }
                (Keyword::Others(known, schema), Value::Object(table)) => {
                    for (name, value) in table.iter().filter(|(name, _)| !known.contains(name)) {
                        schema.inside(name.clone(), value, trail, found);
                    }
                }
                (Keyword::Items(schema), Value::Array(list)) => {
                    for (at, value) in list.iter().enumerate() {
                        schema.inside((at + 1).to_string(), value, trail, found);
                    }
                }
                (Keyword::AllOf(all), _) => {
                    for schema in all {
                        schema.judge(value, trail, found);
                    }
                }
                (Keyword::Required(names), Value::Object(table)) => {
                    for name in names.iter().filter(|name| !table.contains_key(*name)) {
                        found.push(Breach {
                            trail: trail.clone(),
                            problem: format!("must have `{name}`"),
                        });
                    }
                }
                _ => {
                    if let Some(problem) = keyword.objection(value) {
                        found.push(Breach {
                            trail: trail.clone(),
                            problem,
                        });
                    }
                }
            }
        }
    }

    fn inside(
        &self,
        step: String,
        value: &Value,
        trail: &mut Vec<String>,
        found: &mut Vec<Breach>,
    ) {
        trail.push(step);
        self.judge(value, trail, found);
        trail.pop();
    }
}

impl Keyword {
    /// What a keyword about the value itself objects to. Keywords about another type of value
    /// say nothing, as JSON Schema has it.
    fn objection(&self, value: &Value) -> Option<String> {
        let (good, problem) = match (self, value) {
            (Self::Never, _) => (false, "is not allowed".to_owned()),
            (Self::Type(types), _) => (
                types.iter().any(|name| is_type(value, name)),
                format!("must be of type {}", types.join(" or ")),
            ),
            (Self::Enum(values), _) => {
                let shown: Vec<String> = values.iter().map(plain).collect();
                (
                    values.contains(value),
                    format!("must be {}", shown.join(", ")),
                )
            }
            (Self::Length(bounds), Value::String(text)) => {
                bounds.judge(text.chars().count() as f64, " characters")
            }
            (Self::Count(bounds), Value::Array(list)) => bounds.judge(list.len() as f64, " values"),
            (Self::Range(bounds), Value::Number(number)) => {
                bounds.judge(number.as_f64().unwrap_or(f64::NAN), "")
            }
            (Self::Above(low), Value::Number(number)) => (
                number.as_f64().is_some_and(|number| number > *low),
                format!("must be above {low}"),
            ),
            (Self::Below(high), Value::Number(number)) => (
                number.as_f64().is_some_and(|number| number < *high),
                format!("must be below {high}"),
            ),
            (Self::Unique, Value::Array(list)) => (
                (1..list.len()).all(|at| !list[..at].contains(&list[at])),
                "must not hold a value twice".to_owned(),
            ),
            (Self::Pattern(pattern), Value::String(text)) => (
                pattern.is_match(text),
                format!("must match `{}`", pattern.as_str()),
            ),
            (Self::Date, Value::String(text)) => (
                text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
                "must be a date `YYYY-MM-DD`".to_owned(),
            ),
            (Self::DateTime, Value::String(text)) => (
                text.parse::<jiff::Timestamp>().is_ok(),
                "must be a date and time with its zone, as in RFC 3339".to_owned(),
            ),
            (Self::AnyOf(some), _) => (
                some.iter().any(|schema| schema.breaches(value).is_empty()),
                "satisfies none of the alternatives".to_owned(),
            ),
            (Self::Not(schema), _) => (
                !schema.breaches(value).is_empty(),
                "is what the schema excludes".to_owned(),
            ),
            _ => return None,
        };
        (!good).then_some(problem)
    }
}

impl Bounds {
    fn judge(self, size: f64, unit: &str) -> (bool, String) {
        match self {
            Self::AtLeast(low) => (size >= low, format!("must be at least {low}{unit}")),
            Self::AtMost(high) => (size <= high, format!("must be at most {high}{unit}")),
        }
    }
}

fn is_type(value: &Value, name: &str) -> bool {
    match value {
        Value::Null => name == "null",
        Value::Bool(_) => name == "boolean",
        Value::String(_) => name == "string",
        Value::Array(_) => name == "array",
        Value::Object(_) => name == "object",
        Value::Number(number) => {
            name == "number"
                || name == "integer" && number.as_f64().is_some_and(|n| n.fract() == 0.0)
        }
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), |text| format!("`{text}`"))
}

fn refuse(place: &str, problem: &str) -> SchemaError {
    SchemaError {
        place: place.to_owned(),
        problem: problem.to_owned(),
    }
}

fn list<'a>(value: &'a Value, place: &str) -> Result<&'a Vec<Value>, SchemaError> {
    value
        .as_array()
        .ok_or_else(|| refuse(place, "must be a list"))
}

fn texts(value: &Value, place: &str) -> Result<Vec<String>, SchemaError> {
    list(value, place)?
        .iter()
        .map(|value| value.as_str().map(str::to_owned))
        .collect::<Option<_>>()
        .ok_or_else(|| refuse(place, "must be a list of text"))
}

fn types(value: &Value, place: &str) -> Result<Vec<String>, SchemaError> {
    let names = match value {
        Value::String(name) => vec![name.clone()],
        _ => texts(value, place)?,
    };
    if names.iter().all(|name| TYPES.contains(&name.as_str())) {
        Ok(names)
    } else {
        Err(refuse(place, "names an unknown type"))
    }
}

fn schemas(value: &Value, place: &str) -> Result<Vec<Schema>, SchemaError> {
    let each = list(value, place)?.iter().enumerate();
    each.map(|(at, value)| Schema::at(value, &format!("{place}/{at}")))
        .collect()
}

fn number(value: &Value, place: &str) -> Result<f64, SchemaError> {
    value
        .as_f64()
        .ok_or_else(|| refuse(place, "must be a number"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(schema: &Value, value: &Value) -> Vec<String> {
        let schema = Schema::read(schema).unwrap();
        let said = schema.breaches(value).into_iter();
        said.map(|b| format!("{} {}", b.trail.join("."), b.problem))
            .collect()
    }

    #[test]
    fn each_keyword_objects_and_says_where() {
        let schema = json!({
            "type": "object",
            "required": ["title", "owner"],
            "properties": {
                "title": {"type": "string", "minLength": 2, "pattern": "^[A-Z가-힣]"},
                "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": true, "maxItems": 2},
                "rank": {"type": "integer", "minimum": 1, "exclusiveMaximum": 5},
                "status": {"enum": ["draft", "active"]},
                "due": {"format": "date"},
                "at": {"anyOf": [{"format": "date-time"}, {"type": "null"}]},
                "old": false
            },
            "additionalProperties": {"not": {"type": "object"}}
        });
        let value = json!({
            "title": "x", "tags": ["a", 1, "a"], "rank": 5, "status": "gone",
            "due": "2025-2-30", "at": "soon", "old": 1, "extra": {}
        });
        let mut said = found(&schema, &value);
        said.sort();
        assert_eq!(
            said,
            [
                " must have `owner`",
                "at satisfies none of the alternatives",
                "due must be a date `YYYY-MM-DD`",
                "extra is what the schema excludes",
                "old is not allowed",
                "rank must be below 5",
                "status must be `draft`, `active`",
                "tags must be at most 2 values",
                "tags must not hold a value twice",
                "tags.2 must be of type string",
                "title must be at least 2 characters",
                "title must match `^[A-Z가-힣]`",
            ]
        );
        let good =
            json!({"title": "제목", "owner": null, "rank": 4, "at": "2025-12-25T04:10:00+09:00"});
        assert!(found(&schema, &good).is_empty());
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (schema, place) in [
            (json!({"$ref": "#/x"}), "/$ref"),
            (
                json!({"properties": {"a": {"typ": "string"}}}),
                "/properties/a/typ",
            ),
            (json!({"type": "text"}), "/type"),
            (json!({"pattern": "("}), "/pattern"),
            (json!({"format": "email"}), "/format"),
            (json!([]), ""),
        ] {
            assert_eq!(Schema::read(&schema).unwrap_err().place, place);
        }
    }
}
