//! What the rules about several documents know of each.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::Document;
use crate::front_matter::{FrontMatter, Value};

/// One document among the others; small, because all of them are held at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Path relative to the project root.
    pub(crate) path: String,
    /// Field `title`.
    pub(crate) title: Option<String>,
    /// Field `type`.
    pub(crate) kind: Option<String>,
    /// Field `status`.
    pub(crate) status: Option<String>,
    /// Field `date`.
    pub(crate) date: Option<String>,
    /// A hash of the text below the front matter; `None` when there is none.
    pub(crate) body: Option<u64>,
}

impl Entry {
    pub(crate) fn of(document: &Document) -> Self {
        let field = |key: &str| match &document.front_matter {
            FrontMatter::Fields(block) => match &block.field(key)?.value {
                Value::Scalar { text, .. } => Some(text.clone()),
                Value::Empty | Value::Other => None,
            },
            FrontMatter::Absent | FrontMatter::Broken { .. } => None,
        };
        let body = document.bytes[document.body_start()..].trim_ascii();
        let hash = || {
            let mut hasher = DefaultHasher::new();
            body.hash(&mut hasher);
            hasher.finish()
        };
        Self {
            path: document.path.clone(),
            title: field("title"),
            kind: field("type"),
            status: field("status"),
            date: field("date"),
            body: (!body.is_empty()).then(hash),
        }
    }

    /// The folder, without a slash at its end.
    pub(crate) fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The file name.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}
