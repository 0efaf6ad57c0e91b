//! `overnight audit docs`.

use overnight_testkit::{Overnight, Shared, TestProject};
use serde_json::Value;

const CONFIG: &str = r#"
[project]
timezone = "Asia/Seoul"
[audit.docs]
root = "docs"
exclude = ["archive"]
required = ["title", "date", "type", "status"]
[audit.docs.defaults]
status = "draft"
[audit.docs.allowed]
status = ["draft", "active"]
[audit.docs.types]
audit = { prefix = "audit-", directory = "audits" }
research = { prefix = "research-", directory = "research" }
"#;

fn audit(project: &TestProject, args: &[&str]) -> Overnight {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project)
        .args(["audit", "docs"])
        .args(args)
}

fn sample() -> TestProject {
    let project = TestProject::new();
    project
        .file("overnight.toml", CONFIG)
        .file("docs/INDEX.md", "# Index\n")
        .file("docs/archive/old.md", "old\n")
        .file(
            "docs/audits/2025-12-25_0410_audit-한글-점검.md",
            "---\r\ntitle: \"점검 --- 하나\" # kept\r\nowner: 김\r\nstatus: Active   # note\r\n---\r\n\r\n# 점검\r\n",
        )
        .file("docs/research/2025-11-02_0900_research-x.md", "# About *x*\n\n---\n")
        .file("docs/research/notes.md", "---\ntitle: [open\n---\n")
        .file(
            "docs/research/2025-11-03_0900_audit-y.md",
            "---\ntitle: y\ndate: 2025-11-03 09:00 (KST)\ntype: audit\nstatus: gone\n---\n",
        );
    project.commit_all();
    project
}

#[test]
fn reading_changes_nothing_and_names_every_rule() {
    let project = sample();
    let before = project.tree(&[".git"]);
    let answer = audit(&project, &[]).run().expect_code(1);
    insta::assert_snapshot!(answer.stdout);
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    assert_eq!(project.tree(&[".git"]), before);
}

#[test]
fn fixing_adds_what_is_known_keeps_the_rest_and_ends() {
    let project = sample();
    let answer = audit(&project, &["--fix", "--format", "json"])
        .run()
        .expect_code(1);
    let result = answer.json();
    assert_eq!(result["schema"], "overnight.audit/1");
    assert_eq!(result["status"], "findings");
    let count = |list: &Value, key: &str| -> u64 {
        list.as_array()
            .unwrap()
            .iter()
            .map(|rule| rule[key].as_u64().unwrap())
            .sum()
    };
    let findings = result["findings"].as_array().unwrap();
    assert_eq!(count(&result["rules"], "before"), findings.len() as u64);
    assert_eq!(
        count(&result["rules"], "after"),
        result["summary"]["findings_after"]
    );
    assert_eq!(
        project.read("docs/audits/2025-12-25_0410_audit-한글-점검.md"),
        "---\r\ntitle: \"점검 --- 하나\" # kept\r\nowner: 김\r\nstatus: active   # note\r\ndate: 2025-12-25 04:10 (KST)\r\ntype: audit\r\n---\r\n\r\n# 점검\r\n"
    );
    assert_eq!(
        project.read("docs/research/2025-11-02_0900_research-x.md"),
        "---\ntitle: About x\ndate: 2025-11-02 09:00 (KST)\ntype: research\nstatus: draft\n---\n# About *x*\n\n---\n"
    );
    assert_eq!(
        project.read("docs/research/notes.md"),
        "---\ntitle: [open\n---\n"
    );
    assert_eq!(project.read("docs/archive/old.md"), "old\n");
    let after = project.tree(&[".git"]);
    let again = audit(&project, &["--fix", "--format", "json"])
        .run()
        .expect_code(1);
    assert_eq!(project.tree(&[".git"]), after);
    assert_eq!(again.json()["changed_files"].as_array().unwrap().len(), 0);
}

