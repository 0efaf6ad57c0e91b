//! `overnight audit code`, with the real ruff and mypy.

use std::env;
use std::path::{Path, PathBuf};

use overnight_testkit::{Overnight, TestProject, skip};
use serde_json::Value;

/// The PATH with a folder that holds ruff and mypy in front; `None`, said aloud, without.
fn path_with_tools(test: &str) -> Option<String> {
    let given = env::var_os("OVERNIGHT_TEST_VENV").map(PathBuf::from);
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv-test");
    let path = env::var("PATH").unwrap_or_default();
    let found = given
        .into_iter()
        .chain([own])
        .map(|venv| venv.join("bin"))
        .chain(env::split_paths(&path))
        .find(|bin| bin.join("ruff").is_file() && bin.join("mypy").is_file());
    if found.is_none() {
        skip(test, "ruff and mypy");
    }
    Some(format!("{}:{path}", found?.display()))
}

fn audit(project: &TestProject, path: &str, args: &[&str]) -> Overnight {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project)
        .env("PATH", path)
        .args(["audit", "code", "--format", "json"])
        .args(args)
}

/// A PATH with git and nothing of Python.
fn path_without_tools(project: &TestProject) -> String {
    let path = env::var("PATH").expect("a PATH");
    let git = env::split_paths(&path)
        .map(|folder| folder.join("git"))
        .find(|file| file.is_file())
        .expect("git is installed");
    let bin = project.path().join("bin");
    std::fs::create_dir_all(&bin).expect("a folder");
    std::os::unix::fs::symlink(git, bin.join("git")).expect("a link");
    bin.to_string_lossy().into_owned()
}

fn sample() -> TestProject {
    let project = TestProject::new();
    project
        .file(
            "overnight.toml",
            "[audit.code]\nruff = [\".\"]\nmypy = [\"app\"]\n",
        )
        .file("requirements.txt", "mypy\nruff==0.0.1  # old\n")
        .file("app/__init__.py", "")
        .file(
            "app/main.py",
            "import os\ndef size(text: str)->int:\n    return text\n",
        )
        .file("app/fine.py", "X = 1\n")
        .file("broken.py", "def (:\n")
        .file("README.md", "# Read\n\n```python\nx=1\n```\n")
        .commit_all();
    project
}

fn tool<'a>(result: &'a Value, name: &str) -> &'a Value {
    let tools = result["tools"].as_array().expect("a list of tools");
    let named = tools.iter().find(|tool| tool["tool"] == name);
    named.expect("the tool is in the list")
}

