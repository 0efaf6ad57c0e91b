//! What fixes of documents change, and what they never touch.

use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use overnight_testkit::{Overnight, TestProject};
use serde_json::Value;

const CONFIG: &str = r#"
[project]
timezone = "Asia/Seoul"
[audit.docs]
required = ["title", "date", "type", "status"]
dates = ["date"]
index = true
[audit.docs.defaults]
status = "draft"
[audit.docs.allowed]
status = ["draft", "active"]
[audit.docs.types]
audit = { prefix = "audit-", directory = "audits" }
"#;

/// The beginning of a good name of an audit.
const STAMP: &str = "docs/audits/2025-12-25_0410_audit-";

fn audit(project: &TestProject, args: &[&str]) -> Overnight {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project)
        .args(["audit", "docs"])
        .args(args)
}

fn fixed(text: &[u8]) -> Vec<u8> {
    let project = TestProject::new();
    project
        .file("overnight.toml", CONFIG)
        .file(&format!("{STAMP}한 글.md"), text);
    audit(&project, &["--fix=all"]).run();
    let path = format!("{STAMP}한 글.md");
    let after = project.tree(&[]).remove(&path).unwrap();
    let again = audit(&project, &["--fix=all", "--format", "json"])
        .run()
        .json();
    assert_eq!(again["changed_files"], Value::Array(Vec::new()), "{path}");
    after
}

fn assert_fixed(before: &str, after: &str) {
    assert_eq!(String::from_utf8(fixed(before.as_bytes())).unwrap(), after);
}

#[test]
fn only_what_is_wrong_is_written() {
    let missing = "date: 2025-12-25 04:10 (KST)\ntype: audit\n";
    for (before, after) in [
        (
            "---\ntitle: \"a --- b\"\nstatus: Active # why --- not\ntags:\n  - x # one\n  - 'y'\n# end\n---\n\n\nbody --- here\n",
            "---\ntitle: \"a --- b\"\nstatus: active # why --- not\ntags:\n  - x # one\n  - 'y'\n# end\nMISSING---\n\n\nbody --- here\n",
        ),
        (
            "---\nnote: >-\n  folded\n\n  text\nstatus: 'ACTIVE'\ntitle: T\n---\nno end",
            "---\nnote: >-\n  folded\n\n  text\nstatus: 'active'\ntitle: T\nMISSING---\nno end",
        ),
    ] {
        assert_fixed(before, &after.replace("MISSING", missing));
        let crlf = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
        assert_fixed(&crlf(before), &crlf(&after.replace("MISSING", missing)));
    }
    // A date that is right stays, whatever the file name and history say.
    let right = "---\ntitle: T\ndate: \"2024-1-5 6:51 (KST)\"\ntype: audit\nstatus: draft\n---\n";
    assert_fixed(right, right);
}

#[test]
fn what_cannot_be_read_is_reported_and_untouched() {
    for (text, part) in [
        (&b"---\ntitle: a\ntitle: b\n---\n"[..], "occurs twice"),
        (b"---\ntitle: [open\n---\n", "not valid YAML"),
        (b"---\ntitle: \xb0\xa1\n---\n", "not UTF-8"),
        (b"---\ntitle: never closed\n", "no closing"),
    ] {
        assert_eq!(fixed(text), text);
        let project = TestProject::new();
        project
            .file("overnight.toml", CONFIG)
            .file(&format!("{STAMP}x.md"), text);
        let result = audit(&project, &["--format", "json"]).run().json();
        let findings = result["findings"].as_array().unwrap();
        let is_said = findings.iter().any(|finding| {
            finding["rule"] == "front-matter-invalid"
                && finding["message"].as_str().unwrap().contains(part)
        });
        assert!(is_said, "{part}: {findings:?}");
    }
}

#[test]
fn a_large_file_is_mended_like_a_small_one() {
    let body = "한글 and --- some text that goes on for a while\r\n".repeat(200_000);
    assert!(body.len() > 10_000_000);
    let after = fixed(
        format!("---\r\ntitle: T\r\ntype: audit\r\nstatus: draft\r\n---\r\n{body}").as_bytes(),
    );
    let head = "---\r\ntitle: T\r\ntype: audit\r\nstatus: draft\r\ndate: 2025-12-25 04:10 (KST)\r\n---\r\n";
    assert!(after == format!("{head}{body}").as_bytes());
}

