//! The commented configuration that `init` writes.

use super::Config;
use super::options::OPTIONS;
use super::shape::{Map, Opt, Shape};

/// Longest line of a comment, in characters.
const WIDTH: usize = 92;

const HEAD: &str = "\
# overnight.toml: what the nights of this project run, and how.
#
# Lines that begin with `# ` explain. Lines that begin with `#` and no space are options
# that are off: take the `#` away to use them. Every option there is stands here, with its
# default where it has one. Spans of time are written like `90s`, `15m`, `4h` or `1h30m`;
# paths are relative to this file.
";

impl Config {
    /// A configuration that says what the defaults say, with every option there is and
    /// what it is for.
    pub fn example() -> String {
        example_with(|_| true)
    }
}

/// The example with those of its top-level tables that `keep` wants.
pub(crate) fn example_with(keep: impl Fn(&str) -> bool) -> String {
    let mut text = HEAD.to_owned();
    for option in OPTIONS.iter().filter(|option| keep(option.key)) {
        section(&mut text, option.key, option, "");
    }
    text
}

/// Writes an option that is a table, or several.
fn section(text: &mut String, path: &str, option: &Opt, off: &str) {
    text.push('\n');
    comment(text, option.doc);
    match option.shape {
        Shape::Table(options) => table(text, path, options, off),
        Shape::Map(map) => {
            for (index, sample) in map.samples.iter().enumerate() {
                if index > 0 {
                    text.push('\n');
                }
                named(text, &format!("{path}.{}", key(sample)), map, index);
            }
        }
        _ => {}
    }
}

fn named(text: &mut String, path: &str, map: &Map, index: usize) {
    match map.value {
        Shape::Kinds(kinds) => {
            let kind = &kinds[index];
            comment(text, kind.doc);
            text.push_str(&format!("#[{path}]\n#kind = \"{}\"\n", kind.name));
            for option in kind.options {
                line(text, option, "#");
            }
        }
        Shape::Table(options) => table(text, path, options, "#"),
        _ => {}
    }
}

/// Writes a table: first its values, then the tables in it.
fn table(text: &mut String, path: &str, options: &[Opt], off: &str) {
    let (tables, values): (Vec<&Opt>, Vec<&Opt>) = options.iter().partition(|o| is_section(o));
    if !values.is_empty() {
        text.push_str(&format!("{off}[{path}]\n"));
    }
    for option in values {
        line(text, option, off);
    }
    for option in tables {
        section(text, &format!("{path}.{}", option.key), option, off);
    }
}

pub(super) fn is_section(option: &Opt) -> bool {
    match option.shape {
        Shape::Table(_) => true,
        Shape::Map(map) => matches!(map.value, Shape::Table(_) | Shape::Kinds(_)),
        _ => false,
    }
}

fn line(text: &mut String, option: &Opt, off: &str) {
    comment(text, option.doc);
    match (option.default, option.example) {
        (Some(default), Some(example)) => {
            comment(text, &format!("Example: {example}"));
            text.push_str(&format!("{off}{} = {default}\n", option.key));
        }
        (Some(default), None) => text.push_str(&format!("{off}{} = {default}\n", option.key)),
        (None, Some(example)) => text.push_str(&format!("#{} = {example}\n", option.key)),
        (None, None) => {}
    }
}

/// Writes a comment, wrapped between words.
pub(crate) fn comment(text: &mut String, words: &str) {
    let mut width = 0;
    for word in words.split(' ') {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > WIDTH {
            text.push('\n');
            width = 0;
        }
        if width == 0 {
            text.push('#');
            width = 1;
        }
        text.push(' ');
        text.push_str(word);
        width += 1 + length;
    }
    text.push('\n');
}

/// A key as TOML wants it.
pub(crate) fn key(name: &str) -> String {
    super::check::written(&[name.to_owned()])
}
