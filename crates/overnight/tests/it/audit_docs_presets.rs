//! The rules that come ready-made, and those a project writes itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use overnight_audit::{Document, FrontMatter, Value as FieldValue};
use overnight_testkit::{Overnight, Shared, TestProject};
use serde_json::Value;

const PRESET: &str = "[audit.docs]\npreset = \"agentqms\"\n";

/// Front matter that satisfies the preset.
const WHOLE: &str = "title: \"T\"\ndate: \"2025-12-25 04:10 (KST)\"\ntype: audit\ncategory: compliance\nstatus: \"active\" # note\nversion: \"1.0\"\nads_version: \"1.0\"\n";

const SETTINGS: &str = "framework:\n  timezone: \"Asia/Seoul\"\npaths:\n  artifacts: docs/artifacts\nvalidation:\n  excluded_directories:\n    - archive\n";

fn audit(project: &TestProject, dir: &Path, args: &[&str]) -> Overnight {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project)
        .args(["audit", "docs", "--format", "json"])
        .args(args)
        .in_dir(dir)
}

fn judge(project: &TestProject, args: &[&str]) -> Value {
    audit(project, project.path(), args).run().json()
}

fn open(result: &Value) -> Vec<&Value> {
    let findings = result["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["fix"]["applied"] != true)
        .collect()
}

/// Documents with an open error.
fn invalid(result: &Value) -> BTreeSet<String> {
    open(result)
        .into_iter()
        .filter(|finding| finding["severity"] == "error")
        .map(|finding| finding["path"].as_str().unwrap().to_owned())
        .collect()
}

fn messages(result: &Value) -> Vec<String> {
    let found = open(result).into_iter();
    found
        .map(|finding| {
            format!(
                "{} {}",
                finding["rule"].as_str().unwrap(),
                finding["message"].as_str().unwrap()
            )
        })
        .collect()
}

/// The project's own documents at one commit, judged by the newest settings.
fn snapshot(bundle: &Path, commit: &str) -> TestProject {
    let project = TestProject::new();
    let bundle = bundle.to_string_lossy();
    project.git(&["clone", "-q", "-b", "main", &bundle, "repo"]);
    project.git(&["-C", "repo", "checkout", "-q", commit]);
    project.git(&["-C", "repo", "checkout", "-q", "main", "--", ".agentqms"]);
    project.file("repo/overnight.toml", PRESET);
    project
}

/// Front matter and body of every document.
fn documents(project: &TestProject) -> BTreeMap<String, Document> {
    let tree = project.tree(&[".git"]).into_iter();
    tree.filter(|(path, _)| {
        path.starts_with("repo/docs/artifacts/")
            && Path::new(path).extension().is_some_and(|end| end == "md")
    })
    .map(|(path, bytes)| (path.clone(), Document::new(path, bytes, None)))
    .collect()
}

#[test]
fn agentqms_judges_the_real_project_as_its_own_validator_does() {
    let test = "agentqms_judges_the_real_project_as_its_own_validator_does";
    let Some(bundle) = Shared::path(test, "fixtures/project-history.bundle") else {
        return;
    };
    let project = snapshot(&bundle, "main");
    let repo = project.path().join("repo");
    let result = audit(&project, &repo, &[]).run().json();
    assert_eq!(
        (result["files"].as_u64(), invalid(&result).len()),
        (Some(30), 0)
    );
    project.file("repo/overnight.toml", format!("{PRESET}exclude = []\n"));
    let result = audit(&project, &repo, &[]).run().json();
    assert_eq!(
        (result["files"].as_u64(), invalid(&result).len()),
        (Some(79), 49)
    );
}

#[test]
fn the_middle_snapshot_is_mended_without_a_loss() {
    let test = "the_middle_snapshot_is_mended_without_a_loss";
    let Some(bundle) = Shared::path(test, "fixtures/project-history.bundle") else {
        return;
    };
    let project = snapshot(&bundle, "main~1");
    let repo = project.path().join("repo");
    let result = audit(&project, &repo, &[]).run().json();
    assert_eq!(
        (result["files"].as_u64(), invalid(&result).len()),
        (Some(91), 82)
    );
    let before = documents(&project);
    let result = audit(&project, &repo, &["--fix"]).run().json();
    assert_eq!(invalid(&result).len(), 34);
    // Each of the 34 by what its own validator calls E004, E003 and E001.
    let of = |rule: &str, part: &str| -> usize {
        let found = open(&result).into_iter().filter(|finding| {
            finding["rule"] == rule && finding["message"].as_str().unwrap().contains(part)
        });
        let paths: BTreeSet<&str> = found.map(|f| f["path"].as_str().unwrap()).collect();
        paths.len()
    };
    assert_eq!(
        (
            of("directory", ""),
            of("file-name", "is spelled otherwise"),
            of("file-name", "does not begin with a time stamp")
        ),
        (30, 3, 1)
    );
    let after = documents(&project);
    assert_eq!(before.len(), after.len());
    for (path, old) in &before {
        let new = &after[path];
        assert!(
            old.bytes[old.body_start()..] == new.bytes[new.body_start()..],
            "the body of {path}"
        );
        let FrontMatter::Fields(fields) = &old.front_matter else {
            continue;
        };
        let FrontMatter::Fields(kept) = &new.front_matter else {
            panic!("the front matter of {path}");
        };
        for field in &fields.fields {
            let kept = kept.field(&field.key);
            let kept = kept.unwrap_or_else(|| panic!("{path} lost {}", field.key));
            if let (FieldValue::Scalar { text, .. }, FieldValue::Scalar { text: now, .. }) =
                (&field.value, &kept.value)
                && field.key != "type"
            {
                assert_eq!(text, now, "{path} {}", field.key);
            }
        }
    }
    let tree = project.tree(&[".git"]);
    let again = audit(&project, &repo, &["--fix"]).run().json();
    assert_eq!(again["changed_files"].as_array().unwrap().len(), 0);
    assert!(
        project.tree(&[".git"]) == tree,
        "a second run changed something"
    );
}

/// Every broken link outside of indexes, by the file name of its page.
fn broken(project: &TestProject, repo: &Path) -> BTreeSet<String> {
    let result = Overnight::new(env!("CARGO_BIN_EXE_overnight"), project)
        .args(["audit", "links", "--format", "json"])
        .in_dir(repo)
        .run()
        .json();
    let findings = result["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["rule"] == "broken-link")
        .filter(|finding| !finding["path"].as_str().unwrap().ends_with("/INDEX.md"))
        .map(|finding| {
            let message = finding["message"].as_str().unwrap();
            let target = message.split('`').nth(1).unwrap();
            target.rsplit('/').next().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn moving_leaves_nothing_to_mend_and_breaks_no_link() {
    let test = "moving_leaves_nothing_to_mend_and_breaks_no_link";
    let Some(bundle) = Shared::path(test, "fixtures/project-history.bundle") else {
        return;
    };
    let project = snapshot(&bundle, "main~1");
    let repo = project.path().join("repo");
    let before = broken(&project, &repo);
    let result = audit(&project, &repo, &["--fix=all"])
        .run()
        .expect_code(0)
        .json();
    assert_eq!(invalid(&result).len(), 0, "{:?}", messages(&result));
    project.git(&["-C", "repo", "add", "-A"]);
    let status = project.git(&["-C", "repo", "diff", "--cached", "-M40", "--name-status"]);
    assert_eq!(
        status.lines().filter(|line| line.starts_with('R')).count(),
        34,
        "{status}"
    );
    let after = broken(&project, &repo);
    assert!(after.is_subset(&before), "{:?}", after.difference(&before));
    let tree = project.tree(&[".git"]);
    let again = audit(&project, &repo, &["--fix=all"])
        .run()
        .expect_code(0)
        .json();
    assert_eq!(again["changed_files"].as_array().unwrap().len(), 0);
    assert!(
        project.tree(&[".git"]) == tree,
        "a second run changed something"
    );
}

/// A project below a folder whose name the rules exclude, with one document.
fn with_document(path: &str, text: &str) -> TestProject {
    let project = TestProject::new();
    project
        .file(
            "archive/repo/overnight.toml",
            format!("{PRESET}index = false\n"),
        )
        .file("archive/repo/.agentqms/settings.yaml", SETTINGS)
        .file(&format!("archive/repo/docs/artifacts/{path}"), text);
    project
}

fn said(path: &str, text: &str) -> Vec<String> {
    let project = with_document(path, text);
    let repo = project.path().join("archive/repo");
    let result = audit(&project, &repo, &[]).run().json();
    messages(&result)
}

#[test]
fn agentqms_is_followed_but_for_its_bugs() {
    let text = |yaml: &str| format!("---\n{yaml}---\nbody\n");
    let clean = |path: &str, yaml: &str| {
        let found = said(path, &text(yaml));
        assert!(found.is_empty(), "{path}\n{yaml}\n{found:?}");
    };
    let name = "audits/2025-12-25_0410_audit-x.md";
    // A comment behind a value, and a folder called `archive` above the project.
    clean(name, WHOLE);
    // `---` inside a value ends nothing.
    clean(name, &WHOLE.replace("\"T\"", "\"a --- b\""));
    // Names in the project's own language are no capitals.
    clean("audits/2025-12-25_0410_audit-한국어-점검.md", WHOLE);
    // A nested key is no field of the document, and a block list is one.
    clean(name, &format!("{WHOLE}x:\n  status: wrong\ntags:\n  - a\n"));
    let nested = WHOLE.replace("\nversion: \"1.0\"\n", "\nx:\n  version: \"1.0\"\n");
    let found = said(name, &text(&nested));
    assert!(
        found.len() == 1 && found[0].contains("`version` is missing"),
        "{found:?}"
    );
    // Names that say nothing, and such with spaces, dots and capitals.
    for (path, part) in [
        ("audits/2025-12-25_0410_audit-.md", "says nothing"),
        ("audits/2025-12-25_0410_audit-a b.md", "no letter"),
        ("audits/2025-12-25_0410_audit-v1.2.md", "no letter"),
        ("audits/2025-12-25_0410_audit-X.md", "lower case"),
        ("audits/2025-13-45_9999_audit-x.md", "names no moment"),
    ] {
        let found = said(path, &text(WHOLE));
        assert!(
            found.len() == 1 && found[0].contains(part),
            "{path} {found:?}"
        );
    }
    // Values are judged even when another field is missing.
    let found = said(
        name,
        &text(
            &WHOLE
                .replace("title: \"T\"\n", "")
                .replace("compliance", "x"),
        ),
    );
    assert_eq!(found.len(), 2, "{found:?}");
    // What its validator says too.
    let found = said("audits/sub/2025-12-25_0410_audit-x.md", &text(WHOLE));
    assert!(
        found.len() == 1 && found[0].starts_with("directory "),
        "{found:?}"
    );
    let found = said("assessments/2025-12-25_0410_assessment-x.md", &text(WHOLE));
    assert!(
        found.len() == 1 && found[0].starts_with("type-mismatch "),
        "{found:?}"
    );
    for path in [
        "top.md",
        "_drafts/x.md",
        "audits/archive/x.md",
        "audits/INDEX.md",
    ] {
        assert!(said(path, "no front matter").is_empty(), "{path}");
    }
}

#[test]
fn the_zone_is_that_of_the_settings() {
    let name = "audits/2025-12-25_0410_audit-x.md";
    let project = with_document(name, &format!("---\n{WHOLE}---\n"));
    let repo = project.path().join("archive/repo");
    project.file(
        "archive/repo/.agentqms/settings.yaml",
        SETTINGS.replace("Asia/Seoul", "UTC"),
    );
    let found = messages(&audit(&project, &repo, &[]).run().json());
    assert!(
        found.len() == 1 && found[0].starts_with("front-matter-date "),
        "{found:?}"
    );
}

#[test]
fn settings_that_cannot_be_used_are_refused() {
    let project = with_document("audits/x.md", "x");
    let repo = project.path().join("archive/repo");
    for settings in ["paths: [", "paths:\n  artifacts: [a]\n"] {
        project.file("archive/repo/.agentqms/settings.yaml", settings);
        let answer = audit(&project, &repo, &[]).run().expect_code(2);
        assert!(answer.stderr.contains("settings.yaml"), "{}", answer.stderr);
    }
    project.file("archive/repo/.agentqms/settings.yaml", SETTINGS);
    project.file("archive/repo/notes/audits/2025-12-25_0410_audit-y.md", "x");
    let answer = audit(&project, &repo, &[])
        .env("AGENTQMS_PATHS_ARTIFACTS", "notes")
        .run();
    assert_eq!(answer.json()["files"], 1);
    assert!(
        invalid(&answer.json())
            .iter()
            .all(|path| path.starts_with("notes/"))
    );
}

#[test]
fn a_project_s_own_schema_names_and_dates_are_judged() {
    let project = TestProject::new();
    let config = r#"
[audit.docs]
schema = "all.schema.json"
pattern = '[a-z가-힣-]+\.md'
dates = ["due"]
date_format = "%Y-%m-%d"
stamp = false
[audit.docs.types]
memo = { prefix = "memo-", directory = "memos", schema = "memo.schema.json" }
"#;
    project
        .file("overnight.toml", config)
        .file("all.schema.json", r#"{"required": ["owner"]}"#)
        .file(
            "memo.schema.json",
            r#"{"properties": {"tags": {"type": "array", "maxItems": 1}}}"#,
        )
        .file(
            "docs/memos/memo-하나.md",
            "---\nowner: 김\ndue: 2025-12-25\n---\n1",
        )
        .file(
            "docs/memos/memo-X.md",
            "---\ndue: 2025/12/25\ntags: [a, b]\n---\n2",
        );
    let result = judge(&project, &[]);
    let mut found = messages(&result);
    found.sort();
    insta::assert_snapshot!(found.join("\n"), @r"
    file-name-pattern file name does not match `[a-z가-힣-]+\.md`
    front-matter-date date `due` has `2025/12/25`, not the form `%Y-%m-%d` in the zone UTC
    front-matter-schema `tags` must be at most 1 values
    front-matter-schema front matter must have `owner`
    ");
    project.file("memo.schema.json", r##"{"$ref": "#/x"}"##);
    let answer = audit(&project, project.path(), &[]).run().expect_code(2);
    assert!(answer.stderr.contains("/$ref"), "{}", answer.stderr);
}
