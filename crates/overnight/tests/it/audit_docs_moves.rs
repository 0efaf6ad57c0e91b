//! Documents that are moved to where they belong.

use overnight_testkit::{Overnight, TestProject};

const CONFIG: &str = r#"
[audit.docs]
[audit.docs.types]
audit = { prefix = "audit-", directory = "audits" }
"#;

fn audit(project: &TestProject, args: &[&str]) -> Overnight {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project)
        .args(["audit", "docs"])
        .args(args)
}

#[test]
fn links_in_and_out_follow_a_document() {
    let project = TestProject::new();
    let page = "---\ndate: 2025-12-25 04:10 (UTC)\n---\n# 점검\n[home](../README.md) ![p](img/p.png \"t\") [code](`x`) [gone](no.md)\n";
    project
        .file("overnight.toml", CONFIG)
        .file(
            "README.md",
            "[a](docs/AUDIT_한글.md#점검) `[a](docs/AUDIT_한글.md)`\n",
        )
        .file("docs/img/p.png", "")
        .file("docs/AUDIT_한글.md", page);
    project.commit_all();
    let shown = audit(&project, &["--fix=all", "--diff"]).run().stdout;
    let to = "docs/audits/2025-12-25_0410_audit-한글.md";
    assert!(shown.contains(&format!("rename to {to}")), "{shown}");
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    audit(&project, &["--fix"]).run().expect_code(1);
    assert_eq!(
        project.git(&["status", "--porcelain"]),
        "",
        "only suggested"
    );
    audit(&project, &["--fix=all"]).run().expect_code(0);
    assert_eq!(
        project.read(to),
        page.replace("../README.md", "../../README.md")
            .replace("img/p.png", "../img/p.png")
    );
    assert_eq!(
        project.read("README.md"),
        "[a](docs/audits/2025-12-25_0410_audit-한글.md#점검) `[a](docs/AUDIT_한글.md)`\n"
    );
    project.git(&["add", "-A"]);
    let status = project.git(&[
        "-c",
        "core.quotepath=off",
        "diff",
        "--cached",
        "--name-status",
    ]);
    assert!(status.lines().any(|line| line.ends_with(to)), "{status}");
    audit(&project, &["--fix=all"]).run().expect_code(0);
    assert_eq!(project.git(&["diff", "--name-only"]), "");
}

#[test]
fn nothing_is_moved_over_anything() {
    let project = TestProject::new();
    let page = |text: &str| format!("---\ndate: 2025-12-25 04:10 (UTC)\n---\n{text}\n");
    project
        .file("overnight.toml", CONFIG)
        // Two that belong in one place.
        .file("docs/a/audit-x.md", page("1"))
        .file("docs/b/audit-x.md", page("2"))
        // One whose place is taken.
        .file("docs/2025-12-25_0410_audit-y.md", page("3"))
        .file("docs/audits/2025-12-25_0410_audit-y.md", page("4"))
        // One that cannot be read.
        .file("docs/2025-12-25_0410_audit-z.md", "---\na: [\n---\n");
    project.commit_all();
    audit(&project, &["--fix=all"]).run().expect_code(1);
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_file_git_does_not_know_is_moved_too() {
    let project = TestProject::new();
    project.file("overnight.toml", CONFIG);
    project.commit_all();
    project.file("docs/2025-12-25_0410_audit-a b.md", "text\n");
    audit(&project, &["--fix=all"]).run().expect_code(0);
    assert_eq!(
        project.read("docs/audits/2025-12-25_0410_audit-a b.md"),
        "text\n"
    );
}