#[test]
fn links_are_neither_followed_nor_replaced() {
    let project = TestProject::new();
    project
        .file("overnight.toml", CONFIG)
        .file("outside/x.md", "outside\n")
        .file("docs/audits/.keep", "");
    let link = project.path().join(format!("{STAMP}x.md"));
    symlink(project.path().join("outside/x.md"), &link).unwrap();
    symlink(
        project.path().join("outside"),
        project.path().join("docs/audits/more"),
    )
    .unwrap();
    project.commit_all();
    let result = audit(&project, &["--fix=all", "--format", "json"])
        .run()
        .json();
    assert_eq!(result["files"], 0);
    assert!(link.is_symlink());
    assert_eq!(project.read("outside/x.md"), "outside\n");
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

/// A tree with changes staged, not staged and untracked.
fn dirty() -> TestProject {
    let project = TestProject::new();
    let document = |title: &str| format!("---\ntitle: {title}\nstatus: Active\n---\n\n{title}\n");
    project
        .file("overnight.toml", CONFIG)
        .file(&format!("{STAMP}a.md"), document("A"))
        .file(&format!("{STAMP}b.md"), document("B"))
        .file("notes.txt", "1\n");
    project.commit_all();
    project
        .file(&format!("{STAMP}a.md"), document("A, changed"))
        .file(&format!("{STAMP}new.md"), document("New"))
        .file("notes.txt", "2\n");
    project.git(&["add", "notes.txt"]);
    project.file("notes.txt", "3\n");
    project
}

#[test]
fn auditing_leaves_a_dirty_tree_as_it_is_and_asks_nothing() {
    let project = dirty();
    let status = project.git(&["status", "--porcelain"]);
    // Git's own folder included: no lock, no stash, no refreshed index.
    let before = project.tree(&[]);
    for args in [&[][..], &["--diff"], &["--fix=all", "--diff"]] {
        audit(&project, args).run().expect_code(1);
        assert!(project.tree(&[]) == before, "{args:?}");
    }
    assert_eq!(project.git(&["status", "--porcelain"]), status);
}

#[test]
fn a_closed_standard_input_is_no_hindrance() {
    let project = dirty();
    let output = Command::new("sh")
        .args(["-c", "exec \"$0\" audit docs --fix <&-"])
        .arg(env!("CARGO_BIN_EXE_overnight"))
        .current_dir(project.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(
        project
            .read(&format!("{STAMP}a.md"))
            .contains("title: A, changed\nstatus: active\n")
    );
    assert_eq!(project.read("notes.txt"), "3\n");
    assert_eq!(project.git(&["stash", "list"]), "");
    assert_eq!(project.git(&["show", ":notes.txt"]), "2\n");
}

#[test]
fn a_diff_is_what_the_fix_makes() {
    for level in ["--fix", "--fix=all"] {
        let project = dirty();
        let diff = audit(&project, &[level, "--diff"])
            .run()
            .expect_code(1)
            .stdout;
        project.file("fixes.patch", format!("{diff}\n"));
        let other = dirty();
        other.file("fixes.patch", format!("{diff}\n"));
        project.git(&["apply", "fixes.patch"]);
        audit(&other, &[level]).run();
        assert!(
            project.tree(&[".git"]) == other.tree(&[".git"]),
            "{level}\n{diff}"
        );
    }
}

#[test]
fn an_index_is_written_once_and_follows_its_folder() {
    let project = dirty();
    let index = "docs/audits/INDEX.md";
    audit(&project, &["--fix"]).run().expect_code(1);
    assert!(!project.path().join(index).exists(), "only suggested");
    audit(&project, &["--fix=all"]).run().expect_code(0);
    let written = project.read(index);
    assert!(
        written.contains("[A, changed](<2025-12-25_0410_audit-a.md>)"),
        "{written}"
    );
    assert!(written.contains("**Total documents**: 3\n"), "{written}");
    audit(&project, &["--fix=all"]).run().expect_code(0);
    assert_eq!(project.read(index), written);
    // A path on the command line shows a part of the folder only: no index is judged.
    audit(&project, &[&format!("{STAMP}a.md")])
        .run()
        .expect_code(0);
    std::fs::remove_file(project.path().join(format!("{STAMP}new.md"))).unwrap();
    audit(&project, &[]).run().expect_code(1);
    audit(&project, &["--fix=all"]).run().expect_code(0);
    assert!(!project.read(index).contains("New"));
    project.file(index, "# By hand\n");
    audit(&project, &["--fix=all"]).run().expect_code(1);
    assert_eq!(project.read(index), "# By hand\n");
}
