//! The configuration as a JSON schema, for editors.

use overnight_record::FailureClass;
use serde_json::{Map as Object, Value, json};

use super::Config;
use super::options::OPTIONS;
use super::shape::{Kind, Opt, Shape, Text};

impl Config {
    /// The form of `overnight.toml` as a JSON schema (draft 2020-12).
    pub fn json_schema() -> Value {
        let mut schema = object(OPTIONS);
        let head = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "overnight.toml",
            "description": "The configuration of a project's nights.",
        });
        if let (Value::Object(schema), Value::Object(mut head)) = (&mut schema, head) {
            head.append(schema);
            *schema = head;
        }
        schema
    }
}

fn object(options: &[Opt]) -> Value {
    let properties: Object<String, Value> = options
        .iter()
        .map(|option| (option.key.to_owned(), property(option)))
        .collect();
    let required: Vec<&str> = options
        .iter()
        .filter(|option| option.required && option.alternative.is_none())
        .map(|option| option.key)
        .collect();
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    let choice = options
        .iter()
        .find_map(|option| Some((option.key, option.alternative?)));
    if let Some((key, other)) = choice {
        schema["oneOf"] = json!([{ "required": [key] }, { "required": [other] }]);
    }
    schema
}

fn property(option: &Opt) -> Value {
    let mut schema = shape(&option.shape);
    schema["description"] = json!(option.doc);
    if let Some(default) = option.default.and_then(value) {
        schema["default"] = default;
    }
    if let Some(example) = option.example.and_then(value) {
        schema["examples"] = json!([example]);
    }
    schema
}

/// A value written as TOML, as JSON.
fn value(toml: &str) -> Option<Value> {
    let table: Object<String, Value> = toml::from_str(&format!("v = {toml}")).ok()?;
    table.into_iter().next().map(|(_, value)| value)
}

fn shape(shape_of: &Shape) -> Value {
    match shape_of {
        Shape::Text(text) => of_text(*text),
        Shape::Integer(low, i64::MAX) => json!({ "type": "integer", "minimum": low }),
        Shape::Integer(low, high) => {
            json!({ "type": "integer", "minimum": low, "maximum": high })
        }
        Shape::Number(low) => json!({ "type": "number", "minimum": low }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::List(item) => json!({ "type": "array", "items": shape(item) }),
        Shape::Words => json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 }),
        Shape::Command => json!({ "oneOf": [
            { "type": "string", "minLength": 1 },
            { "type": "array", "items": { "type": "string" }, "minItems": 1 },
        ]}),
        Shape::Instruction => json!({ "oneOf": [
            { "type": "string", "minLength": 1 },
            { "const": true },
        ]}),
        Shape::Free => json!({ "type": "object" }),
        Shape::Table(options) => object(options),
        Shape::Map(map) => json!({
            "type": "object",
            "propertyNames": of_text(map.name),
            "additionalProperties": shape(&map.value),
        }),
        Shape::Kinds(kinds) => {
            json!({ "oneOf": kinds.iter().map(of_kind).collect::<Vec<_>>() })
        }
    }
}

fn of_kind(kind: &Kind) -> Value {
    let mut schema = object(kind.options);
    schema["description"] = json!(kind.doc);
    schema["properties"]["kind"] = json!({ "const": kind.name });
    let mut required = vec![json!("kind")];
    required.extend(schema["required"].as_array().into_iter().flatten().cloned());
    schema["required"] = json!(required);
    schema
}

fn of_text(text: Text) -> Value {
    match text {
        Text::Any => json!({ "type": "string" }),
        Text::Line | Text::Path | Text::Inside | Text::Zone => {
            json!({ "type": "string", "minLength": 1 })
        }
        Text::Duration => json!({
            "type": "string",
            "pattern": r"^\s*(\d+\s*(d|h|m|s|ms)\s*)+$",
        }),
        Text::Size => json!({ "type": "string", "pattern": r"^\s*\d+\s*[KMGT]iB\s*$" }),
        Text::FailureClass => {
            let names = FailureClass::ALL.map(FailureClass::name);
            json!({ "enum": names })
        }
        Text::Name => json!({ "type": "string", "pattern": r"^[^./\\\s][^/\\\s]*$" }),
        Text::Step => json!({ "type": "string", "pattern": r"^\d+\.\d+\.\d+$" }),
        Text::Address => json!({ "type": "string", "pattern": r"^\d+(\.\d+){0,2}$" }),
        Text::OneOf(allowed) => json!({ "enum": allowed }),
    }
}
