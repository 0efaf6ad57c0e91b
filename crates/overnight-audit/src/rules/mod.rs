//! Our own rules: one file each, named by the rule's id, with a page in `docs/rules/`.

mod broken_anchor;
pub(crate) mod broken_link;
mod directory;
mod duplicate_document;
mod external_link;
mod file_name;
mod file_name_pattern;
mod file_name_words;
mod front_matter_date;
mod front_matter_invalid;
mod front_matter_missing;
mod front_matter_required;
mod front_matter_schema;
mod front_matter_value;
mod index_file;
mod stale_document;
mod type_mismatch;
mod unreadable_file;

pub(crate) use broken_anchor::broken_anchor;
pub(crate) use duplicate_document::duplicate_document;
pub(crate) use external_link::external_link;
pub(crate) use index_file::index_file;
pub(crate) use stale_document::stale_document;
pub(crate) use unreadable_file::unreadable_file;

use crate::DocRule;

/// The ids of all our rules, sorted.
pub const RULE_IDS: [&str; 18] = [
    broken_anchor::ID,
    broken_link::ID,
    directory::ID,
    duplicate_document::ID,
    external_link::ID,
    file_name::ID,
    file_name_pattern::ID,
    file_name_words::ID,
    front_matter_date::ID,
    front_matter_invalid::ID,
    front_matter_missing::ID,
    front_matter_required::ID,
    front_matter_schema::ID,
    front_matter_value::ID,
    index_file::ID,
    stale_document::ID,
    type_mismatch::ID,
    unreadable_file::ID,
];

/// The rules about one document, in the order their findings are shown.
pub(crate) fn doc_rules() -> Vec<Box<dyn DocRule>> {
    vec![
        Box::new(file_name::FileName),
        Box::new(file_name_pattern::FileNamePattern),
        Box::new(file_name_words::FileNameWords),
        Box::new(directory::Directory),
        Box::new(front_matter_invalid::FrontMatterInvalid),
        Box::new(front_matter_missing::FrontMatterMissing),
        Box::new(front_matter_required::FrontMatterRequired),
        Box::new(front_matter_value::FrontMatterValue),
        Box::new(front_matter_date::FrontMatterDate),
        Box::new(front_matter_schema::FrontMatterSchema),
        Box::new(type_mismatch::TypeMismatch),
    ]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_rule_has_its_page_and_its_file() {
        assert!(RULE_IDS.is_sorted());
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        for id in RULE_IDS {
            let page = here.join(format!("../../docs/rules/{id}.md"));
            let text = std::fs::read_to_string(&page).unwrap_or_default();
            assert!(text.starts_with(&format!("# {id}\n")), "{}", page.display());
            let file = here.join(format!("src/rules/{}.rs", id.replace('-', "_")));
            assert!(file.exists(), "{}", file.display());
        }
    }
}
