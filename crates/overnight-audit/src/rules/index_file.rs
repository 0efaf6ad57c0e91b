//! `index-file`: the index of a folder does not list the folder's documents.

use std::collections::{BTreeMap, BTreeSet};

use overnight_record::Severity;

use crate::docs::{Entry, INDEX, index};
use crate::{DocsSpec, Edit, Violation};

pub(super) const ID: &str = "index-file";

/// The folders of kinds whose index is missing or lists other documents than it should.
/// `indexes` holds the bytes of every index that is there, by its folder.
pub(crate) fn index_file(
    entries: &[Entry],
    indexes: &BTreeMap<String, Vec<u8>>,
    spec: &DocsSpec<'_>,
) -> Vec<Violation> {
    let kinds: BTreeSet<String> = spec.types.iter().map(|kind| spec.folder_of(kind)).collect();
    let mut found = Vec::new();
    for folder in kinds {
        let mut members: Vec<&Entry> = entries.iter().filter(|e| e.folder() == folder).collect();
        members.sort_by(|a, b| a.path.cmp(&b.path));
        let present = indexes.get(&folder);
        if members.is_empty() && present.is_none() {
            continue;
        }
        let path = match folder.as_str() {
            "" => INDEX.to_owned(),
            folder => format!("{folder}/{INDEX}"),
        };
        let violation =
            |message: &str| Violation::new(ID, Severity::Warning, &path, None, message.to_owned());
        let text = present.map(|bytes| std::str::from_utf8(bytes));
        let (violation, len) = match text {
            None => (violation("folder has no index"), 0),
            Some(Err(_)) => {
                found.push(violation("index is not UTF-8 text"));
                continue;
            }
            Some(Ok(text)) if index::is_current(text, &folder, &members) => continue,
            Some(Ok(text)) if index::is_generated(text) => (
                violation("index does not show the documents of its folder as they are"),
                text.len(),
            ),
            Some(Ok(_)) => {
                found.push(violation(
                    "index, written by hand, does not link to exactly the documents of its folder",
                ));
                continue;
            }
        };
        let edit = Edit {
            path: path.clone(),
            span: 0..len,
            replacement: index::render(&folder, &members),
        };
        found.push(violation.with_suggested_fix("write the index anew".to_owned(), vec![edit]));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_written_index_is_current_and_one_by_hand_is_left_alone() {
        let document = fixture::document(
            "docs/audits/2025-12-25_0410_audit-x.md",
            "---\ntitle: X\nstatus: active\n---\n",
        );
        let entries = [Entry::of(&document)];
        let spec = fixture::spec();
        let with = |text: Option<&str>| {
            let there = text.map(|text| ("docs/audits".to_owned(), text.as_bytes().to_vec()));
            index_file(&entries, &there.into_iter().collect(), &spec)
        };
        let missing = with(None);
        assert_eq!(missing.len(), 1);
        let written = &missing[0].edits[0].replacement;
        assert!(with(Some(written)).is_empty());
        let by_hand = with(Some("# Mine\n"));
        assert!(by_hand[0].finding.fix.is_none() && by_hand[0].edits.is_empty());
        let other = with(Some(
            "*This index is automatically generated. Do not edit.*",
        ));
        assert_eq!(&other[0].edits[0].replacement, written);
        assert!(index_file(&[], &BTreeMap::new(), &spec).is_empty());
    }
}
