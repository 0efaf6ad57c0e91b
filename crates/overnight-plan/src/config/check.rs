//! Checks the tree of a TOML document against the table of options.
//!
//! Every problem is collected with its place, and the line of every key is noted, so that
//! later checks can name it too.

use std::path::{Component, Path};

use overnight_record::{FailureClass, PlanAddress, StepId};
use toml::Spanned;
use toml::de::{DeInteger, DeString, DeTable, DeValue};

use super::Origin;
use super::problem::ConfigProblem;
use super::shape::{Kind, Map, Opt, Shape, Text};
use crate::duration::parse_duration;
use crate::near::{listed, suggestion};
use crate::size::parse_size;

/// Where a document goes wrong.
#[derive(Debug)]
pub(super) struct Checker<'a> {
    text: &'a str,
    /// Where every key stands.
    pub(super) origin: Origin,
    pub(super) problems: Vec<ConfigProblem>,
}

/// Keys from the root to a value.
type Trail = Vec<String>;

impl<'a> Checker<'a> {
    pub(super) fn new(text: &'a str, origin: Origin) -> Self {
        Self {
            text,
            origin,
            problems: Vec::new(),
        }
    }

    /// Checks the whole document.
    pub(super) fn document(&mut self, root: &DeTable<'_>, options: &[Opt]) {
        self.table(root, 0, options, &Trail::new());
    }

    /// Reports a problem at a byte offset.
    pub(super) fn report(&mut self, at: usize, key: String, message: String, hint: Option<String>) {
        let (line, column) = place(self.text, at);
        self.problems.push(ConfigProblem {
            line,
            column,
            key,
            message,
            hint,
        });
    }

    fn table(&mut self, table: &DeTable<'_>, at: usize, options: &[Opt], trail: &Trail) {
        for (key, value) in table {
            let name: &str = key.get_ref();
            match options.iter().find(|option| option.key == name) {
                Some(option) => {
                    let trail = self.enter(trail, key);
                    self.value(value, &option.shape, &trail);
                }
                None => {
                    let known: Vec<&str> = options.iter().map(|option| option.key).collect();
                    self.unknown(key, &known, trail);
                }
            }
        }
        self.all_there(table, at, options, trail);
    }

    /// Reports options that must not be left out and were.
    fn all_there(&mut self, table: &DeTable<'_>, at: usize, options: &[Opt], trail: &Trail) {
        let has = |wanted: &str| table.iter().any(|(key, _)| key.get_ref() == wanted);
        for option in options.iter().filter(|option| option.required) {
            if !has(option.key) && !option.alternative.is_some_and(has) {
                self.missing(at, option, trail);
            }
        }
    }

    fn unknown(&mut self, key: &Spanned<DeString<'_>>, known: &[&str], trail: &Trail) {
        let place = if trail.is_empty() {
            "the file".to_owned()
        } else {
            format!("[{}]", written(trail))
        };
        let hint = suggestion(key.get_ref(), "known keys", known);
        let mut full = trail.clone();
        full.push(key.get_ref().to_string());
        self.report(
            key.span().start,
            written(&full),
            format!("unknown key `{}` in {place}", key.get_ref()),
            Some(hint),
        );
    }

