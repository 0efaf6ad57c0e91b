//! The judgement of one page's links.

use std::cell::OnceCell;

use overnight_record::Applicability;

use super::History;
use super::anchors::Pages;
use super::destination::rewrite;
use super::page::{Link, read_page};
use super::repair::{Broken, Proposal, Repairer};
use super::run::LinksAudit;
use super::target::{LocalTarget, Target, machine_path};
use crate::rules::{broken_anchor, broken_link, external_link};
use crate::{Document, Edit, Files, Violation, is_markdown, place};

pub(super) struct Judge<'a> {
    audit: &'a LinksAudit<'a>,
    pages: Pages<'a>,
    history: &'a OnceCell<History>,
    repairer: OnceCell<Repairer<'a>>,
    judged: usize,
}

impl<'a> Judge<'a> {
    pub(super) fn new(audit: &'a LinksAudit<'a>, history: &'a OnceCell<History>) -> Self {
        Self {
            audit,
            pages: Pages::new(audit.project),
            history,
            repairer: OnceCell::new(),
            judged: 0,
        }
    }

    /// How many links were judged.
    pub(super) fn judged(&self) -> usize {
        self.judged
    }

    pub(super) fn document(&mut self, document: &Document) -> Vec<Violation> {
        let text = document.text();
        let page = read_page(&text, document.body_start());
        page.links
            .iter()
            .filter_map(|link| {
                let target = Target::parse(&link.destination);
                if target != Target::External {
                    self.judged += 1;
                }
                match target {
                    Target::External => self.external(document, &text, link),
                    Target::Machine => {
                        let violation = broken_link::machine(document, &text, link);
                        let path = machine_path(&link.destination);
                        Some(self.with_repair(violation, document, &text, link, &path, true))
                    }
                    Target::Local(local) => self.local(document, &text, link, &local),
                }
            })
            .collect()
    }

    fn external(&mut self, document: &Document, text: &str, link: &Link) -> Option<Violation> {
        let ask = self.audit.external?;
        let lower = link.destination.to_ascii_lowercase();
        if !(lower.starts_with("http://") || lower.starts_with("https://")) {
            return None;
        }
        self.judged += 1;
        let url = link.destination.split('#').next().unwrap_or_default();
        external_link(document, text, link, &ask(url))
    }

    fn local(
        &mut self,
        document: &Document,
        text: &str,
        link: &Link,
        target: &LocalTarget,
    ) -> Option<Violation> {
        let resolved = match target.path.strip_prefix('/') {
            _ if target.path.is_empty() => Some(document.path.clone()),
            Some(from_root) => place::join("", from_root),
            None => place::join(document.folder(), &target.path),
        };
        let Some(resolved) = resolved else {
            return self.outside(document, text, link, target);
        };
        // A slash at the end asks for a folder.
        let slash = if target.path.ends_with('/') { "/" } else { "" };
        let full = self.audit.project.join(format!("{resolved}{slash}"));
        if !full.exists() {
            let violation = broken_link::missing(document, text, link, &resolved);
            return Some(self.with_repair(violation, document, text, link, &target.path, false));
        }
        let fragment = target.fragment.as_deref()?;
        if !is_markdown(&resolved) || !full.is_file() {
            return None;
        }
        let page = self.pages.get(&resolved)?;
        if page.has_anchor(fragment) {
            return None;
        }
        Some(broken_anchor(
            document, text, link, &resolved, fragment, &page,
        ))
    }

    /// A path that leaves the project is judged by what is there on this machine.
    fn outside(
        &self,
        document: &Document,
        text: &str,
        link: &Link,
        target: &LocalTarget,
    ) -> Option<Violation> {
        let full = self
            .audit
            .project
            .join(document.folder())
            .join(target.path.trim_start_matches('/'));
        if full.exists() {
            return None;
        }
        let violation = broken_link::outside(document, text, link);
        Some(self.with_repair(violation, document, text, link, &target.path, false))
    }

    fn with_repair(
        &self,
        violation: Violation,
        document: &Document,
        text: &str,
        link: &Link,
        path: &str,
        is_absolute: bool,
    ) -> Violation {
        let broken = Broken {
            document: &document.path,
            path,
            is_absolute,
        };
        match self.repairer().propose(broken) {
            Ok(proposal) => repaired(violation, document, text, link, proposal),
            Err(Some(loss)) => broken_link::explained(violation, &loss),
            Err(None) => violation,
        }
    }

    fn repairer(&self) -> &Repairer<'a> {
        self.repairer.get_or_init(|| {
            let files = Files {
                project: self.audit.project,
                listing: self.audit.listing,
            };
            // The root itself is always there, so nothing can be missing.
            let files = files
                .collect(&[String::new()], |_| true)
                .unwrap_or_default();
            Repairer::new(
                self.audit.project,
                files,
                self.history.get_or_init(self.audit.history),
                self.audit.checkout_names,
            )
        })
    }
}

/// The violation with its fix; where the destination's place in the text is not certain, the
/// fix is advice.
fn repaired(
    violation: Violation,
    document: &Document,
    text: &str,
    link: &Link,
    proposal: Proposal,
) -> Violation {
    let target = proposal.proof.target.clone();
    let edit = link
        .destination_span
        .clone()
        .filter(|_| document.is_text())
        .and_then(|span| {
            let fragment = proposal.fragment.as_deref();
            let written = &text[span.clone()];
            let replacement = rewrite(written, link.form, document.folder(), &target, fragment)?;
            leads_to(&link.form.unescape(&replacement), document, &target).then(|| Edit {
                path: document.path.clone(),
                span,
                replacement,
            })
        });
    match edit {
        Some(edit) => violation.with_fix(
            proposal.applicability,
            format!("write `{}`: {}", edit.replacement, proposal.proof.text),
            vec![edit],
            Some(proposal.proof),
        ),
        None => violation.with_fix(
            Applicability::Suggested,
            format!("link to `{target}`: {}", proposal.proof.text),
            Vec::new(),
            Some(proposal.proof),
        ),
    }
}

fn leads_to(destination: &str, document: &Document, target: &str) -> bool {
    let Target::Local(local) = Target::parse(destination) else {
        return false;
    };
    let found = match local.path.strip_prefix('/') {
        Some(from_root) => place::join("", from_root),
        None => place::join(document.folder(), &local.path),
    };
    found.as_deref() == Some(target)
}
