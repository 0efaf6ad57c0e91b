use std::fs;
use std::path::{Path, PathBuf};

use overnight_record::RunId;
use overnight_testkit::TestProject;

use super::*;

mod compose;
mod untouched;

fn run() -> RunId {
    "2026-01-01_2200_test".parse().unwrap()
}

struct Made {
    project: TestProject,
    workspace: Workspace,
}

fn made(share: &[&str]) -> Made {
    let project = TestProject::new();
    project
        .file("a.txt", "one\n")
        .file(".gitignore", "data/\n*.log\n");
    project.commit_all();
    project.file("data/big.bin", "big");
    let workspace = open(&project, share);
    Made { project, workspace }
}

fn open(project: &TestProject, share: &[&str]) -> Workspace {
    let state_dir = project.path().join(".overnight");
    ensure_own_folder(&state_dir).unwrap();
    let repository = Repository::discover(project.path()).unwrap();
    let run = run();
    let place = Place {
        project: project.path(),
        state_dir: &state_dir,
        run: &run,
        share: share.iter().map(PathBuf::from).collect(),
        in_place: false,
    };
    Workspace::create(&repository, &place).unwrap()
}

fn message(run: &RunId) -> Message<'_> {
    Message {
        subject: "🤖 Overnight Ops: 1.1 - mend".to_owned(),
        run,
        task: Some("1.1".parse().unwrap()),
        step: Some("1.1.1".parse().unwrap()),
        attempt: Some(2),
        part: None,
    }
}

#[test]
fn a_change_is_committed_with_trailers_and_links_are_never_part_of_it() {
    let Made {
        project,
        mut workspace,
    } = made(&["data"]);
    let top = workspace.project();
    assert!(top.join("data/big.bin").exists());
    assert!(workspace.change().unwrap().is_none());
    fs::write(top.join("a.txt"), "one\ntwo\n").unwrap();
    fs::write(top.join("new.txt"), "new\n").unwrap();
    fs::write(top.join("x.log"), "ignored\n").unwrap();
    let change = workspace.change().unwrap().unwrap();
    assert_eq!(
        change.stat,
        DiffStat {
            files: 2,
            insertions: 2,
            deletions: 0
        }
    );
    let run = run();
    let commit = workspace.commit(&change, &message(&run)).unwrap();
    assert!(workspace.change().unwrap().is_none());
    assert!(top.join("x.log").exists() && top.join("data").is_symlink());
    let shown = project.git(&["log", "-1", "--format=%s|%(trailers)", &commit]);
    assert_eq!(
        shown.trim_end(),
        "🤖 Overnight Ops: 1.1 - mend|Overnight-Run: 2026-01-01_2200_test\n\
         Overnight-Task: 1.1\nOvernight-Step: 1.1.1\nOvernight-Attempt: 2"
    );
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    assert_eq!(project.read("a.txt"), "one\n");
}

#[test]
fn a_rolled_back_change_is_a_patch_that_applies() {
    let Made { project, workspace } = made(&["data"]);
    let top = workspace.project();
    fs::write(top.join("a.txt"), "changed\n").unwrap();
    fs::create_dir(top.join("deep")).unwrap();
    fs::write(top.join("deep/binary"), [0u8, 159, 146, 150]).unwrap();
    let change = workspace.change().unwrap().unwrap();
    let patch = project.path().join(".overnight/change.patch");
    workspace.roll_back(&change, &patch).unwrap();
    assert_eq!(fs::read_to_string(top.join("a.txt")).unwrap(), "one\n");
    assert!(!top.join("deep").exists() && top.join("data").is_symlink());
    project.git(&["apply", "--index", patch.to_str().unwrap()]);
    assert_eq!(fs::read(project.path().join("deep/binary")).unwrap()[0], 0);
}