    fn missing(&mut self, at: usize, option: &Opt, trail: &Trail) {
        let or = option
            .alternative
            .map_or_else(String::new, |other| format!(", or `{other}`"));
        let hint = option
            .example
            .map(|example| format!("write for example `{} = {example}`{or}", option.key));
        let message = format!("the key `{}` is missing", option.key);
        self.report(at, written(trail), message, hint);
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, shape: &Shape, trail: &Trail) {
        let at = match value.get_ref() {
            // What is missing in a table is reported where its name stands.
            DeValue::Table(_) => self.origin.places().get(trail).copied(),
            _ => None,
        }
        .unwrap_or(value.span().start);
        match (shape, value.get_ref()) {
            (Shape::Text(kind), DeValue::String(text)) => self.text(text, at, *kind, trail),
            (Shape::Integer(low, high), DeValue::Integer(number)) => {
                let is_inside = integer(number).is_some_and(|n| (*low..=*high).contains(&n));
                if !is_inside {
                    let range = match *high {
                        i64::MAX => format!("{low} or more"),
                        high => format!("{low} to {high}"),
                    };
                    self.out_of_range(at, &number.to_string(), &range, trail);
                }
            }
            (Shape::Number(low), DeValue::Integer(number)) => {
                if integer(number).is_none_or(|n| (n as f64) < *low) {
                    self.out_of_range(at, &number.to_string(), &format!("{low} or more"), trail);
                }
            }
            (Shape::Number(low), DeValue::Float(number)) => {
                let is_inside = |n: f64| n.is_finite() && n >= *low;
                if !number.as_str().parse().is_ok_and(is_inside) {
                    self.out_of_range(at, number.as_str(), &format!("{low} or more"), trail);
                }
            }
            (Shape::Flag, DeValue::Boolean(_)) => {}
            (Shape::List(item), DeValue::Array(values)) => {
                for value in values.iter() {
                    self.value(value, item, trail);
                }
            }
            (Shape::Words | Shape::Command, DeValue::Array(words)) => {
                for word in words.iter() {
                    self.value(word, &Shape::Text(Text::Any), trail);
                }
                let is_empty = |word: &Spanned<DeValue<'_>>| {
                    word.get_ref()
                        .as_str()
                        .is_some_and(|word| word.trim().is_empty())
                };
                if words.iter().next().is_none_or(is_empty) {
                    self.empty_command(at, trail);
                }
            }
            (Shape::Command, DeValue::String(line)) => {
                if line.trim().is_empty() {
                    self.empty_command(at, trail);
                }
            }
            (Shape::Instruction, DeValue::Boolean(true)) => {}
            (Shape::Instruction, DeValue::Boolean(false)) => {
                let hint = Some("leave it out, or write `agent = true`".to_owned());
                let message = "`agent = false` binds nothing".to_owned();
                self.report(at, written(trail), message, hint);
            }
            (Shape::Instruction, DeValue::String(words)) => {
                if words.trim().is_empty() {
                    self.report(at, written(trail), "it is empty".to_owned(), None);
                }
            }
            (Shape::Free, DeValue::Table(table)) => self.free(table, trail),
            (Shape::Table(options), DeValue::Table(table)) => {
                self.table(table, at, options, trail);
            }
            (Shape::Map(map), DeValue::Table(table)) => self.map(table, map, trail),
            (Shape::Kinds(kinds), DeValue::Table(table)) => self.kinds(table, at, kinds, trail),
            (shape, other) => {
                let message = format!("{} was expected, not {}", expected(shape), found(other));
                self.report(at, written(trail), message, None);
            }
        }
    }

    /// Values nobody here knows; they must only have a form in JSON.
    fn free(&mut self, table: &DeTable<'_>, trail: &Trail) {
        for (key, value) in table {
            let trail = self.enter(trail, key);
            self.free_value(value, &trail);
        }
    }

    fn free_value(&mut self, value: &Spanned<DeValue<'_>>, trail: &Trail) {
        let is_finite = |number: &str| number.parse::<f64>().is_ok_and(f64::is_finite);
        let what = match value.get_ref() {
            DeValue::Table(table) => return self.free(table, trail),
            DeValue::Array(values) => {
                return values.iter().for_each(|v| self.free_value(v, trail));
            }
            DeValue::Datetime(_) => "a date",
            DeValue::Float(number) if !is_finite(number.as_str()) => "a number that is not finite",
            DeValue::Integer(number) if integer(number).is_none() => "a number that large",
            _ => return,
        };
        let message = format!("{what} cannot be handed on");
        let hint = Some("write it as text".to_owned());
        self.report(value.span().start, written(trail), message, hint);
    }

    fn out_of_range(&mut self, at: usize, number: &str, range: &str, trail: &Trail) {
        let message = format!("{number} is out of range");
        let hint = Some(format!("write a number of {range}"));
        self.report(at, written(trail), message, hint);
    }

    fn empty_command(&mut self, at: usize, trail: &Trail) {
        let hint = Some("name a program".to_owned());
        self.report(at, written(trail), "the command is empty".to_owned(), hint);
    }

    fn map(&mut self, table: &DeTable<'_>, map: &Map, trail: &Trail) {
        for (key, value) in table {
            let trail = self.enter(trail, key);
            self.text(key.get_ref(), key.span().start, map.name, &trail);
            self.value(value, &map.value, &trail);
        }
    }

    fn kinds(&mut self, table: &DeTable<'_>, at: usize, kinds: &[Kind], trail: &Trail) {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
        let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == "kind") else {
            let hint = Some(format!("the kinds are {}", listed(&names)));
            self.report(
                at,
                written(trail),
                "the key `kind` is missing".to_owned(),
                hint,
            );
            return;
        };
        let kind_trail = self.enter(trail, key);
        let at_value = value.span().start;
        let Some(name) = value.get_ref().as_str() else {
            let message = format!("text was expected, not {}", found(value.get_ref()));
            self.report(at_value, written(&kind_trail), message, None);
            return;
        };
        let Some(kind) = kinds.iter().find(|kind| kind.name == name) else {
            let hint = suggestion(name, "kinds", &names);
            let message = format!("`{name}` is not allowed");
            self.report(at_value, written(&kind_trail), message, Some(hint));
            return;
        };
        let known: Vec<&str> = std::iter::once("kind")
            .chain(kind.options.iter().map(|option| option.key))
            .collect();
        for (key, value) in table {
            let option = kind.options.iter().find(|o| o.key == key.get_ref());
            if let Some(option) = option {
                let trail = self.enter(trail, key);
                self.value(value, &option.shape, &trail);
            } else if key.get_ref() != "kind" {
                self.unknown(key, &known, trail);
            }
        }
        self.all_there(table, at, kind.options, trail);
    }

    fn text(&mut self, text: &str, at: usize, kind: Text, trail: &Trail) {
        let problem = match kind {
            Text::Any => None,
            Text::OneOf(allowed) => (!allowed.contains(&text)).then(|| {
                let message = format!("`{text}` is not allowed");
                (
                    message,
                    Some(format!("the allowed values are {}", listed(allowed))),
                )
            }),
            Text::Line if text.trim().is_empty() => Some(("it is empty".to_owned(), None)),
            Text::Line if text.contains(['\n', '\r']) => {
                Some(("it has more than one line".to_owned(), None))
            }
            Text::Line => None,
            Text::Path if text.is_empty() => Some(("the path is empty".to_owned(), None)),
            Text::Path => None,
            Text::Inside => outside(text),
            Text::Duration => parse_duration(text).as_ref().err().map(explained),
            Text::Size => parse_size(text).as_ref().err().map(explained),
            Text::FailureClass => text.parse::<FailureClass>().as_ref().err().map(explained),
            Text::Zone => jiff::tz::TimeZone::get(text).err().map(|_| {
                let message = format!("`{text}` is not a time zone of this machine");
                let hint = "write an IANA name such as `Asia/Seoul`, `Europe/Berlin` or `UTC`";
                (message, Some(hint.to_owned()))
            }),
            Text::Name => (!is_name(text)).then(|| {
                let message = format!("`{text}` cannot be a name");
                let hint = "names are letters, digits, `-`, `_` and `.`, not `.` in front";
                (message, Some(hint.to_owned()))
            }),
            Text::Step => text.parse::<StepId>().as_ref().err().map(explained),
            Text::Address => text.parse::<PlanAddress>().as_ref().err().map(explained),
        };
        if let Some((message, hint)) = problem {
            self.report(at, written(trail), message, hint);
        }
    }

    fn enter(&mut self, trail: &Trail, key: &Spanned<DeString<'_>>) -> Trail {
        let mut trail = trail.clone();
        trail.push(key.get_ref().to_string());
        self.origin.note(trail.clone(), key.span().start);
        trail
    }
}

