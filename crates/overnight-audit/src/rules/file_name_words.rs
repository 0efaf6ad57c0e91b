//! `file-name-words`: the name behind the prefix is made of words in lower case.

use overnight_record::Severity;

use crate::docs::spec::name_parts;
use crate::{DocRule, DocsSpec, Document, Violation};

pub(super) const ID: &str = "file-name-words";

pub(super) struct FileNameWords;

impl DocRule for FileNameWords {
    fn id(&self) -> &'static str {
        ID
    }

    fn check(&self, document: &Document, spec: &DocsSpec<'_>) -> Vec<Violation> {
        if !spec.words {
            return Vec::new();
        }
        let name = document.name();
        let rest = name_parts(name).rest;
        let prefix = match spec.type_of_name(name) {
            Some(kind) => kind.prefix.as_str(),
            // The prefix is the first thing to mend; `file-name` says so.
            None if !spec.types.is_empty() => return Vec::new(),
            None => "",
        };
        let words = &rest[prefix.len()..];
        let words = words.rsplit_once('.').map_or(words, |(stem, _)| stem);
        let problem = if pieces(words).all(str::is_empty) {
            "file name says nothing behind its prefix".to_owned()
        } else if let Some(word) = pieces(words).find(|word| word.chars().any(char::is_uppercase)) {
            format!("`{word}` in the file name is not in lower case")
        } else if let Some(c) = words.chars().find(|c| !is_of_name(*c)) {
            format!("`{c}` in the file name is no letter, digit, hyphen or underscore")
        } else {
            return Vec::new();
        };
        vec![
            Violation::new(ID, Severity::Error, &document.path, None, problem)
                .with_evidence(words.to_owned()),
        ]
    }
}

fn pieces(words: &str) -> impl Iterator<Item = &str> {
    words.split(['-', '_'])
}

/// Letters of any script, the marks that belong to them, and what joins words.
fn is_of_name(c: char) -> bool {
    matches!(c, '-' | '_') || c.is_numeric() || unicode_ident::is_xid_continue(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn message(words: &str) -> Option<String> {
        let mut spec = fixture::spec();
        spec.words = true;
        let path = format!("docs/audits/2025-12-25_0410_audit-{words}.md");
        let found = FileNameWords.check(&fixture::document(&path, ""), &spec);
        found.into_iter().next().map(|v| v.finding.message)
    }

    #[test]
    fn words_of_any_script_are_fine() {
        for words in [
            "link-check",
            "한국어-점검",
            "한글",
            "한글",
            "001_dominant-edge",
            "日本語-1",
            "x",
            "a---b-",
        ] {
            assert_eq!(message(words), None, "{words}");
        }
    }

    #[test]
    fn capitals_spaces_dots_and_nothing_are_not() {
        for (words, part) in [
            ("", "says nothing"),
            ("ALL-CAPS", "`ALL`"),
            ("x-Y", "`Y`"),
            ("two words", "` `"),
            ("v1.2", "`.`"),
            ("--", "says nothing"),
        ] {
            let said = message(words).unwrap_or_default();
            assert!(said.contains(part), "{words}: {said}");
        }
    }

    #[test]
    fn it_is_silent_unless_asked() {
        let document = fixture::document("docs/audits/2025-12-25_0410_audit-X.md", "");
        assert!(FileNameWords.check(&document, &fixture::spec()).is_empty());
    }
}
