//! The rules for documents: the configuration on top of its preset.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use overnight_audit::{
    ANY_KIND, AgentQms, CommitDates, DATE_FORMAT, DateFormat, DocType, DocsScope, DocsSpec,
    NamePattern, Schema,
};
use overnight_plan::config::{AuditDocs, AuditPreset};
use overnight_record::ExitCode;

use super::scope;
use crate::context::Context;
use crate::failure::Failure;

/// Where AgentQMS keeps its settings, below the project.
const AGENTQMS_SETTINGS: &str = ".agentqms/settings.yaml";

/// The variable with which AgentQMS lets its users override `paths.artifacts`.
const AGENTQMS_ROOT: &str = "AGENTQMS_PATHS_ARTIFACTS";

/// The rules, without what git knows.
pub(super) struct DocsRules {
    /// Which files are documents.
    pub(super) scope: DocsScope,
    /// Where the root is set, for messages.
    pub(super) root_key: String,
    required: Vec<String>,
    defaults: BTreeMap<String, String>,
    allowed: BTreeMap<String, Vec<String>>,
    types: Vec<DocType>,
    stamp: bool,
    words: bool,
    pattern: Option<NamePattern>,
    dates: DateFormat,
    date_fields: Vec<String>,
    schemas: BTreeMap<String, Schema>,
    index: bool,
    stale_after_days: Option<u32>,
}

/// What a preset says before the configuration does.
struct Preset {
    root: String,
    root_key: String,
    exclude: Vec<String>,
    zone: Option<String>,
    required: Vec<String>,
    defaults: BTreeMap<String, String>,
    allowed: BTreeMap<String, Vec<String>>,
    types: Vec<DocType>,
    date_fields: Vec<String>,
    is_agentqms: bool,
}

impl DocsRules {
    /// Reads what the configuration names: settings of the preset, schemas.
    pub(super) fn read(context: &Context) -> Result<Self, Failure> {
        let config = context.config()?;
        let docs = &config.audit.docs;
        let preset = match docs.preset {
            AuditPreset::Generic => Preset::generic(),
            AuditPreset::Agentqms => Preset::agentqms(context)?,
        };
        let (root, root_key) = match &docs.root {
            Some(root) => (root.clone(), "[audit.docs] root".to_owned()),
            None => (preset.root.into(), preset.root_key),
        };
        let zone = zone(preset.zone.as_deref().unwrap_or(&config.project.timezone))?;
        let format = docs.date_format.as_deref().unwrap_or(DATE_FORMAT);
        let dates = DateFormat::new(format, zone)
            .map_err(|error| refused(&error.to_string(), "mend [audit.docs] date_format"))?;
        let pattern = docs.pattern.as_deref().map(NamePattern::new).transpose();
        Ok(Self {
            scope: DocsScope {
                root: scope::in_project(&root, &root_key, context)?,
                exclude: docs.exclude.clone().unwrap_or(preset.exclude),
                only_folders: preset.is_agentqms,
            },
            root_key,
            required: or_else(&docs.required, preset.required),
            defaults: merged(preset.defaults, &docs.defaults),
            allowed: merged(preset.allowed, &docs.allowed),
            types: types(preset.types, docs),
            stamp: docs.stamp.unwrap_or(true),
            words: docs.words.unwrap_or(preset.is_agentqms),
            pattern: pattern
                .map_err(|error| refused(&error.to_string(), "mend [audit.docs] pattern"))?,
            dates,
            date_fields: or_else(&docs.dates, preset.date_fields),
            schemas: schemas(docs, context)?,
            index: docs.index.unwrap_or(preset.is_agentqms),
            stale_after_days: docs.stale_after_days,
        })
    }

    /// The specification of an audit at the time `now`.
    pub(super) fn spec<'a>(self, now: Timestamp, asked: &'a Asked<'a>) -> DocsSpec<'a> {
        DocsSpec {
            root: self.scope.root,
            required: self.required,
            defaults: self.defaults,
            allowed: self.allowed,
            types: self.types,
            stamp: self.stamp,
            words: self.words,
            pattern: self.pattern,
            dates: self.dates,
            date_fields: self.date_fields,
            schemas: self.schemas,
            index: self.index,
            stale_after_days: self.stale_after_days,
            now,
            history: &asked.first,
            changed: &asked.last,
            exists: &asked.exists,
        }
    }
}

/// Finds the date of a path.
type DateOf<'a> = Box<dyn Fn(&str) -> Option<Timestamp> + 'a>;

/// What a rule may ask about a path.
pub(super) struct Asked<'a> {
    first: DateOf<'a>,
    last: DateOf<'a>,
    exists: Box<dyn Fn(&str) -> bool + 'a>,
}

