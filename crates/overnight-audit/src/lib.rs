//! Documents, links and code quality: one rule per file, findings, fixes as text edits.
//!
//! This crate starts no process and prints nothing. It reads the project's files, writes
//! only what a fix changes, and parses the machine output of tools the binary ran.
//! How front matter is mended is described in `docs/rules/`.

pub mod code;
mod diff;
mod docs;
mod document;
mod edit;
mod files;
mod fix_level;
#[cfg(test)]
mod fixture;
mod front_matter;
pub mod links;
mod outcome;
pub mod place;
mod rules;
mod scalar;
mod source_file;
mod summary;
mod violation;
pub mod yaml;

pub use diff::unified;
pub use docs::{
    ANY_KIND, AgentQms, AgentQmsError, CommitDates, DATE_FORMAT, DATES_FORMAT, DateFormat,
    DateFormatError, DocRule, DocType, DocsAudit, DocsOutcome, DocsScope, DocsSpec, NamePattern,
    NamePatternError, Schema, SchemaError, audit_docs,
};
pub use document::Document;
pub use edit::{Edit, EditError, apply};
pub use files::{Files, FilesError, is_linked, is_markdown, is_python};
pub use fix_level::FixLevel;
pub use front_matter::{Field, FieldBlock, FrontMatter, Quote, Value};
pub use links::{LinksAudit, audit_links};
pub use outcome::AuditOutcome;
pub use rules::RULE_IDS;
pub use summary::summarise;
pub use violation::Violation;
