//! Sentences of ours with words from outside in them, before they are Markdown or HTML.

use std::fmt;

use crate::facts::Place;
use crate::text;

// Text made fit to be shown holds no control characters, so nothing from outside can forge them.
const NAME: char = '\u{2}';
const PROSE: char = '\u{5}';
const FILE: char = '\u{6}';
const SHOWN: char = '\u{4}';
const END: char = '\u{3}';

/// A name from outside (a backend, a file, a sample) for a `format!` that becomes [`Words`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name<'a>(pub(crate) &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{NAME}{}{END}", text::line(self.0))
    }
}

/// A sentence or a part of one from outside (a definition, a reason), likewise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prose<'a>(pub(crate) &'a str);

impl fmt::Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PROSE}{}{END}", text::line(self.0))
    }
}

/// A file that a result names, likewise: a name, and a link where one leads to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct File<'a>(pub(crate) &'a Place);

impl fmt::Display for File<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.href {
            // A link holds no control characters either: they are percent-encoded.
            Some(href) => write!(f, "{FILE}{href}{SHOWN}{}{END}", text::line(&self.0.shown)),
            None => write!(f, "{}", Name(&self.0.shown)),
        }
    }
}

/// Where a run of text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Written here.
    Ours,
    /// A name from outside.
    Name,
    /// Other text from outside.
    Prose,
}

/// A run of text of one origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run<'a> {
    pub(crate) origin: Origin,
    pub(crate) text: &'a str,
    /// Where a name leads to.
    pub(crate) href: Option<&'a str>,
}

impl Run<'_> {
    pub(crate) fn is_name(&self) -> bool {
        self.origin == Origin::Name
    }

    pub(crate) fn is_prose(&self) -> bool {
        self.origin == Origin::Prose
    }

    /// The text with numbers kept on the line of their units.
    pub(crate) fn unbroken(&self) -> String {
        let mut out = String::with_capacity(self.text.len() + 8);
        let mut chars = self.text.chars().peekable();
        while let Some(c) = chars.next() {
            let is_unit = |next: &char| *next == '%' || next.is_ascii_lowercase();
            let is_bound = c == ' '
                && out.ends_with(|last: char| last.is_ascii_digit())
                && chars.peek().is_some_and(is_unit);
            out.push(if is_bound { '\u{a0}' } else { c });
        }
        out
    }
}

/// Text whose parts know where they come from. Made of a `format!` with [`Name`] and [`Prose`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Words(String);

impl From<String> for Words {
    fn from(marked: String) -> Self {
        Self(marked)
    }
}

impl From<&str> for Words {
    fn from(marked: &str) -> Self {
        Self(marked.to_owned())
    }
}

impl Words {
    /// The text in runs, in order; none of them is empty.
    pub(crate) fn runs(&self) -> Vec<Run<'_>> {
        let mut runs = Vec::new();
        let mut origin = Origin::Ours;
        let mut href = None;
        let mut rest = self.0.as_str();
        while !rest.is_empty() {
            let end = rest.find([NAME, PROSE, FILE, END]).unwrap_or(rest.len());
            let (text, after) = rest.split_at(end);
            if !text.is_empty() {
                runs.push(Run { origin, text, href });
            }
            let mut after = after.chars();
            (origin, href, rest) = match (after.next(), after.as_str()) {
                (Some(NAME), rest) => (Origin::Name, None, rest),
                (Some(PROSE), rest) => (Origin::Prose, None, rest),
                (Some(FILE), rest) => match rest.split_once(SHOWN) {
                    Some((href, rest)) => (Origin::Name, Some(href), rest),
                    None => (Origin::Name, None, rest),
                },
                (_, rest) => (Origin::Ours, None, rest),
            };
        }
        runs
    }

    /// The text alone, fit to be shown.
    pub(crate) fn unmarked(&self) -> String {
        self.runs().iter().map(|run| run.text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stays_with_its_unit() {
        let run = Run {
            origin: Origin::Ours,
            text: " CER 3.2 % on 40 samples, 5 [4, 6] ",
            href: None,
        };
        assert_eq!(
            run.unbroken(),
            " CER 3.2\u{a0}% on 40\u{a0}samples, 5 [4, 6] "
        );
    }

    #[test]
    fn nothing_from_outside_passes_for_ours() {
        let name = "a\u{3} b\u{2}";
        let words = Words::from(format!("Send to {}: {}.", Name(name), Prose("x\ny")));
        let runs: Vec<_> = words
            .runs()
            .into_iter()
            .map(|run| (run.origin, run.text))
            .collect();
        assert_eq!(
            runs,
            [
                (Origin::Ours, "Send to "),
                (Origin::Name, "a\u{2403} b\u{2402}"),
                (Origin::Ours, ": "),
                (Origin::Prose, "x y"),
                (Origin::Ours, "."),
            ]
        );
    }

    #[test]
    fn a_file_is_a_name_that_leads_somewhere() {
        let mut place = Place {
            shown: "data/a\u{4}b\u{202e}.jsonl".to_owned(),
            href: Some("../data/a%04b%E2%80%AE.jsonl".to_owned()),
        };
        let words = Words::from(format!("In {}.", File(&place)));
        let shown = Run {
            origin: Origin::Name,
            text: "data/a\u{2404}b\u{27e8}U+202E\u{27e9}.jsonl",
            href: Some("../data/a%04b%E2%80%AE.jsonl"),
        };
        assert_eq!(words.runs()[1], shown);
        assert_eq!(words.runs()[2].href, None);
        place.href = None;
        let words = Words::from(format!("{}", File(&place)));
        assert_eq!(
            words.runs(),
            [Run {
                href: None,
                ..shown
            }]
        );
    }
}
