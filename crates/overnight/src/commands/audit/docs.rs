//! `overnight audit docs`.

use std::cell::OnceCell;

use overnight_audit::{CommitDates, DocsAudit, DocsOutcome, Files, audit_docs, is_markdown};
use overnight_record::ExitCode;

use super::docs_rules::{Asked, DocsRules};
use super::{Selection, repository, scope};
use crate::context::Context;
use crate::failure::Failure;

pub(super) fn run(selection: &Selection, context: &Context) -> Result<DocsOutcome, Failure> {
    let rules = DocsRules::read(context)?;
    let paths = scope::paths(
        selection,
        &[rules.scope.root.clone().into()],
        &rules.root_key,
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
        .filter(|file| rules.scope.holds(file))
        .collect();
    if files.is_empty() && !selection.paths.is_empty() {
        return Err(Failure::with_hint(
            ExitCode::Usage,
            format!(
                "no document below {} is among the paths given",
                rules.scope.root
            ),
            format!("documents are the Markdown files below {}", rules.root_key),
        ));
    }
    let log = OnceCell::new();
    let dates = || -> &CommitDates { log.get_or_init(|| repository::commit_dates(context)) };
    let asked = Asked::new(&context.project, &dates);
    Ok(audit_docs(&DocsAudit {
        project: &context.project,
        files: &files,
        is_whole: selection.paths.is_empty(),
        spec: rules.spec(context.started, &asked),
        level: selection.level(),
        preview: selection.diff,
        progress: &context.progress(),
        stop: &context.stop,
    }))
}
