//! `overnight audit links`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

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
    README.md:3:36  error    broken-link    link target `docs/none.md` does not exist: it never existed, as far as git's history goes

    docs/guide.md:5:1   error    broken-link    link target `src/tool.py` does not exist [--fix: write `../src/tool.py`: the path is written from the project root]
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
fn a_diff_is_shown_and_nothing_is_written() {
    let project = sample();
    let answer = audit(&project, &["--diff"]).run().expect_code(1);
    insta::assert_snapshot!(answer.stdout, @r#"
    --- a/docs/guide.md
    +++ b/docs/guide.md
    @@ -2,5 +2,5 @@
     
     ## First steps
     
    -[tool](src/tool.py "the tool") [back](../README.md#projekt)
    +[tool](../src/tool.py "the tool") [back](../README.md#projekt)
     `[x](y.md)`
    "#);
    let all = audit(&project, &["--diff", "--fix=all"])
        .run()
        .expect_code(1);
    assert!(
        all.stdout
            .contains("+[tool](../src/tool.py \"the tool\") [back](../README.md#project)")
    );
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    project.file("all.diff", &all.stdout);
    project.git(&["apply", "--check", "all.diff"]);
}

/// A server that has only `/there`, and a count of what it was asked.
fn site() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut request = String::new();
            while reader.read_line(&mut request).unwrap() > 2 {}
            count.fetch_add(1, Ordering::SeqCst);
            let status = if request.contains(" /there ") {
                "200 OK"
            } else {
                "404 Not Found"
            };
            let head = "Content-Length: 0\r\nConnection: close\r\n\r\n";
            write!(stream, "HTTP/1.1 {status}\r\n{head}").unwrap();
        }
    });
    (url, asked)
}

