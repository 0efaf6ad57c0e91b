//! Secrets of a step reach no file of the project, whatever the step does with them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::night_project::{overnight, project};

/// Files below `folder` that hold one of `needles`; git's own objects are compressed and
/// are looked at through git.
fn holding(folder: &Path, needles: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().filter_map(Result::ok) {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                let bytes = fs::read(entry.path()).unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes);
                if needles.iter().any(|needle| text.contains(needle)) {
                    found.push(entry.path());
                }
            }
        }
    }
    found
}

#[test]
fn a_secret_a_step_prints_is_found_nowhere() {
    let token = format!("ghp_{}", "a1B2c3D4e5".repeat(4).get(..36).unwrap());
    let password = "correct horse battery staple 4711";
    let file_secret = "file-secret-0815-xyz";
    let project = project(
        &[
            "echo \"key=$MY_PASSWORD\"; echo \"$MY_PASSWORD\" >&2; exit 5",
            "echo token is $MY_TOKEN",
            "printf 'half %.10s' \"$MY_PASSWORD\"; sleep 0.7; printf '%s' \"${MY_PASSWORD#??????????}\"; exit 6",
            "printf '{\"status\": \"findings\", \"message\": \"%s\"}' \"$MY_PASSWORD\" > $OVERNIGHT_RESULT; exit 1",
            "cat secret.txt; exit 8",
            "set -x; : $MY_PASSWORD; exit 9",
        ],
        "[secrets]\nenv = ['MY_PASSWORD']\nfiles = ['secret.txt']\n\
         [workspace]\nshare = ['secret.txt']\n",
    );
    project.file(".gitignore", "secret.txt\n").commit_all();
    project.file("secret.txt", format!("{file_secret}\n"));
    let answer = overnight(&project)
        .env("MY_PASSWORD", password)
        .env("MY_TOKEN", &token)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(1);
    let needles = [password, token.as_str(), file_secret];
    for text in [&answer.stdout, &answer.stderr] {
        assert!(
            !needles.iter().any(|needle| text.contains(needle)),
            "{text}"
        );
    }
    let result = "steps/1.1.4/result.json";
    for folder in ["logs", ".overnight", "data"] {
        let found = holding(&project.path().join(folder), &needles);
        // What a step writes into its own result is the step's.
        let ours: Vec<_> = found
            .iter()
            .filter(|path| !path.ends_with(result))
            .collect();
        assert!(ours.is_empty(), "{ours:?}");
    }
    let log = crate::night_project::run_dir(&project).join("steps/1.1.1/stdout.log");
    assert_eq!(fs::read_to_string(log).unwrap(), "key=[secret]\n");
}
