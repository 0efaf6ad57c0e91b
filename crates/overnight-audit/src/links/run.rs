//! The loop over pages and their links.

use std::path::Path;

use overnight_record::result::AuditResult;
use overnight_record::{Finding, Progress, StopFlag, store};

use super::anchors::Pages;
use super::depth::right_depth;
use super::page::{Link, read_page};
use super::target::{LocalTarget, Target};
use crate::rules::{broken_anchor, broken_link, unreadable_file};
use crate::source_file;
use crate::summary::summarise;
use crate::{AuditOutcome, Document, Edit, Violation, apply, is_markdown, place};

/// One audit of links.
pub struct LinksAudit<'a> {
    /// Absolute path of the project.
    pub project: &'a Path,
    /// The Markdown files, relative to the project.
    pub files: &'a [String],
    /// Whether safe fixes are written.
    pub fix: bool,
    /// Where progress goes.
    pub progress: &'a dyn Progress,
    /// Asks the loop to stop after the file it is on.
    pub stop: &'a StopFlag,
}

/// Judges every link of every file that leads into the project; `items` counts them.
///
/// A file that cannot be read is a finding; one that cannot be written keeps its findings
/// and is named in [`AuditOutcome::failures`].
pub fn audit_links(audit: &LinksAudit<'_>) -> AuditOutcome {
    let mut judge = Judge {
        project: audit.project,
        pages: Pages::new(audit.project),
        judged: 0,
    };
    let mut findings: Vec<Finding> = Vec::new();
    let mut changed_files = Vec::new();
    let mut failures = Vec::new();
    let mut files = 0;
    audit
        .progress
        .begin("following links", audit.files.len() as u64);
    for path in audit.files {
        if audit.stop.is_requested() {
            break;
        }
        files += 1;
        audit.progress.advance(1);
        let document = match source_file::read(audit.project, path) {
            Ok(document) => document,
            Err(error) => {
                findings.push(unreadable_file(path, &error).finding);
                continue;
            }
        };
        let mut violations = judge.document(&document);
        if audit.fix {
            match mend(audit.project, &document, &mut violations) {
                Ok(true) => changed_files.push(path.clone()),
                Ok(false) => {}
                Err(error) => failures.push(source_file::explain(&error)),
            }
        }
        findings.extend(violations.into_iter().map(|violation| violation.finding));
    }
    audit.progress.end();
    AuditOutcome {
        was_stopped: files < audit.files.len(),
        failures,
        diffs: Vec::new(),
        result: AuditResult {
            audit: "links".to_owned(),
            files,
            items: judge.judged,
            rules: summarise(&findings),
            findings,
            tools: Vec::new(),
            changed_files,
        },
    }
}

/// Writes the safe fixes of one file and marks their findings; whether anything was written.
fn mend(
    project: &Path,
    document: &Document,
    violations: &mut [Violation],
) -> Result<bool, store::StoreError> {
    let edits: Vec<Edit> = violations
        .iter()
        .filter(|violation| violation.is_safely_fixable())
        .flat_map(|violation| violation.edits.iter().cloned())
        .collect();
    let before = read_page(&document.text(), document.body_start())
        .links
        .len();
    let Ok(bytes) = apply(&document.bytes, &edits) else {
        return Ok(false);
    };
    let next = Document::new(document.path.clone(), bytes, document.modified);
    let after = read_page(&next.text(), next.body_start()).links.len();
    if edits.is_empty() || before != after {
        return Ok(false);
    }
    store::write_atomically(&project.join(&document.path), &next.bytes)?;
    for violation in violations.iter_mut().filter(|v| v.is_safely_fixable()) {
        if let Some(fix) = &mut violation.finding.fix {
            fix.applied = true;
        }
    }
    Ok(true)
}

struct Judge<'a> {
    project: &'a Path,
    pages: Pages<'a>,
    judged: usize,
}

