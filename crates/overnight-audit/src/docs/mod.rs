//! The audit of documents: front matter, names, folders, and documents among each other.

mod agentqms;
mod commit_dates;
mod dates;
mod derive;
mod entry;
pub(crate) mod index;
mod mend;
mod moves;
mod name_pattern;
mod run;
mod schema;
mod scope;
pub(crate) mod spec;

pub use agentqms::{AgentQms, AgentQmsError};
pub use commit_dates::{CommitDates, DATES_FORMAT};
pub use dates::{DATE_FORMAT, DateFormat, DateFormatError};
pub use name_pattern::{NamePattern, NamePatternError};
pub use run::{DocsAudit, DocsOutcome, audit_docs};
pub use schema::{Schema, SchemaError};
pub use scope::DocsScope;
pub use spec::{ANY_KIND, DocRule, DocType, DocsSpec};

pub(crate) use dates::Reading;
pub(crate) use derive::known_value;
pub(crate) use entry::Entry;
pub(crate) use index::INDEX;
pub(crate) use moves::{place_of, spelled_otherwise};
