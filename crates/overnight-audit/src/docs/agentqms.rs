//! The preset `agentqms`: the artifact rules of AgentQMS, as its own validator has them.
//!
//! Where it deviates from that validator, and why, is listed in `docs/audit.md`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::DocType;
use crate::yaml::{self, YamlError};

/// Fields its validator asks for, in the order its templates write them.
const REQUIRED: [&str; 7] = [
    "title",
    "date",
    "type",
    "category",
    "status",
    "version",
    "ads_version",
];

const TYPES: [&str; 15] = [
    "implementation_plan",
    "assessment",
    "audit",
    "design",
    "research",
    "template",
    "bug_report",
    "session_note",
    "completion_summary",
    "vlm_report",
    "change_request",
    "decision_record",
    "meeting_notes",
    "specification",
    "ocr_experiment_report",
];

const CATEGORIES: [&str; 12] = [
    "development",
    "architecture",
    "evaluation",
    "compliance",
    "code_quality",
    "reference",
    "planning",
    "research",
    "troubleshooting",
    "governance",
    "meeting",
    "security",
];

const STATUSES: [&str; 9] = [
    "active",
    "draft",
    "completed",
    "archived",
    "deprecated",
    "approved",
    "deferred",
    "pending",
    "rejected",
];

/// Type, prefix, folder, category of a document that has none, and whether the `type` field
/// is compared with the file name.
const KINDS: [(&str, &str, &str, &str, bool); 15] = [
    (
        "implementation_plan",
        "implementation_plan_",
        "implementation_plans",
        "planning",
        true,
    ),
    (
        "assessment",
        "assessment-",
        "assessments",
        "evaluation",
        true,
    ),
    ("audit", "audit-", "audits", "compliance", true),
    (
        "design",
        "design-",
        "design_documents",
        "architecture",
        true,
    ),
    ("research", "research-", "research", "research", true),
    ("template", "template-", "templates", "reference", true),
    ("bug_report", "BUG_", "bug_reports", "troubleshooting", true),
    (
        "session_note",
        "SESSION_",
        "completed_plans/completion_summaries/session_notes",
        "reference",
        true,
    ),
    (
        "completion_summary",
        "completion_summary_",
        "completed_plans/completion_summaries",
        "reference",
        true,
    ),
    (
        "vlm_report",
        "vlm_report_",
        "vlm_reports",
        "evaluation",
        true,
    ),
    (
        "change_request",
        "CR_",
        "change_requests",
        "governance",
        false,
    ),
    (
        "change_request",
        "change_request_",
        "change_requests",
        "governance",
        false,
    ),
    (
        "decision_record",
        "DR_",
        "decision_records",
        "governance",
        false,
    ),
    (
        "specification",
        "SPEC_",
        "specifications",
        "architecture",
        false,
    ),
    (
        "ocr_experiment_report",
        "ocr_experiment_",
        "experiments",
        "research",
        false,
    ),
];

/// What `.agentqms/settings.yaml` says about documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentQms {
    /// `paths.artifacts`.
    pub root: String,
    /// `validation.excluded_directories`.
    pub exclude: Vec<String>,
    /// `framework.timezone`.
    pub zone: String,
}

impl Default for AgentQms {
    fn default() -> Self {
        let exclude = [
            "archive",
            "deprecated",
            "DEPRECATED-ALLCAPS-DOCS",
            "features",
            "implementation_guides",
            "specs",
        ];
        Self {
            root: "docs/artifacts".to_owned(),
            exclude: exclude.map(str::to_owned).into(),
            zone: "Asia/Seoul".to_owned(),
        }
    }
}

/// Settings that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgentQmsError {
    /// They are not YAML.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// A setting has another form.
    #[error("`{key}` is not {wanted}")]
    Form {
        /// The setting, with dots.
        key: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
}

