//! Parts of a change put together again, with every kind of change git knows.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;
use crate::workspace::Composer;

/// Every file of the night's tree with mode and bytes, except git's own.
fn laid_out(made: &Made) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let top = made.workspace.project();
    let mut files = BTreeMap::new();
    let mut folders = vec![top.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            if kind.is_dir() {
                folders.push(path);
            } else if entry.file_name() != ".git" {
                let (mode, bytes) = if kind.is_symlink() {
                    (
                        0,
                        fs::read_link(&path)
                            .unwrap()
                            .as_os_str()
                            .as_bytes()
                            .to_vec(),
                    )
                } else {
                    let mode = entry.metadata().unwrap().permissions().mode() & 0o100;
                    (mode, fs::read(&path).unwrap())
                };
                files.insert(path.strip_prefix(&top).unwrap().to_owned(), (mode, bytes));
            }
        }
    }
    files
}

/// A change with an addition, a deletion, a mode, a binary file, a rename, a link, a file
/// that became a folder, and names of every kind.
fn varied() -> Made {
    let project = TestProject::new();
    let long: String = (0..40).map(|n| format!("line {n}\n")).collect();
    project
        .file("gone.txt", "gone\n")
        .file("script", "#!/bin/sh\n")
        .file("old name.py", &long)
        .file("becomes", "a folder\n")
        .file("kept.txt", "kept\n")
        .file(".gitignore", "*.log\n")
        .commit_all();
    let workspace = open(&project, &[]);
    let top = workspace.project();
    fs::remove_file(top.join("gone.txt")).unwrap();
    fs::set_permissions(top.join("script"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(top.join("old name.py"), top.join("new name.py")).unwrap();
    fs::remove_file(top.join("becomes")).unwrap();
    fs::create_dir(top.join("becomes")).unwrap();
    fs::write(top.join("becomes/one"), "1").unwrap();
    fs::write(top.join("line\nbreak \"한글\".txt"), "odd\n").unwrap();
    fs::write(top.join(OsStr::from_bytes(b"not-text-\xff")), [0, 1, 255]).unwrap();
    symlink("kept.txt", top.join("link")).unwrap();
    fs::write(top.join("x.log"), "ignored").unwrap();
    Made { project, workspace }
}

#[test]
fn all_units_together_are_the_change_and_it_can_be_laid_out_again() {
    let made = varied();
    let before = laid_out(&made);
    let change = made.workspace.change().unwrap().unwrap();
    let units = made.workspace.units(&change).unwrap();
    let names: Vec<String> = units.iter().map(Unit::name).collect();
    assert_eq!(
        names,
        [
            "becomes => becomes/one",
            "gone.txt",
            "line?break \"한글\".txt",
            "link",
            "old name.py => new name.py",
            "not-text-\u{fffd}",
            "script"
        ]
    );
    let all: Vec<&Unit> = units.iter().collect();
    let mut composer = Composer::new(&made.workspace, &units);
    assert_eq!(composer.compose(&all).unwrap().unwrap(), change.tree());
    let again = made.workspace.change_from_tree(change.tree()).unwrap();
    assert_eq!(again, change);
    made.workspace.discard().unwrap();
    fs::write(made.workspace.project().join("link"), "in the way").unwrap();
    fs::write(made.workspace.project().join("stray"), "left by a gate").unwrap();
    made.workspace.check_out(&again).unwrap();
    assert_eq!(laid_out(&made), before);
    assert_eq!(made.workspace.change().unwrap().unwrap(), change);
}

#[test]
fn each_unit_alone_and_each_left_out_is_what_it_says() {
    let made = varied();
    let change = made.workspace.change().unwrap().unwrap();
    let whole = laid_out(&made);
    made.workspace.discard().unwrap();
    let base = laid_out(&made);
    let units = made.workspace.units(&change).unwrap();
    for chosen in 0..units.len() {
        for is_alone in [true, false] {
            let mut composer = Composer::new(&made.workspace, &units);
            let picked: Vec<&Unit> = (units.iter().enumerate())
                .filter(|(index, _)| (*index == chosen) == is_alone)
                .map(|(_, unit)| unit)
                .collect();
            let tree = composer.compose(&picked).unwrap().unwrap();
            let part = made.workspace.change_from_tree(&tree).unwrap();
            made.workspace.check_out(&part).unwrap();
            let mut expected = base.clone();
            for delta in picked.iter().flat_map(|unit| &unit.deltas) {
                let path = PathBuf::from(OsStr::from_bytes(&delta.path));
                match whole.get(&path) {
                    Some(file) => expected.insert(path, file.clone()),
                    None => expected.remove(&path),
                };
            }
            assert_eq!(laid_out(&made), expected, "{:?}", units[chosen].name());
        }
    }
}

#[test]
fn the_rest_of_a_part_is_a_patch_that_applies_on_the_part() {
    let Made {
        project,
        workspace: mut tree,
    } = varied();
    let change = tree.change().unwrap().unwrap();
    let units = tree.units(&change).unwrap();
    let some: Vec<&Unit> = units.iter().step_by(2).collect();
    let part = Composer::new(&tree, &units)
        .compose(&some)
        .unwrap()
        .unwrap();
    let part = tree.change_from_tree(&part).unwrap();
    let patch = project.path().join(".overnight/change.patch");
    tree.keep_rest(&part, &change, &patch).unwrap();
    let run = run();
    let mut message = message(&run);
    message.part = Some("4 of 7 files");
    let base = tree.tip().to_owned();
    let commit = tree.commit(&part, &message).unwrap();
    tree.discard().unwrap();
    // A runner that died before it wrote the commit down learns that it is not the whole.
    tree.tip = base;
    let adopted = tree.adopt_commits(&run).unwrap();
    assert_eq!((adopted.len(), &adopted[0].id), (1, &commit));
    assert_eq!(adopted[0].part.as_deref(), Some("4 of 7 files"));
    let top = tree.project();
    project.git(&[
        "-C",
        top.to_str().unwrap(),
        "apply",
        "--index",
        patch.to_str().unwrap(),
    ]);
    assert_eq!(tree.git.text("", &["write-tree"]).unwrap(), change.tree());
    let trailers = project.git(&[
        "log",
        "-1",
        "--format=%(trailers)",
        "overnight/2026-01-01_2200_test",
    ]);
    assert!(
        trailers.contains("Overnight-Part: 4 of 7 files\n"),
        "{trailers}"
    );
}

#[test]
fn a_tree_nobody_has_is_no_change() {
    let made = made(&[]);
    for id in ["", "no id", "HEAD", &"0".repeat(40), &"1".repeat(40)] {
        let missing = made.workspace.change_from_tree(id).unwrap_err();
        assert!(matches!(missing, WorkspaceError::Git { .. }), "{id}");
    }
    let tip = made.workspace.tip().to_owned();
    let unchanged = made.workspace.change_from_tree(&tip).unwrap();
    assert_eq!(unchanged.stat, DiffStat::default());
}

/// A tree to which two tools were applied: the first changed the top and the bottom of a
/// file, the second the bottom again, and another file.
fn by_two_tools() -> (Made, Change, PathBuf) {
    let project = TestProject::new();
    let text = |top: &str, bottom: &str| {
        let middle: String = (0..20).map(|n| format!("{n}\n")).collect();
        format!("{top}\n{middle}{bottom}\n")
    };
    project
        .file("a.py", text("top", "bottom"))
        .file("b.py", "b\n")
        .commit_all();
    let workspace = open(&project, &[]);
    let (top, parts) = (workspace.project(), project.path().join(".overnight/parts"));
    fs::create_dir(&parts).unwrap();
    let made = Made { project, workspace };
    let git = |args: &[&str]| {
        let mut full = vec!["-C", top.to_str().unwrap()];
        full.extend(args);
        made.project.git(&full)
    };
    fs::write(top.join("a.py"), text("TOP", "bottom")).unwrap();
    fs::write(top.join("new.py"), "new\n").unwrap();
    git(&["add", "-A"]);
    fs::write(
        parts.join("01-lint.patch"),
        git(&["diff", "--cached", "--binary"]),
    )
    .unwrap();
    fs::write(top.join("a.py"), text("TOP", "BOTTOM")).unwrap();
    fs::write(top.join("b.py"), "B\n").unwrap();
    fs::write(parts.join("02-format.patch"), git(&["diff", "--binary"])).unwrap();
    let change = made.workspace.change().unwrap().unwrap();
    (made, change, parts)
}

#[test]
fn parts_that_add_up_are_read_and_a_later_one_stands_without_an_earlier() {
    let (made, change, folder) = by_two_tools();
    let Parts::Whole(parts) = made.workspace.parts(&folder, &change).unwrap() else {
        panic!("the parts add up");
    };
    let labels: Vec<(&str, usize)> = (parts.iter())
        .map(|part| (part.label.as_str(), part.units.len()))
        .collect();
    assert_eq!(labels, [("lint", 2), ("format", 2)]);
    let units: Vec<&Unit> = parts.iter().flat_map(|part| &part.units).collect();
    let mut composer = Composer::new(&made.workspace, units.iter().copied());
    assert_eq!(composer.compose(&units).unwrap().unwrap(), change.tree());
    let format: Vec<&Unit> = parts[1].units.iter().collect();
    let only_format = composer.compose(&format).unwrap().unwrap();
    let only_format = made.workspace.change_from_tree(&only_format).unwrap();
    made.workspace.check_out(&only_format).unwrap();
    let seen = laid_out(&made);
    let a = String::from_utf8_lossy(&seen[Path::new("a.py")].1).into_owned();
    assert!(a.starts_with("top\n") && a.ends_with("\nBOTTOM\n"), "{a}");
    assert_eq!(seen[Path::new("b.py")].1, b"B\n");
    assert!(!seen.contains_key(Path::new("new.py")));
}

#[test]
fn what_builds_on_a_part_that_is_left_out_cannot_be_had() {
    let (made, _, folder) = by_two_tools();
    fs::write(made.workspace.project().join("new.py"), "newer\n").unwrap();
    fs::write(made.workspace.project().join("b.py"), "BB\n").unwrap();
    let git = ["-C", made.workspace.project().to_str().unwrap(), "diff"].map(str::to_owned);
    let words: Vec<&str> = git.iter().map(String::as_str).collect();
    fs::write(folder.join("03-more.patch"), made.project.git(&words)).unwrap();
    let change = made.workspace.change().unwrap().unwrap();
    let Parts::Whole(parts) = made.workspace.parts(&folder, &change).unwrap() else {
        panic!("the parts add up");
    };
    let units = parts.iter().flat_map(|part| &part.units);
    let mut composer = Composer::new(&made.workspace, units);
    for unit in &parts[2].units {
        assert_eq!(composer.compose(&[unit]).unwrap(), None, "{}", unit.name());
    }
}

#[test]
fn parts_that_do_not_add_up_are_not_used() {
    let (made, change, folder) = by_two_tools();
    let parts = |change: &Change| made.workspace.parts(&folder, change).unwrap();
    let nowhere = made.workspace.parts(&folder.join("none"), &change).unwrap();
    assert_eq!(nowhere, Parts::None);
    fs::write(folder.join("00-empty.patch"), "").unwrap();
    assert!(matches!(parts(&change), Parts::Whole(_)));
    fs::write(made.workspace.project().join("c.py"), "by hand\n").unwrap();
    let more = made.workspace.change().unwrap().unwrap();
    let Parts::Unusable(why) = parts(&more) else {
        panic!("a file is missing from the parts");
    };
    assert_eq!(why, "the parts do not add up to the change");
    fs::write(folder.join("01-lint.patch"), "no patch\n").unwrap();
    let Parts::Unusable(why) = parts(&change) else {
        panic!("it is no patch");
    };
    assert_eq!(why, "the part lint does not apply");
}
