//! `overnight audit links`.

use overnight_testkit::{Overnight, Shared, TestProject};

fn audit(project: &TestProject, args: &[&str]) -> Overnight {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project)
        .args(["audit", "links"])
        .args(args)
}

fn sample() -> TestProject {
    let project = TestProject::new();
    project
        .file(".gitignore", "ignored/\n")
        .file("ignored/x.md", "[a](nowhere.md)\n")
        .file("src/tool.py", "")
        .file("README.md", "# Project\n\n[guide](docs/guide.md#first-steps) [no](docs/none.md)\n")
        .file(
            "docs/guide.md",
            "# Guide\n\n## First steps\n\n[tool](src/tool.py \"the tool\") [back](../README.md#projekt)\n`[x](y.md)`\n",
        );
    project.commit_all();
    project
}

#[test]
fn reading_changes_nothing_and_shows_where() {
    let project = sample();
    let answer = audit(&project, &[]).run().expect_code(1);
    insta::assert_snapshot!(answer.stdout, @r"
    README.md:3:36  error    broken-link    link target `docs/none.md` does not exist

    docs/guide.md:5:1   error    broken-link    link target `src/tool.py` does not exist [--fix: write `../src/tool.py`]
    docs/guide.md:5:32  warning  broken-anchor  `README.md` has no heading or element `#projekt` [suggestion: perhaps `#project`]

    rule            found  mended    left
    broken-link         2       0       2
    broken-anchor       1       0       1

    3 findings in 4 links in 2 files.
    1 can be mended without asking: overnight audit links --fix
    ");
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

#[test]
fn fixing_changes_the_destination_only() {
    let project = sample();
    let before = project.read("docs/guide.md");
    audit(&project, &["--fix"]).run().expect_code(1);
    assert_eq!(
        project.read("docs/guide.md"),
        before.replace("(src/tool.py", "(../src/tool.py")
    );
    assert_eq!(project.git(&["diff", "--name-only"]), "docs/guide.md\n");
    audit(&project, &["docs/guide.md", "--fix"])
        .run()
        .expect_code(1);
    project.file("README.md", "# Projekt\n");
    audit(&project, &[]).run().expect_code(0);
}

#[test]
fn a_folder_git_ignores_is_judged_when_it_is_named() {
    let project = sample();
    let answer = audit(&project, &["ignored", "--format", "json"])
        .run()
        .expect_code(1);
    assert_eq!(answer.json()["items"], 1);
}

#[test]
fn the_real_project_has_the_broken_links_its_own_checker_finds() {
    let name = "the_real_project_has_the_broken_links_its_own_checker_finds";
    let Some(bundle) = Shared::path(name, "fixtures/project-history.bundle") else {
        return;
    };
    let project = TestProject::new();
    project.git(&[
        "clone",
        "-q",
        "-b",
        "main",
        &bundle.to_string_lossy(),
        "repo",
    ]);
    project.file(
        "repo/overnight.toml",
        include_str!("fixtures/agentqms.toml"),
    );
    let answer = audit(&project, &["--format", "json"])
        .in_dir(&project.path().join("repo"))
        .run()
        .expect_code(1);
    let result = answer.json();
    // Its checker counts 163 links, 23 of which lead to other sites and are not judged here.
    assert_eq!(
        (&result["files"], &result["items"]),
        (&219.into(), &140.into())
    );
    assert_eq!(result["findings"].as_array().unwrap().len(), 75);
}