impl AgentQms {
    /// Reads the settings. What is not set has the value that AgentQMS gives it.
    ///
    /// # Errors
    /// [`AgentQmsError`] for text that is no YAML and settings of another form.
    pub fn read(settings: &str) -> Result<Self, AgentQmsError> {
        let settings = yaml::read(settings)?;
        let mut read = Self::default();
        if let Some(root) = text(&settings, "/paths/artifacts", "paths.artifacts")? {
            read.root = root.trim_end_matches('/').to_owned();
        }
        if let Some(zone) = text(&settings, "/framework/timezone", "framework.timezone")? {
            read.zone = zone;
        }
        let key = "validation.excluded_directories";
        match settings.pointer("/validation/excluded_directories") {
            None | Some(Value::Null) => {}
            Some(value) => {
                let names = value.as_array().and_then(|list| {
                    let names = list.iter().map(|name| name.as_str().map(str::to_owned));
                    names.collect::<Option<Vec<String>>>()
                });
                read.exclude = names.ok_or(AgentQmsError::Form {
                    key,
                    wanted: "a list of names",
                })?;
            }
        }
        Ok(read)
    }

    /// The fields every document has.
    pub fn required() -> Vec<String> {
        REQUIRED.map(str::to_owned).into()
    }

    /// Allowed values by field.
    pub fn allowed() -> BTreeMap<String, Vec<String>> {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        BTreeMap::from([
            ("type".to_owned(), words(&TYPES)),
            ("category".to_owned(), words(&CATEGORIES)),
            ("status".to_owned(), words(&STATUSES)),
        ])
    }

    /// Values of missing fields.
    pub fn defaults() -> BTreeMap<String, String> {
        [
            ("ads_version", "1.0"),
            ("version", "1.0"),
            ("status", "active"),
            ("category", "development"),
        ]
        .map(|(field, value)| (field.to_owned(), value.to_owned()))
        .into()
    }

    /// Its kinds of document.
    pub fn types() -> Vec<DocType> {
        KINDS
            .map(|(name, prefix, directory, category, checks_type)| DocType {
                name: name.to_owned(),
                prefix: prefix.to_owned(),
                directory: directory.to_owned(),
                checks_type,
                defaults: [("category".to_owned(), category.to_owned())].into(),
            })
            .into()
    }
}

fn text(
    settings: &Value,
    pointer: &str,
    key: &'static str,
) -> Result<Option<String>, AgentQmsError> {
    match settings.pointer(pointer) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(AgentQmsError::Form {
            key,
            wanted: "text",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_the_rest_is_as_agentqms_has_it() {
        let read = AgentQms::read(
            "framework:\n  timezone: \"Asia/Tokyo\" # ours\npaths:\n  artifacts: notes/\nvalidation:\n  excluded_directories: [old]\n",
        )
        .unwrap();
        assert_eq!(
            read,
            AgentQms {
                root: "notes".to_owned(),
                exclude: vec!["old".to_owned()],
                zone: "Asia/Tokyo".to_owned(),
            }
        );
        assert_eq!(AgentQms::read("").unwrap(), AgentQms::default());
    }

    #[test]
    fn settings_of_another_form_are_named() {
        let error = AgentQms::read("paths:\n  artifacts: [a]\n").unwrap_err();
        assert_eq!(error.to_string(), "`paths.artifacts` is not text");
        let error = AgentQms::read("validation: {excluded_directories: archive}").unwrap_err();
        assert!(error.to_string().contains("a list of names"));
        assert!(AgentQms::read("a: [").is_err());
    }

    #[test]
    fn its_defaults_satisfy_its_own_rules() {
        let allowed = AgentQms::allowed();
        for kind in AgentQms::types() {
            assert!(allowed["type"].contains(&kind.name), "{kind:?}");
            assert!(allowed["category"].contains(&kind.defaults["category"]));
        }
        assert!(allowed["status"].contains(&AgentQms::defaults()["status"]));
    }
}