#[test]
fn other_sites_are_asked_when_told_to_and_their_answers_are_kept() {
    let (url, asked) = site();
    let project = TestProject::new();
    project
        .file(".gitignore", ".overnight/\n")
        .file(
            "a.md",
            format!("[a]({url}/there) [b]({url}/gone#x) [c]({url}/there#y)\n"),
        )
        .commit_all();
    audit(&project, &[]).run().expect_code(0);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    let run = || {
        let answer = audit(&project, &["--external", "--format", "json"]).run();
        answer.expect_code(1).json()
    };
    let result = run();
    assert_eq!(result["items"], 3);
    let findings = result["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0]["rule"], "external-link");
    let message = format!("`{url}/gone#x` is gone: HTTP 404 (asked now)");
    assert_eq!(findings[0]["message"], message);
    // Once for the page that is there, twice for the one that is not.
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    assert_eq!(run()["findings"].as_array().unwrap().len(), 1);
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

/// A page long enough for git to know it again after a change.
fn page(name: &str) -> String {
    (1..=30)
        .map(|line| format!("{name}, line {line} of many\n"))
        .collect()
}

#[test]
fn renames_are_followed_past_objects_that_are_missing() {
    let project = TestProject::new();
    project.file(
        "docs/links.md",
        "[a](a.md) [b](b.md) [c](c.md#x) [d](d.md) [e](e.md)\n",
    );
    for name in ["a", "b", "c", "d"] {
        project.file(&format!("docs/{name}.md"), page(name));
    }
    project.commit_all();
    let rename = |from: &str, to: &str, change: bool| {
        let folder = project.path().join(to).parent().unwrap().to_owned();
        std::fs::create_dir_all(folder).unwrap();
        project.git(&["mv", from, to]);
        if change {
            project.file(to, format!("{}changed\n", project.read(to)));
        }
        project.commit_all();
    };
    rename("docs/a.md", "docs/a2.md", false);
    let lost = project.git(&["rev-parse", "HEAD:docs/b.md"]);
    rename("docs/b.md", "docs/b2.md", true);
    rename("docs/c.md", "docs/new/c 2.md", true);
    project.git(&["rm", "-q", "docs/d.md"]);
    project.commit_all();
    let lost = lost.trim();
    let object = format!(".git/objects/{}/{}", &lost[..2], &lost[2..]);
    std::fs::remove_file(project.path().join(object)).unwrap();

    let answer = audit(&project, &["--format", "json"]).run().expect_code(1);
    let result = answer.json();
    let findings = result["findings"].as_array().unwrap();
    let target = |at: usize| findings[at]["fix"]["proof"]["target"].as_str();
    assert_eq!(target(0), Some("docs/a2.md"));
    assert_eq!(findings[0]["fix"]["applicability"], "safe");
    assert_eq!(findings[0]["fix"]["proof"]["kind"], "rename");
    assert_eq!(
        findings[0]["fix"]["proof"]["commits"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(target(2), Some("docs/new/c 2.md"));
    for (at, words) in [
        (1, "was deleted in"),
        (3, "was deleted in"),
        (4, "never existed"),
    ] {
        let message = findings[at]["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
    }

    audit(&project, &["--fix"]).run().expect_code(1);
    assert_eq!(
        project.read("docs/links.md"),
        "[a](a2.md) [b](b.md) [c](new/c%202.md#x) [d](d.md) [e](e.md)\n"
    );
}

/// The links that the project's own checker sees: `[text](target)` anywhere in a line, with
/// the line from 1.
fn seen_by_its_checker(text: &str) -> Vec<(u64, String)> {
    let mut seen = Vec::new();
    for (line, text) in (1..).zip(text.split('\n')) {
        let mut rest = text;
        while let Some(open) = rest.find('[') {
            rest = &rest[open + 1..];
            let Some(close) = rest.find(']').filter(|close| *close > 0) else {
                continue;
            };
            let Some(target) = rest[close + 1..].strip_prefix('(') else {
                continue;
            };
            if let Some(end) = target.find(')').filter(|end| *end > 0) {
                seen.push((line, target[..end].to_owned()));
                rest = &target[end + 1..];
            }
        }
    }
    seen
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
    let repo = project.path().join("repo");
    let listed = project.git(&["-C", "repo", "ls-files", "-z", "--", "docs", "AgentQMS"]);
    let documents: Vec<&str> = listed.split('\0').filter(|f| f.ends_with(".md")).collect();
    let mut all = 0;
    let mut theirs = BTreeSet::new();
    for document in &documents {
        let text = project.read(&format!("repo/{document}"));
        for (line, target) in seen_by_its_checker(&text) {
            all += 1;
            let elsewhere = ["http://", "https://", "#", "mailto:"];
            let path = target.split('#').next().unwrap();
            let full = repo.join(document).parent().unwrap().join(path);
            if !elsewhere.iter().any(|start| target.starts_with(start)) && !full.exists() {
                theirs.insert((format!("{document}:{line}"), target));
            }
        }
    }
    assert_eq!((documents.len(), all, theirs.len()), (219, 163, 75));

    let run = |args: &[&str]| audit(&project, args).in_dir(&repo).run();
    let result = run(&["--format", "json"]).expect_code(1).json();
    // Of the 163, 23 lead to other sites and are not judged here.
    assert_eq!(
        (&result["files"], &result["items"]),
        (&219.into(), &140.into())
    );
    let findings = result["findings"].as_array().unwrap();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut ours = BTreeSet::new();
    for finding in findings {
        let message = finding["message"].as_str().unwrap();
        let target = message.split('`').nth(1).unwrap().to_owned();
        let place = format!("{}:{}", finding["path"].as_str().unwrap(), finding["line"]);
        ours.insert((place, target));
        let kind = match &finding["fix"] {
            serde_json::Value::Null => "none".to_owned(),
            fix => {
                let proof = &fix["proof"];
                assert!(
                    repo.join(proof["target"].as_str().unwrap()).exists(),
                    "{proof}"
                );
                format!(
                    "{} {}",
                    fix["applicability"].as_str().unwrap(),
                    proof["kind"].as_str().unwrap()
                )
            }
        };
        *kinds.entry(kind).or_default() += 1;
    }
    assert_eq!(findings.len(), 75);
    assert_eq!(ours, theirs);
    insta::assert_debug_snapshot!(kinds, @r#"
    {
        "none": 31,
        "safe checkout": 5,
        "safe depth": 9,
        "safe descendant": 2,
        "safe folder-moved": 13,
        "safe from-root": 9,
        "safe letter-case": 1,
        "safe package": 2,
        "suggested partial-suffix": 1,
        "suggested slug": 1,
        "suggested unique-name": 1,
    }
    "#);

    let shown = run(&["--diff"]).expect_code(1).stdout;
    assert_eq!(
        project.git(&[
            "-C",
            "repo",
            "status",
            "--porcelain",
            "--untracked-files=no"
        ]),
        ""
    );
    run(&["--fix"]).expect_code(1);
    let changed = project.git(&["-C", "repo", "diff"]);
    let lines = |text: &str, mark: char| text.lines().filter(|l| l.starts_with(mark)).count();
    for mark in ['+', '-'] {
        assert_eq!(lines(&shown, mark), lines(&changed, mark));
    }
    run(&["--fix=all"]).expect_code(1);
    let again = run(&["--fix=all", "--format", "json"])
        .expect_code(1)
        .json();
    assert_eq!(again["changed_files"].as_array().unwrap().len(), 0);
    let left = again["findings"].as_array().unwrap();
    assert_eq!(left.len(), kinds["none"]);
    assert!(left.iter().all(|finding| finding["fix"].is_null()));
}