impl<'a> Asked<'a> {
    /// Answers from git's log and the project's folder; `dates` is asked when first needed.
    pub(super) fn new(project: &'a Path, dates: &'a dyn Fn() -> &'a CommitDates) -> Self {
        Self {
            first: Box::new(move |path| dates().first(path)),
            last: Box::new(move |path| dates().last(path)),
            exists: Box::new(move |path| project.join(path).symlink_metadata().is_ok()),
        }
    }
}

impl Preset {
    fn generic() -> Self {
        Self {
            root: "docs".to_owned(),
            root_key: "[audit.docs] root".to_owned(),
            exclude: Vec::new(),
            zone: None,
            required: Vec::new(),
            defaults: BTreeMap::new(),
            allowed: BTreeMap::new(),
            types: Vec::new(),
            date_fields: Vec::new(),
            is_agentqms: false,
        }
    }

    fn agentqms(context: &Context) -> Result<Self, Failure> {
        let path = context.project.join(AGENTQMS_SETTINGS);
        let mut settings = match fs::read_to_string(&path) {
            Ok(text) => AgentQms::read(&text).map_err(|error| {
                refused(
                    &format!("failed to read {}: {error}", path.display()),
                    "mend the settings, or set [audit.docs] preset = \"generic\"",
                )
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => AgentQms::default(),
            Err(error) => {
                return Err(refused(
                    &format!("failed to read {}: {error}", path.display()),
                    "mend the settings, or set [audit.docs] preset = \"generic\"",
                ));
            }
        };
        let mut root_key = format!("paths.artifacts of {AGENTQMS_SETTINGS}");
        let given = std::env::var(AGENTQMS_ROOT).ok();
        if let Some(root) = given.filter(|root| !root.trim().is_empty()) {
            settings.root = root;
            root_key = AGENTQMS_ROOT.to_owned();
        }
        Ok(Self {
            root: settings.root,
            root_key,
            exclude: settings.exclude,
            zone: Some(settings.zone),
            required: AgentQms::required(),
            defaults: AgentQms::defaults(),
            allowed: AgentQms::allowed(),
            types: AgentQms::types(),
            date_fields: vec!["date".to_owned()],
            is_agentqms: true,
        })
    }
}

/// The kinds of the preset, those that the configuration names replaced.
fn types(preset: Vec<DocType>, docs: &AuditDocs) -> Vec<DocType> {
    let own = docs.types.iter().map(|(name, kind)| DocType {
        name: name.clone(),
        prefix: kind.prefix.clone(),
        directory: kind.directory.to_string_lossy().into_owned(),
        checks_type: true,
        defaults: BTreeMap::new(),
    });
    let kept = preset
        .into_iter()
        .filter(|kind| !docs.types.contains_key(&kind.name));
    kept.chain(own).collect()
}

fn schemas(docs: &AuditDocs, context: &Context) -> Result<BTreeMap<String, Schema>, Failure> {
    let of_all = docs.schema.iter().map(|path| (ANY_KIND, path));
    let of_kinds = docs.types.iter().filter_map(|(name, kind)| {
        let path = kind.schema.as_ref()?;
        Some((name.as_str(), path))
    });
    let read = |path: &Path| -> Result<Schema, String> {
        let text = fs::read_to_string(context.project.join(path)).map_err(|e| e.to_string())?;
        let value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Schema::read(&value).map_err(|error| error.to_string())
    };
    of_all
        .chain(of_kinds)
        .map(|(name, path)| match read(path) {
            Ok(schema) => Ok((name.to_owned(), schema)),
            Err(problem) => Err(refused(
                &format!("failed to read the schema {}: {problem}", path.display()),
                "the keywords that are known stand in docs/rules/front-matter-schema.md",
            )),
        })
        .collect()
}

fn zone(name: &str) -> Result<TimeZone, Failure> {
    TimeZone::get(name).map_err(|error| {
        refused(
            &format!("failed to find the time zone `{name}`: {error}"),
            "write an IANA name such as `Asia/Seoul` as [project] timezone",
        )
    })
}

fn or_else(own: &[String], preset: Vec<String>) -> Vec<String> {
    if own.is_empty() { preset } else { own.to_vec() }
}

fn merged<T: Clone>(
    mut preset: BTreeMap<String, T>,
    own: &BTreeMap<String, T>,
) -> BTreeMap<String, T> {
    preset.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
    preset
}

fn refused(message: &str, hint: &str) -> Failure {
    Failure::with_hint(ExitCode::Usage, message.to_owned(), hint)
}
