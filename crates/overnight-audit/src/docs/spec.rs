//! What documents must look like, and what a rule is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::{DateFormat, NamePattern, Schema};
use crate::{Document, Violation, place};

/// The name of the schema that all kinds of document must satisfy.
pub const ANY_KIND: &str = "*";

/// A kind of document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocType {
    /// The value of the `type` field.
    pub name: String,
    /// What its file names begin with, after the time stamp.
    pub prefix: String,
    /// The folder it belongs in, relative to the documents' root.
    pub directory: String,
    /// Whether the `type` field must name this kind where the file name does.
    pub checks_type: bool,
    /// Values of missing fields of this kind, before the project's own.
    pub defaults: BTreeMap<String, String>,
}

/// The project's rules for its documents.
pub struct DocsSpec<'a> {
    /// Folder of the documents, relative to the project root, with forward slashes.
    pub root: String,
    /// Front-matter fields every document has, in the order they are written.
    pub required: Vec<String>,
    /// Values of missing fields that nothing can be derived for.
    pub defaults: BTreeMap<String, String>,
    /// Allowed values by field.
    pub allowed: BTreeMap<String, Vec<String>>,
    /// Kinds of document; none switches names and folders off.
    pub types: Vec<DocType>,
    /// Whether file names begin with a time stamp, where there are kinds.
    pub stamp: bool,
    /// Whether file names are words in lower case with hyphens behind their prefix.
    pub words: bool,
    /// What a whole file name must match.
    pub pattern: Option<NamePattern>,
    /// How dates are written.
    pub dates: DateFormat,
    /// Fields that hold dates.
    pub date_fields: Vec<String>,
    /// What the front matter of a kind must look like, by the kind's name; `*` is for all.
    pub schemas: BTreeMap<String, Schema>,
    /// Whether every folder of a kind has an index.
    pub index: bool,
    /// After how many days without a commit an active document is stale.
    pub stale_after_days: Option<u32>,
    /// The time at which ages are judged.
    pub now: Timestamp,
    /// When a file, by its path relative to the project root, entered the project's history.
    pub history: &'a dyn Fn(&str) -> Option<Timestamp>,
    /// Whether a path relative to the project root is taken.
    pub exists: &'a dyn Fn(&str) -> bool,
    /// When a file was last changed by a commit.
    pub changed: &'a dyn Fn(&str) -> Option<Timestamp>,
}

/// A rule about one document.
pub trait DocRule {
    /// The rule's id, in kebab case.
    fn id(&self) -> &'static str;

    /// Everything the rule objects to in `document`.
    fn check(&self, document: &Document, spec: &DocsSpec<'_>) -> Vec<Violation>;
}

/// What a file name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NameParts<'a> {
    /// The time stamp as written, when the name begins with one.
    pub(crate) stamp: Option<&'a str>,
    /// The name after the stamp, extension included.
    pub(crate) rest: &'a str,
}

impl DocsSpec<'_> {
    /// Whether no rule says anything about this document.
    pub(crate) fn is_exempt(&self, document: &Document) -> bool {
        document.name() == super::INDEX
    }

    /// The kind whose prefix the file name has; the longest prefix wins.
    pub(crate) fn type_of_name(&self, name: &str) -> Option<&DocType> {
        let rest = name_parts(name).rest;
        self.types
            .iter()
            .filter(|kind| !kind.prefix.is_empty() && rest.starts_with(&kind.prefix))
            .max_by_key(|kind| kind.prefix.len())
    }

    /// The kind that alone has the document's folder.
    pub(crate) fn type_of_folder(&self, document: &Document) -> Option<&DocType> {
        let mut kinds = self
            .types
            .iter()
            .filter(|kind| self.folder_of(kind) == document.folder());
        let first = kinds.next()?;
        kinds.next().is_none().then_some(first)
    }

    /// The folder of a kind, relative to the project root.
    pub(crate) fn folder_of(&self, kind: &DocType) -> String {
        // A folder above the project root is nobody's: it is shown as it is written.
        place::join(&self.root, &kind.directory).unwrap_or_else(|| kind.directory.clone())
    }
}

/// Splits `2025-12-25_0410_audit-x.md` into its stamp and the rest.
pub(crate) fn name_parts(name: &str) -> NameParts<'_> {
    let pattern = b"dddd-dd-dd_dddd_";
    let matches = name.len() > pattern.len()
        && name
            .bytes()
            .zip(pattern)
            .all(|(byte, wanted)| match wanted {
                b'd' => byte.is_ascii_digit(),
                wanted => byte == *wanted,
            });
    if matches {
        NameParts {
            stamp: Some(&name[..pattern.len() - 1]),
            rest: &name[pattern.len()..],
        }
    } else {
        NameParts {
            stamp: None,
            rest: name,
        }
    }
}

/// The moment a stamp names, when there is such a moment.
pub(crate) fn stamp_time(stamp: &str) -> Option<DateTime> {
    DateTime::strptime("%Y-%m-%d_%H%M", stamp).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_digits_in_place_and_a_time_only_if_there_is_one() {
        assert_eq!(
            name_parts("2025-12-25_0410_audit-x.md"),
            NameParts {
                stamp: Some("2025-12-25_0410"),
                rest: "audit-x.md"
            }
        );
        assert_eq!(name_parts("2025-12-25_041_audit-x.md").stamp, None);
        assert_eq!(name_parts("감사-보고서.md").rest, "감사-보고서.md");
        assert!(stamp_time("2025-12-25_0410").is_some());
        assert!(stamp_time("2025-13-45_9999").is_none());
    }
}
