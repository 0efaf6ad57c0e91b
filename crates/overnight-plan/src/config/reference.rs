//! The configuration as a Markdown reference.

use super::Config;
use super::example::is_section;
use super::options::OPTIONS;
use super::shape::{Opt, Shape, Text};
use crate::near::listed;

impl Config {
    /// Every option with its value, default and meaning, one Markdown table for each table
    /// of the file.
    pub fn reference() -> String {
        let mut text = String::new();
        for option in OPTIONS {
            section(&mut text, option.key, option);
        }
        text
    }
}

fn section(text: &mut String, path: &str, option: &Opt) {
    match option.shape {
        Shape::Table(options) => table(text, path, option.doc, options),
        Shape::Map(map) => match map.value {
            Shape::Table(options) => table(text, &format!("{path}.NAME"), option.doc, options),
            Shape::Kinds(kinds) => {
                text.push_str(&format!("### `[{path}.NAME]`\n\n{}\n\n", option.doc));
                for kind in kinds {
                    text.push_str(&format!(
                        "With `kind = \"{}\"`: {}\n\n",
                        kind.name, kind.doc
                    ));
                    rows(text, kind.options.iter());
                }
            }
            _ => {}
        },
        _ => {}
    }
}

fn table(text: &mut String, path: &str, doc: &str, options: &[Opt]) {
    let path = match path {
        "steps.NAME" => "steps.\"1.2.1\"",
        "criteria.NAME" => "criteria.\"BEGINNING OF THE LINE\"",
        path => path,
    };
    let (tables, values): (Vec<&Opt>, Vec<&Opt>) = options.iter().partition(|o| is_section(o));
    if !values.is_empty() {
        text.push_str(&format!("### `[{path}]`\n\n{doc}\n\n"));
        rows(text, values.into_iter());
    }
    for option in tables {
        section(text, &format!("{path}.{}", option.key), option);
    }
}

fn rows<'a>(text: &mut String, options: impl Iterator<Item = &'a Opt>) {
    text.push_str("| key | value | default | meaning |\n|---|---|---|---|\n");
    for option in options {
        let default = match (option.required, option.default) {
            (true, _) => match option.alternative {
                Some(other) => format!("required, or `{other}`"),
                None => "required".to_owned(),
            },
            (false, Some(default)) => format!("`{default}`"),
            (false, None) => String::new(),
        };
        let doc = option.doc.replace('|', "\\|");
        text.push_str(&format!(
            "| `{}` | {} | {default} | {doc} |\n",
            option.key,
            value(&option.shape),
        ));
    }
    text.push('\n');
}

fn value(shape: &Shape) -> String {
    match shape {
        Shape::Text(Text::OneOf(allowed)) => listed(allowed).replace(" and ", " or "),
        Shape::Text(Text::Duration) => "span of time".to_owned(),
        Shape::Text(Text::Size) => "amount such as `2GiB`".to_owned(),
        Shape::Text(Text::Zone) => "time zone".to_owned(),
        Shape::Text(Text::Path) => "path".to_owned(),
        Shape::Text(Text::Inside) => "path inside the project".to_owned(),
        Shape::Text(Text::Step | Text::Address) => "address in the plan".to_owned(),
        Shape::Text(Text::Any | Text::Line | Text::Name | Text::FailureClass) => "text".to_owned(),
        Shape::Integer(low, i64::MAX) => format!("whole number, at least {low}"),
        Shape::Integer(low, high) => format!("whole number, {low} to {high}"),
        Shape::Number(low) => format!("number, at least {low}"),
        Shape::Flag => "`true` or `false`".to_owned(),
        Shape::List(Shape::Words) => "list of commands, each a list of arguments".to_owned(),
        Shape::List(item) => format!("list: {}", value(item)),
        Shape::Words => "list of arguments".to_owned(),
        Shape::Command => "command line, or list of arguments".to_owned(),
        Shape::Instruction => "text, or `true`".to_owned(),
        Shape::Map(map) => format!("table: {} by name", value(&map.value)),
        Shape::Free => "table of anything but dates".to_owned(),
        Shape::Table(_) | Shape::Kinds(_) => "table".to_owned(),
    }
}