fn explained(error: &impl overnight_record::Diagnose) -> (String, Option<String>) {
    let hint = error.hint();
    (error.to_string(), hint)
}

fn outside(text: &str) -> Option<(String, Option<String>)> {
    let message = if text.is_empty() {
        "the path is empty".to_owned()
    } else if Path::new(text).is_absolute() {
        format!("`{text}` is an absolute path")
    } else if Path::new(text)
        .components()
        .any(|part| part == Component::ParentDir)
    {
        format!("`{text}` leads out of the project")
    } else {
        return None;
    };
    Some((
        message,
        Some("write a path inside the project, relative to it".to_owned()),
    ))
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('.')
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn integer(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn expected(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text(_) => "text",
        Shape::Integer(..) => "a whole number",
        Shape::Number(_) => "a number",
        Shape::Flag => "true or false",
        Shape::List(_) => "a list",
        Shape::Words => "a list of program and arguments",
        Shape::Command => "a command line or a list of arguments",
        Shape::Instruction => "text or true",
        Shape::Free | Shape::Table(_) | Shape::Map(_) | Shape::Kinds(_) => "a table",
    }
}

fn found(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Keys as they are written in a table header.
pub(super) fn written(trail: &[String]) -> String {
    let is_bare = |key: &str| {
        !key.is_empty()
            && key
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let keys: Vec<String> = trail
        .iter()
        .map(|key| match is_bare(key) {
            true => key.clone(),
            false => format!("\"{}\"", escaped(key)),
        })
        .collect();
    keys.join(".")
}

fn escaped(key: &str) -> String {
    let mut escaped = String::new();
    for c in key.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            c if c.is_control() => escaped.extend(c.escape_default()),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Line and column, in characters, of a byte offset; both from 1.
pub(super) fn place(text: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}