impl Judge<'_> {
    fn document(&mut self, document: &Document) -> Vec<Violation> {
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
                    Target::External => None,
                    Target::Machine => Some(broken_link::machine(document, &text, link)),
                    Target::Local(local) => self.local(document, &text, link, &local),
                }
            })
            .collect()
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
        let full = self.project.join(format!("{resolved}{slash}"));
        if !full.exists() {
            let violation = broken_link::missing(document, text, link, &resolved);
            return Some(self.with_repair(violation, document, link, target));
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
            .project
            .join(document.folder())
            .join(target.path.trim_start_matches('/'));
        if full.exists() {
            return None;
        }
        let violation = broken_link::outside(document, text, link);
        Some(self.with_repair(violation, document, link, target))
    }

    fn with_repair(
        &self,
        violation: Violation,
        document: &Document,
        link: &Link,
        target: &LocalTarget,
    ) -> Violation {
        let Some(span) = link.destination_span.clone().filter(|_| document.is_text()) else {
            return violation;
        };
        let repaired = right_depth(
            self.project,
            document.folder(),
            &link.destination,
            &target.path,
        );
        match repaired {
            None => violation,
            Some(replacement) => violation.with_safe_fix(
                format!("write `{replacement}`"),
                vec![Edit {
                    path: document.path.clone(),
                    span,
                    replacement,
                }],
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use overnight_testkit::TestProject;

    use super::*;
    use crate::Files;
    use crate::fixture::SILENT;

    fn audit(project: &TestProject, fix: bool) -> AuditOutcome {
        let files = Files {
            project: project.path(),
            listing: None,
        }
        .collect(&[String::new()], is_markdown)
        .unwrap();
        audit_links(&LinksAudit {
            project: project.path(),
            files: &files,
            fix,
            progress: &SILENT,
            stop: &StopFlag::default(),
        })
    }

    fn shown(outcome: &AuditOutcome) -> String {
        outcome
            .result
            .findings
            .iter()
            .map(|f| {
                format!(
                    "{}:{}:{} {} {} [{}]{}\n",
                    f.path,
                    f.line.unwrap_or(0),
                    f.column.unwrap_or(0),
                    f.rule,
                    f.message,
                    f.evidence.as_deref().unwrap_or(""),
                    f.fix
                        .as_ref()
                        .map_or(String::new(), |fix| format!(" -> {}", fix.description)),
                )
            })
            .collect()
    }

    fn sample() -> TestProject {
        let project = TestProject::new();
        project
            .file("src/tool.py", "")
            .file("docs/한글 문서.md", "# 첫 제목\n\n## 둘째\n")
            .file(
                "docs/guide/a.md",
                "---\nlink: \"[x](nowhere.md)\"\n---\n# A\n\
                 [ok](../%ED%95%9C%EA%B8%80%20%EB%AC%B8%EC%84%9C.md#둘째) [ok](<../한글 문서.md>) [ok](#a) [ok](/src/tool.py) [dir](..)\n\
                 [anchor](../한글%20문서.md#셋째) [self](#b)\n\
                 [gone](gone.md?x=1#y) ![img](i.png \"t\") <a href=\"../no.md\">h</a>\n\
                 [depth](../src/tool.py#L3) [out](../../../../out.md) [file](file:///home/u/a.md)\n\
                 [r][r] [r]\n\n[r]: /docs/none.md\n[site](https://example.org)\n",
            );
        project
    }

    #[test]
    fn links_are_judged_where_they_lead() {
        let outcome = audit(&sample(), false);
        insta::assert_snapshot!(shown(&outcome));
        assert_eq!(outcome.result.items, 14);
    }

    #[test]
    fn the_depth_of_a_path_is_mended_and_nothing_else() {
        let project = sample();
        let before = project.read("docs/guide/a.md");
        let outcome = audit(&project, true);
        assert_eq!(outcome.result.changed_files, ["docs/guide/a.md"]);
        assert_eq!(
            project.read("docs/guide/a.md"),
            before.replace("(../src/tool.py", "(../../src/tool.py")
        );
        let again = audit(&project, true);
        assert!(again.result.changed_files.is_empty());
        assert_eq!(again.open(), outcome.open());
    }
}