#[test]
fn every_tool_reports_and_the_tree_stays_as_it_is() {
    let Some(path) = path_with_tools("every_tool_reports_and_the_tree_stays_as_it_is") else {
        return;
    };
    let project = sample();
    let result = audit(&project, &path, &[]).run().expect_code(1).json();
    assert_eq!(result["status"], "findings");
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    let shown: Vec<String> = result["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| format!("{} {} {}", f["source"], f["rule"], f["path"]).replace('"', ""))
        .collect();
    for expected in [
        "ruff F401 app/main.py",
        "ruff invalid-syntax broken.py",
        "ruff unformatted app/main.py",
        "mypy return-value app/main.py",
    ] {
        assert!(
            shown.iter().any(|line| line == expected),
            "{expected}: {shown:?}"
        );
    }
    assert!(
        !shown.iter().any(|line| line.contains("README")),
        "{shown:?}"
    );
    let message = tool(&result, "ruff check")["message"].as_str().unwrap();
    assert!(
        message.contains("pins 0.0.1 (requirements.txt)"),
        "{message}"
    );
    let total: u64 = ["ruff check", "ruff format", "mypy"]
        .iter()
        .map(|name| tool(&result, name)["before"].as_u64().unwrap())
        .sum();
    assert_eq!(total, shown.len() as u64);
}

#[test]
fn safe_fixes_are_made_and_counted() {
    let Some(path) = path_with_tools("safe_fixes_are_made_and_counted") else {
        return;
    };
    let project = sample();
    let before = project.read("README.md");
    let result = audit(&project, &path, &["--fix"])
        .run()
        .expect_code(1)
        .json();
    assert_eq!(result["changed_files"], serde_json::json!(["app/main.py"]));
    assert_eq!(
        project.read("app/main.py"),
        "def size(text: str) -> int:\n    return text\n"
    );
    assert_eq!(project.read("README.md"), before);
    assert_eq!(tool(&result, "ruff format")["after"], 0);
    let mypy = tool(&result, "mypy");
    assert_eq!((&mypy["before"], &mypy["after"]), (&1.into(), &1.into()));
    let again = audit(&project, &path, &["--fix"]).run().json();
    assert_eq!(again["changed_files"].as_array().unwrap().len(), 0);
    assert_eq!(project.git(&["status", "--porcelain"]), " M app/main.py\n");
}

#[test]
fn a_tool_that_cannot_work_fails_and_the_others_report() {
    let Some(path) = path_with_tools("a_tool_that_cannot_work_fails_and_the_others_report") else {
        return;
    };
    let project = sample();
    project.file("ruff.toml", "no-such-key = 1\n");
    let result = audit(&project, &path, &[]).run().expect_code(1).json();
    assert_eq!(result["status"], "partial");
    assert_eq!(tool(&result, "ruff check")["status"], "failed");
    assert_eq!(tool(&result, "mypy")["status"], "ran");
    let message = tool(&result, "ruff check")["message"].as_str().unwrap();
    assert!(message.contains("no-such-key"), "{message}");
}

#[test]
fn without_any_tool_nothing_is_done_and_the_way_out_is_named() {
    let project = sample();
    let path = path_without_tools(&project);
    let answer = audit(&project, &path, &[]).run().expect_code(3);
    assert!(
        answer.stderr.contains("pip install ruff==0.0.1 mypy"),
        "{}",
        answer.stderr
    );
}

#[test]
fn a_project_without_python_needs_no_tool() {
    let project = TestProject::new();
    project
        .file("overnight.toml", "")
        .file("a.md", "x")
        .commit_all();
    let path = path_without_tools(&project);
    let result = audit(&project, &path, &[]).run().expect_code(0).json();
    assert_eq!(result["files"], 0);
}

#[test]
fn a_missing_tool_is_recorded_beside_what_ran() {
    let Some(path) = path_with_tools("a_missing_tool_is_recorded_beside_what_ran") else {
        return;
    };
    let project = sample();
    let bin = path_without_tools(&project);
    let ruff = env::split_paths(&path)
        .map(|folder| folder.join("ruff"))
        .find(|file| file.is_file());
    let own = project.path().join(".venv/bin");
    std::fs::create_dir_all(&own).unwrap();
    std::os::unix::fs::symlink(ruff.unwrap(), own.join("ruff")).unwrap();
    let result = audit(&project, &bin, &["app/fine.py"])
        .run()
        .expect_code(1)
        .json();
    assert_eq!(result["status"], "findings");
    assert_eq!(result["findings"].as_array().unwrap().len(), 0);
    assert_eq!(tool(&result, "mypy")["status"], "missing");
    let message = tool(&result, "ruff check")["message"].as_str().unwrap();
    assert!(message.starts_with("found in .venv/bin"), "{message}");
}

#[test]
fn in_a_night_each_rule_and_the_formatter_write_down_their_part() {
    let Some(path) =
        path_with_tools("in_a_night_each_rule_and_the_formatter_write_down_their_part")
    else {
        return;
    };
    let text = "import sys\nimport os\nfrom typing import Dict\nX : Dict[str,str]=sys.modules\n";
    let make = || {
        let project = TestProject::new();
        project
            .file("overnight.toml", "[audit.code]\nruff = [\"app\"]\n")
            .file(
                "app/ruff.toml",
                "[lint]\nselect = [\"F401\", \"I001\", \"UP006\"]\n",
            )
            .file("app/main.py", text)
            .file("app/ignored.py", text)
            .file(".gitignore", "ignored.py\n")
            .commit_all();
        project
    };
    let by_hand = make();
    audit(&by_hand, &path, &["--fix"]).run().expect_code(0);
    let project = make();
    let folder = TestProject::new();
    let in_night = audit(&project, &path, &["--fix"]);
    let answer = in_night.env("OVERNIGHT_STEP_DIR", folder.path()).run();
    answer.expect_code(0);
    let fixed = project.read("app/main.py");
    assert_eq!(
        fixed,
        by_hand.read("app/main.py"),
        "the result is the same as by hand"
    );
    let parts = folder.path().join("parts");
    let mut names: Vec<String> = std::fs::read_dir(&parts)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "01-ruff-check-F401.patch",
            "02-ruff-check-I001.patch",
            "03-ruff-check-UP006.patch",
            "04-ruff-check.patch",
            "05-ruff-format.patch"
        ]
    );
    let diff = project.git(&["diff", "--binary"]);
    project.git(&["checkout", "-q", "."]);
    for name in names {
        project.git(&["apply", parts.join(name).to_str().unwrap()]);
    }
    assert_eq!(project.git(&["diff", "--binary"]), diff);
}

#[test]
fn a_rule_whose_fix_breaks_a_file_is_undone_there_and_nowhere_else() {
    let Some(path) =
        path_with_tools("a_rule_whose_fix_breaks_a_file_is_undone_there_and_nowhere_else")
    else {
        return;
    };
    // The import is there for its effect; the project's check knows, the linter does not.
    let config = "[audit.code]\nruff = ['app']\n[workspace]\n\
                  gate = [['grep', '-q', 'import readline', 'app/shell.py']]\n\
                  [steps.\"1.1.1\"]\nrun = 'overnight audit code --fix'\n";
    let project = TestProject::new();
    project
        .file(
            "PLAN.md",
            "# P\n\n#### **Phase 1: A**\n1. [ ] **Task 1.1: B**\n   - [ ] Tidy\n",
        )
        .file("overnight.toml", config)
        .file(
            "app/shell.py",
            "import readline\nimport sys\n\nX = sys.path\nY=X\n",
        )
        .file("app/main.py", "import os\nX=1\n")
        .commit_all();
    let night = Overnight::new(env!("CARGO_BIN_EXE_overnight"), &project)
        .env("PATH", &path)
        .args(["run", "PLAN.md", "--format", "json"]);
    let json = night.run().expect_code(1).json();
    let reason = json["steps"][0]["state"]["reason"].as_str().unwrap();
    let said = "1 of 2 parts and some files of another were kept, \
                undone: ruff-check-F401 in app/shell.py";
    assert!(reason.ends_with(said), "{reason}");
    let branch = json["branch"].as_str().unwrap();
    let show = |file: &str| project.git(&["show", &format!("{branch}:{file}")]);
    assert_eq!(
        show("app/shell.py"),
        "import readline\nimport sys\n\nX = sys.path\nY = X\n"
    );
    assert_eq!(show("app/main.py"), "X = 1\n");
}