#[test]
fn commits_and_branches_of_a_step_count_as_its_change() {
    let Made {
        project,
        mut workspace,
    } = made(&["data"]);
    let top = workspace.project();
    fs::write(top.join("b.txt"), "b\n").unwrap();
    let git = |args: &[&str]| {
        let mut full = vec!["-C", top.to_str().unwrap()];
        full.extend(args);
        project.git(&full)
    };
    git(&["switch", "-q", "-c", "elsewhere"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "by the step"]);
    let change = workspace.change().unwrap().unwrap();
    assert_eq!(change.stat.files, 1, "the shared link is not part of it");
    let run = run();
    workspace.commit(&change, &message(&run)).unwrap();
    let subjects = project.git(&["log", "--format=%s", "overnight/2026-01-01_2200_test"]);
    assert_eq!(subjects, "🤖 Overnight Ops: 1.1 - mend\ntest state\n");
}

#[test]
fn a_commit_the_ledger_missed_is_found_and_foreign_ones_are_not() {
    let Made {
        project,
        mut workspace,
    } = made(&[]);
    let base = workspace.tip().to_owned();
    fs::write(workspace.project().join("b.txt"), "b\n").unwrap();
    let change = workspace.change().unwrap().unwrap();
    let run = run();
    let known = workspace.commit(&change, &message(&run)).unwrap();
    let top = workspace.project();
    project.git(&[
        "-C",
        top.to_str().unwrap(),
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "foreign",
    ]);
    let repository = Repository::discover(project.path()).unwrap();
    let state_dir = project.path().join(".overnight");
    let place = Place {
        project: project.path(),
        state_dir: &state_dir,
        run: &run,
        share: Vec::new(),
        in_place: false,
    };
    let mut again = Workspace::reopen(&repository, &place, base).unwrap();
    let adopted = again.adopt_commits(&run).unwrap();
    assert_eq!(adopted.len(), 1);
    assert_eq!(
        (adopted[0].id.as_str(), again.tip()),
        (known.as_str(), known.as_str())
    );
    assert_eq!(adopted[0].step, Some("1.1.1".parse().unwrap()));
    assert_eq!((adopted[0].attempt, &adopted[0].part), (Some(2), &None));
    assert_eq!(adopted[0].stat.insertions, 1);
}

#[test]
fn a_removed_worktree_is_made_again() {
    let Made { project, workspace } = made(&[]);
    fs::remove_dir_all(workspace.project()).unwrap();
    let repository = Repository::discover(project.path()).unwrap();
    let (state_dir, run) = (project.path().join(".overnight"), run());
    let place = Place {
        project: project.path(),
        state_dir: &state_dir,
        run: &run,
        share: Vec::new(),
        in_place: false,
    };
    let again = Workspace::reopen(&repository, &place, workspace.tip().to_owned()).unwrap();
    assert!(again.project().join("a.txt").exists());
}

#[test]
fn what_is_no_repository_is_named() {
    let project = TestProject::new();
    let discover = |path: &Path| Repository::discover(path).unwrap_err();
    assert!(matches!(
        discover(project.path()),
        WorkspaceError::NoRepository { .. }
    ));
    project.git(&["init", "-q"]);
    assert!(matches!(
        discover(project.path()),
        WorkspaceError::NoCommits { .. }
    ));
}

#[test]
fn a_night_in_place_wants_a_clean_checkout() {
    let project = TestProject::new();
    project.file("a.txt", "one\n").commit_all();
    let state_dir = project.path().join(".overnight");
    ensure_own_folder(&state_dir).unwrap();
    let repository = Repository::discover(project.path()).unwrap();
    let run = run();
    let place = Place {
        project: project.path(),
        state_dir: &state_dir,
        run: &run,
        share: Vec::new(),
        in_place: true,
    };
    let workspace = Workspace::create(&repository, &place).unwrap();
    assert_eq!(workspace.branch(), Some("main"));
    project.file("untracked", "x");
    assert!(matches!(
        Workspace::create(&repository, &place),
        Err(WorkspaceError::Dirty { .. })
    ));
}