#[test]
fn a_date_comes_from_the_first_commit_even_after_a_rename() {
    let project = TestProject::new();
    project
        .file("overnight.toml", "[audit.docs]\nrequired = [\"date\"]\n")
        .file(
            "docs/a.md",
            "---\ntitle: a\n---\nlong enough to be recognised as the same file\n",
        );
    project.commit_all();
    project.git(&["mv", "docs/a.md", "docs/b.md"]);
    project.commit_all();
    let first = project.git(&[
        "log",
        "--reverse",
        "--format=%ad",
        "--date=format-local:%Y-%m-%d",
    ]);
    audit(&project, &["--fix"]).run().expect_code(0);
    let text = project.read("docs/b.md");
    assert!(
        text.contains(&format!("\ndate: {}", first.lines().next().unwrap())),
        "{text}"
    );
    assert!(text.contains(" (UTC)\n---\n"), "{text}");
}

#[test]
fn wrong_places_are_explained() {
    let project = TestProject::new();
    project.file("overnight.toml", CONFIG);
    let answer = audit(&project, &[]).run().expect_code(3);
    assert!(
        answer.stderr.contains("[audit.docs] root"),
        "{}",
        answer.stderr
    );
    project
        .file("docs/audits/INDEX.md", "x")
        .file("README.md", "x");
    audit(&project, &[]).run().expect_code(0);
    audit(&project, &["nowhere.md"]).run().expect_code(2);
    audit(&project, &["README.md"]).run().expect_code(2);
    audit(&project, &["docs"])
        .in_dir(&project.path().join("docs"))
        .run()
        .expect_code(2);
    audit(&project, &["audits/INDEX.md"])
        .in_dir(&project.path().join("docs"))
        .run()
        .expect_code(0);
    std::os::unix::fs::symlink(project.path().join("docs"), project.path().join("linked")).unwrap();
    let answer = audit(&project, &["linked"]).run().expect_code(2);
    assert!(
        answer.stderr.contains("through a link"),
        "{}",
        answer.stderr
    );
}

#[test]
fn the_real_project_is_judged_as_its_own_checker_does() {
    let name = "the_real_project_is_judged_as_its_own_checker_does";
    let Some(bundle) = Shared::path(name, "fixtures/project-history.bundle") else {
        return;
    };
    let config = include_str!("fixtures/agentqms.toml");
    // Snapshot, documents judged (its checker leaves out the one file directly in the root),
    // documents with findings before and after a fix of front matter.
    for (commit, files, before, after) in [
        ("main", 30, 0, 0),
        ("main~1", 92, 83, 35),
        ("main~2", 59, 51, 48),
    ] {
        let project = TestProject::new();
        let bundle = bundle.to_string_lossy();
        project.git(&["clone", "-q", "-n", "-b", "main", &bundle, "repo"]);
        let repo = project.path().join("repo");
        project.git(&[
            "-C",
            "repo",
            "checkout",
            "-q",
            commit,
            "--",
            "docs/artifacts",
        ]);
        project.file("repo/overnight.toml", config);
        let judge = |fix: &[&str]| {
            let answer = audit(&project, fix)
                .args(["--format", "json"])
                .in_dir(&repo)
                .run();
            let result = answer.json();
            let mut open: Vec<String> = result["findings"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|finding| finding["fix"]["applied"] != true)
                .map(|finding| finding["path"].as_str().unwrap().to_owned())
                .collect();
            open.dedup();
            open.sort();
            open.dedup();
            (result["files"].as_u64().unwrap(), open.len())
        };
        assert_eq!(judge(&[]), (files, before), "{commit}");
        assert_eq!(judge(&["--fix"]), (files, after), "{commit}");
        let diff = project.git(&["-C", "repo", "diff", "--numstat"]);
        assert_eq!(judge(&["--fix"]), (files, after), "{commit}");
        assert_eq!(
            project.git(&["-C", "repo", "diff", "--numstat"]),
            diff,
            "{commit}"
        );
        // Nothing is ever removed but the one repaired value a line holds.
        let removed: u64 = diff
            .lines()
            .map(|line| line.split('\t').nth(1).unwrap().parse::<u64>().unwrap())
            .sum();
        assert!(removed <= 2, "{commit}: {removed} lines removed");
    }
}
