//! The shape of the house: who may depend on whom, how large a file may grow, what must
//! not be found in the sources.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The allowed edges between crates. Arrows point down only; the binary sees everything.
const EDGES: &[(&str, &[&str])] = &[
    ("record", &[]),
    ("metrics", &["record"]),
    ("image", &[]),
    ("ocr", &["record", "metrics", "image"]),
    ("plan", &["record"]),
    ("run", &["plan", "record"]),
    ("study", &["record", "metrics", "image", "ocr"]),
    ("audit", &["record"]),
    ("report", &["record"]),
    ("testkit", &[]),
];

/// The crates that may start processes and read the environment.
const EFFECTFUL: &[&str] = &[
    "overnight",
    "overnight-run",
    "overnight-ocr",
    "overnight-testkit",
];

const MOST_LINES: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the repository")
}

/// Every Rust file below `crates/` and `xtask/`, with its text, by path from the root.
fn sources() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root().join("crates"), root().join("xtask")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).expect("below the root");
                let name = name.to_string_lossy().into_owned();
                found.insert(name, fs::read_to_string(&path).expect("UTF-8"));
            }
        }
    }
    found
}

/// The source without its test module, which stands last by convention.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or_default()
}

#[track_caller]
fn assert_none(offenders: &[String], rule: &str) {
    assert!(
        offenders.is_empty(),
        "{rule}:\n  {}",
        offenders.join("\n  ")
    );
}

#[test]
fn crates_depend_only_on_those_below_them() {
    let mut offenders = Vec::new();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let crate_name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let Some(name) = crate_name.strip_prefix("overnight-") else {
            continue;
        };
        let Some((_, allowed)) = EDGES.iter().find(|(known, _)| *known == name) else {
            offenders.push(format!("{crate_name} is not in the table of edges"));
            continue;
        };
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let dependencies = manifest.get("dependencies").and_then(|d| d.as_table());
        for dependency in dependencies.into_iter().flatten().map(|(name, _)| name) {
            if let Some(used) = dependency.strip_prefix("overnight-")
                && !allowed.contains(&used)
            {
                offenders.push(format!("{crate_name} -> {dependency}"));
            }
        }
    }
    assert_none(&offenders, "edges the architecture does not have");
}

#[test]
fn no_file_outgrows_a_readers_patience() {
    let offenders: Vec<String> = sources()
        .iter()
        .map(|(name, text)| (name, text.lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(name, lines)| format!("{name}: {lines} lines"))
        .collect();
    assert_none(&offenders, "files of more than 600 lines want to be cut");
}

#[test]
fn no_module_is_named_after_nothing() {
    let offenders: Vec<String> = sources()
        .into_keys()
        .filter(|name| {
            name.trim_end_matches(".rs").split('/').any(|part| {
                ["util", "utils", "helper", "helpers", "common", "misc"].contains(&part)
            })
        })
        .collect();
    assert_none(&offenders, "a module is named after its noun");
}

#[test]
fn every_rule_has_its_page_and_every_page_its_rule() {
    let pages = root().join("docs/rules");
    let mut offenders: Vec<String> = overnight_audit::RULE_IDS
        .iter()
        .filter(|id| !pages.join(format!("{id}.md")).exists())
        .map(|id| format!("docs/rules/{id}.md is missing"))
        .collect();
    for entry in fs::read_dir(&pages).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let id = name.trim_end_matches(".md");
        if !overnight_audit::RULE_IDS.contains(&id) && id != "README" {
            offenders.push(format!("docs/rules/{name} describes no rule"));
        }
    }
    assert_none(&offenders, "a rule's id is the name of its page");
}

#[test]
fn nothing_is_left_for_later() {
    // Written in pieces, so that this file does not offend itself.
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
    ];
    let mut offenders = Vec::new();
    for (name, text) in sources() {
        for (index, line) in text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) {
                offenders.push(format!("{name}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    assert_none(&offenders, "an issue is the place for what is left to do");
}

#[test]
fn only_the_edges_start_processes_and_read_the_environment() {
    let forbidden = [
        concat!("process::", "Command"),
        concat!("env::", "var("),
        concat!("env::", "var_os("),
        concat!("process::", "exit("),
    ];
    let mut offenders = Vec::new();
    for (name, text) in sources() {
        let Some((crate_name, file)) = name
            .strip_prefix("crates/")
            .and_then(|rest| rest.split_once('/'))
        else {
            continue;
        };
        let is_test = file.ends_with("/tests.rs") || file.contains("/tests/");
        if EFFECTFUL.contains(&crate_name) || !file.starts_with("src/") || is_test {
            continue;
        }
        let own = without_tests(&text);
        for what in forbidden.iter().filter(|what| own.contains(*what)) {
            offenders.push(format!("{name}: {what}"));
        }
    }
    assert_none(&offenders, "clock, environment and processes are handed in");
}

#[test]
fn the_licence_is_ours_and_the_allowed_ones_are_permissive() {
    let licence = fs::read_to_string(root().join("LICENSE")).unwrap();
    assert!(licence.contains("Apache License") && licence.contains("Version 2.0, January 2004"));
    let policy = fs::read_to_string(root().join("deny.toml")).unwrap();
    let policy: toml::Table = policy.parse().unwrap();
    let allowed = policy["licenses"]["allow"].as_array().unwrap();
    assert!(!allowed.is_empty());
    let offenders: Vec<String> = allowed
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .filter(|name| {
            ["GPL", "MPL", "EPL", "CDDL", "SSPL", "BUSL", "CC-BY"]
                .iter()
                .any(|family| name.contains(family))
        })
        .collect();
    assert_none(&offenders, "licences that bind those who use the program");
}
