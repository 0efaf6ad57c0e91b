//! `[audit]`: what the auditor looks at.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[audit]`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// `[audit.docs]`.
    pub docs: AuditDocs,
    /// `[audit.links]`.
    pub links: AuditLinks,
    /// `[audit.code]`.
    pub code: AuditCode,
}

/// `[audit.docs]`: which documents must look how.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditDocs {
    /// Rules that come ready-made.
    pub preset: AuditPreset,
    /// Folder of the documents.
    pub root: Option<PathBuf>,
    /// Folder names that are left out wherever they occur below `root`.
    pub exclude: Option<Vec<String>>,
    /// Front-matter fields every document has.
    pub required: Vec<String>,
    /// Values `--fix` fills in for missing fields; `date`, `title` and `type` are derived.
    pub defaults: BTreeMap<String, String>,
    /// Allowed values by field.
    pub allowed: BTreeMap<String, Vec<String>>,
    /// Fields that hold dates.
    pub dates: Vec<String>,
    /// How dates are written.
    pub date_format: Option<String>,
    /// Whether file names begin with a time stamp.
    pub stamp: Option<bool>,
    /// Whether file names are words in lower case behind their prefix.
    pub words: Option<bool>,
    /// What a whole file name must match.
    pub pattern: Option<String>,
    /// JSON Schema of the front matter of every document.
    pub schema: Option<PathBuf>,
    /// Whether every folder of a kind has an index.
    pub index: Option<bool>,
    /// After how many days without a commit a document at work is stale.
    pub stale_after_days: Option<u32>,
    /// Kinds of document, by the `type` field's value.
    pub types: BTreeMap<String, AuditType>,
}

/// Rules for documents that come ready-made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditPreset {
    /// None: only what the configuration says.
    #[default]
    Generic,
    /// Those of AgentQMS, with the project's `.agentqms/settings.yaml`.
    Agentqms,
}

/// `[audit.docs.types.NAME]`: a kind of document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AuditType {
    /// What its file names begin with, after the time stamp.
    pub prefix: String,
    /// The folder it belongs in, relative to the documents' root.
    pub directory: PathBuf,
    /// JSON Schema of its front matter.
    #[serde(default)]
    pub schema: Option<PathBuf>,
}

/// `[audit.links]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditLinks {
    /// Files and folders whose Markdown is read.
    pub paths: Vec<PathBuf>,
}

impl Default for AuditLinks {
    fn default() -> Self {
        Self {
            paths: vec![PathBuf::from(".")],
        }
    }
}

/// `[audit.code]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditCode {
    /// What `ruff` looks at.
    pub ruff: Vec<PathBuf>,
    /// What `mypy` looks at, each on its own; none switches it off.
    pub mypy: Vec<PathBuf>,
    /// Time limit of one tool.
    pub timeout: String,
}

impl Default for AuditCode {
    fn default() -> Self {
        Self {
            ruff: vec![PathBuf::from(".")],
            mypy: Vec::new(),
            timeout: "10m".to_owned(),
        }
    }
}
