//! The audit of documents: front matter, names and folders.

mod derive;
mod mend;
mod run;
pub(crate) mod spec;

pub use run::{DocsAudit, audit_docs};
pub use spec::{DocRule, DocType, DocsSpec};

pub(crate) use derive::known_value;
