//! `overnight audit links`.

use overnight_audit::{AuditOutcome, Files, LinksAudit, audit_links, is_markdown};

use super::external::Asker;
use super::{Selection, repository, scope};
use crate::context::Context;
use crate::failure::Failure;

pub(super) fn run(selection: &Selection, context: &Context) -> Result<AuditOutcome, Failure> {
    let config = &context.config()?.audit.links;
    let paths = scope::paths(selection, &config.paths, "[audit.links] paths", context)?;
    let listing = repository::listing(context);
    let files = Files {
        project: &context.project,
        listing: listing.as_deref(),
    }
    .collect(&paths, is_markdown)?;
    let asker = Asker::new(context);
    let ask = |url: &str| asker.ask(url);
    let outcome = audit_links(&LinksAudit {
        project: &context.project,
        files: &files,
        listing: listing.as_deref(),
        history: &|| repository::history(context),
        checkout_names: &repository::names(context),
        external: selection.external.then_some(&ask),
        level: selection.level(),
        preview: selection.diff,
        progress: &context.progress(),
        stop: &context.stop,
    });
    asker.save();
    Ok(outcome)
}
