//! The loop over pages and their links.

use std::cell::OnceCell;
use std::path::Path;

use overnight_record::result::AuditResult;
use overnight_record::{Finding, Progress, StopFlag, store};

use super::judge::Judge;
use super::page::{Page, read_page};
use super::{History, PageStatus};
use crate::rules::unreadable_file;
use crate::source_file;
use crate::summary::summarise;
use crate::{AuditOutcome, Document, Edit, FixLevel, Violation, apply, unified};

/// One audit of links.
pub struct LinksAudit<'a> {
    /// Absolute path of the project.
    pub project: &'a Path,
    /// The Markdown files, relative to the project.
    pub files: &'a [String],
    /// Every file git knows or would add, relative to the project; `None` without git.
    pub listing: Option<&'a [String]>,
    /// Asks git what became of paths; called once, when the first link is broken.
    pub history: &'a dyn Fn() -> History,
    /// Names of folders that other checkouts of the project may have.
    pub checkout_names: &'a [String],
    /// Asks whether the page at a URL is there; without it, other sites are passed over.
    pub external: Option<&'a dyn Fn(&str) -> PageStatus>,
    /// Which fixes are made.
    pub level: FixLevel,
    /// Whether fixes are shown as a diff instead of written.
    pub preview: bool,
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
    let history = OnceCell::new();
    let mut judge = Judge::new(audit, &history);
    let mut findings: Vec<Finding> = Vec::new();
    let mut changed_files = Vec::new();
    let mut failures = Vec::new();
    let mut diffs = Vec::new();
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
        match mend(audit, &document, &mut violations) {
            Ok(Mended::Nothing) => {}
            Ok(Mended::Shown(diff)) => diffs.push(diff),
            Ok(Mended::Written) => changed_files.push(path.clone()),
            Err(error) => failures.push(source_file::explain(&error)),
        }
        findings.extend(violations.into_iter().map(|violation| violation.finding));
    }
    audit.progress.end();
    AuditOutcome {
        was_stopped: files < audit.files.len(),
        failures,
        diffs,
        result: AuditResult {
            audit: "links".to_owned(),
            files,
            items: judge.judged(),
            rules: summarise(&findings),
            findings,
            tools: Vec::new(),
            changed_files,
        },
    }
}

enum Mended {
    Nothing,
    Shown(String),
    Written,
}

/// Makes the fixes of one file and marks their findings.
fn mend(
    audit: &LinksAudit<'_>,
    document: &Document,
    violations: &mut [Violation],
) -> Result<Mended, store::StoreError> {
    let edits: Vec<Edit> = violations
        .iter()
        .filter(|violation| violation.is_fixable(audit.level))
        .flat_map(|violation| violation.edits.iter().cloned())
        .collect();
    if edits.is_empty() {
        return Ok(Mended::Nothing);
    }
    let Ok(bytes) = apply(&document.bytes, &edits) else {
        return Ok(Mended::Nothing);
    };
    let before = read_page(&document.text(), document.body_start());
    let next = Document::new(document.path.clone(), bytes, document.modified);
    let after = read_page(&next.text(), next.body_start());
    if !says_the_same(&before, &after, &edits) {
        return Ok(Mended::Nothing);
    }
    if audit.preview {
        let diff = unified(&document.path, Some(&document.bytes), &next.bytes);
        return Ok(Mended::Shown(diff));
    }
    store::write_atomically(&audit.project.join(&document.path), &next.bytes)?;
    for violation in violations
        .iter_mut()
        .filter(|violation| violation.is_fixable(audit.level))
    {
        if let Some(fix) = &mut violation.finding.fix {
            fix.applied = true;
        }
    }
    Ok(Mended::Written)
}

/// Whether a page after edits of destinations has the same links, the edited ones with
/// their new destinations.
pub(super) fn says_the_same(before: &Page, after: &Page, edits: &[Edit]) -> bool {
    before.links.len() == after.links.len()
        && before.links.iter().zip(&after.links).all(|(old, new)| {
            let edit = old.destination_span.as_ref().and_then(|span| {
                let edit = edits
                    .iter()
                    .find(|edit| span.start <= edit.span.start && edit.span.end <= span.end)?;
                Some((span, edit))
            });
            match edit {
                // An edit of the end of a destination, such as its fragment, keeps its
                // beginning.
                Some((span, edit)) => {
                    old.form == new.form
                        && new
                            .destination
                            .ends_with(&new.form.unescape(&edit.replacement))
                        && (span.start < edit.span.start
                            || new.destination == new.form.unescape(&edit.replacement))
                }
                None => old.destination == new.destination,
            }
        })
}

#[cfg(test)]
mod tests {
    use overnight_testkit::TestProject;

    use super::*;
    use crate::fixture::SILENT;
    use crate::{Files, is_markdown};

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
            listing: None,
            history: &History::default,
            checkout_names: &[],
            external: None,
            level: if fix { FixLevel::Safe } else { FixLevel::None },
            preview: false,
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

    #[test]
    fn marks_line_ends_and_escapes_stay_and_what_is_no_text_is_not_touched() {
        let project = TestProject::new();
        project
            .file("src/한 글(1).py", "")
            .file(
                "docs/x/a.md",
                "\u{feff}---\r\nlink: ../src/x\r\n---\r\n| [t](src/%ED%95%9C%20글\\(1\\).py#L3 \"t\") |\r\n\r\n<img src='src/한 글(1).py'> [r]\r\n\r\n[r]: <../src/한 글(1).py> (t)\r\n",
            )
            .file("docs/x/b.md", b"[t](src/\xed\x95\x9c.py) \xff [u](../src/x.py)\n");
        let odd = std::fs::read(project.path().join("docs/x/b.md")).unwrap();
        let outcome = audit(&project, true);
        assert_eq!(outcome.result.changed_files, ["docs/x/a.md"]);
        assert_eq!(
            project.read("docs/x/a.md"),
            "\u{feff}---\r\nlink: ../src/x\r\n---\r\n| [t](../../src/%ED%95%9C%20%EA%B8%80(1).py#L3 \"t\") |\r\n\r\n<img src='../../src/한 글(1).py'> [r]\r\n\r\n[r]: <../../src/한 글(1).py> (t)\r\n"
        );
        assert_eq!(
            std::fs::read(project.path().join("docs/x/b.md")).unwrap(),
            odd
        );
        assert_eq!(audit(&project, true).result.changed_files.len(), 0);
    }
}
