//! `overnight audit docs`.

use std::path::Path;

use jiff::tz::TimeZone;
use overnight_audit::{
    AuditOutcome, DocType, DocsAudit, DocsSpec, Files, audit_docs, is_markdown, place,
};
use overnight_plan::config::AuditDocs;
use overnight_record::ExitCode;

use super::{Selection, repository, scope};
use crate::context::Context;
use crate::failure::Failure;

pub(super) fn run(selection: &Selection, context: &Context) -> Result<AuditOutcome, Failure> {
    let config = &context.config()?.audit.docs;
    let root = scope::in_project(&config.root, "[audit.docs] root", context)?;
    let paths = scope::paths(
        selection,
        std::slice::from_ref(&config.root),
        "[audit.docs] root",
        context,
    )?;
    let listing = repository::listing(context);
    let files = Files {
        project: &context.project,
        listing: listing.as_deref(),
    }
    .collect(&paths, is_markdown)?;
    let files: Vec<String> = files
        .into_iter()
        .filter(|file| is_judged(file, &root, config))
        .collect();
    if files.is_empty() && !selection.paths.is_empty() {
        return Err(Failure::with_hint(
            ExitCode::Usage,
            format!(
                "no document below {} is among the paths given",
                config.root.display()
            ),
            "documents are the Markdown files below [audit.docs] root",
        ));
    }
    let history = |path: &str| repository::first_commit(context, path);
    Ok(audit_docs(&DocsAudit {
        project: &context.project,
        files: &files,
        spec: spec(config, root, zone(context)?, &history),
        fix: selection.fix.is_some() && !selection.diff,
        progress: &context.progress(),
        stop: &context.stop,
    }))
}

/// Below the root, and in no folder that is left out.
fn is_judged(file: &str, root: &str, config: &AuditDocs) -> bool {
    if !place::is_within(file, root) {
        return false;
    }
    let below = file[root.len()..].trim_start_matches('/');
    let folders = below.rsplit_once('/').map_or("", |(folders, _)| folders);
    !folders
        .split('/')
        .any(|folder| config.exclude.iter().any(|name| name == folder))
}

fn spec<'a>(
    config: &AuditDocs,
    root: String,
    zone: TimeZone,
    history: &'a dyn Fn(&str) -> Option<jiff::Timestamp>,
) -> DocsSpec<'a> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    DocsSpec {
        root,
        required: config.required.clone(),
        defaults: config.defaults.clone(),
        allowed: config.allowed.clone(),
        types: config
            .types
            .iter()
            .map(|(name, kind)| DocType {
                name: name.clone(),
                prefix: kind.prefix.clone(),
                directory: text(&kind.directory),
            })
            .collect(),
        zone,
        history,
    }
}

fn zone(context: &Context) -> Result<TimeZone, Failure> {
    let name = &context.config()?.project.timezone;
    TimeZone::get(name).map_err(|error| {
        Failure::with_hint(
            ExitCode::Usage,
            format!("failed to find the time zone `{name}`: {error}"),
            "write an IANA name such as `Asia/Seoul` as [project] timezone",
        )
    })
}
