//! What counts as no change, and what it costs to find out.

use super::*;

/// Git in the night's worktree, as a step would use it.
fn git_in(made: &Made, args: &[&str]) -> String {
    let top = made.workspace.project();
    let mut full = vec!["-C", top.to_str().unwrap()];
    full.extend(args);
    made.project.git(&full)
}

/// How many git processes `work` starts.
fn processes(made: &mut Made, work: impl FnOnce(&Workspace)) -> usize {
    let trace = made.project.path().join(".overnight/trace");
    made.workspace.git = (made.workspace.git.clone()).with_env("GIT_TRACE2_EVENT", &trace);
    work(&made.workspace);
    let told = fs::read_to_string(&trace).unwrap_or_default();
    told.matches("\"event\":\"start\"").count()
}

#[test]
fn a_step_that_changed_nothing_costs_one_git_process() {
    let mut made = made(&["data"]);
    fs::write(made.workspace.project().join("x.log"), "ignored\n").unwrap();
    let count = processes(&mut made, |workspace| {
        assert!(workspace.change().unwrap().is_none());
    });
    assert_eq!(count, 1);
}

#[test]
fn a_lock_a_killed_git_left_is_removed_before_the_next_step() {
    let made = made(&[]);
    let lock = git_in(&made, &["rev-parse", "--git-path", "index.lock"]);
    let lock = made.workspace.project().join(lock.trim_end());
    for content in ["", "again"] {
        fs::write(&lock, content).unwrap();
        assert!(made.workspace.change().unwrap().is_none());
        assert!(!lock.exists());
    }
}

#[test]
fn whatever_differs_is_seen() {
    let one = |prepare: &dyn Fn(&Made)| {
        let made = made(&[]);
        prepare(&made);
        made.workspace.change().unwrap().map(|c| c.stat.files)
    };
    let write = |made: &Made, name: &str, text: &str| {
        fs::write(made.workspace.project().join(name), text).unwrap();
    };
    let same_size = |made: &Made| write(made, "a.txt", "two\n");
    assert_eq!(one(&same_size), Some(1), "same length, same second");
    let intent_to_add = |made: &Made| {
        write(made, "new.txt", "");
        git_in(made, &["add", "-N", "new.txt"]);
    };
    assert_eq!(one(&intent_to_add), Some(1));
    let mode = |made: &Made| {
        git_in(made, &["update-index", "--chmod=+x", "a.txt"]);
        let chmod = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(made.workspace.project().join("a.txt"), chmod).unwrap();
    };
    assert_eq!(one(&mode), Some(1));
    let empty_commit = |made: &Made| {
        git_in(
            made,
            &["commit", "-q", "--allow-empty", "-m", "by the step"],
        );
    };
    assert_eq!(one(&empty_commit), None);
    let nested = |made: &Made| {
        git_in(made, &["init", "-q", "nested"]);
        let path = made.workspace.project().join("nested");
        let nested = ["-C", path.to_str().unwrap()];
        let commit = ["commit", "-q", "--allow-empty", "-m", "x"];
        git_in(made, &[&nested[..], &commit[..]].concat());
    };
    assert_eq!(one(&nested), Some(1), "a repository in the repository");
}

#[test]
fn a_step_that_moved_head_or_the_index_leaves_no_trace_of_it() {
    for moved in [
        &["switch", "-q", "--detach"][..],
        &["switch", "-q", "-c", "elsewhere"],
        &["rm", "-q", "--cached", "a.txt"],
        &["commit", "-q", "--allow-empty", "-m", "mine"],
    ] {
        let made = made(&[]);
        git_in(&made, moved);
        assert!(made.workspace.change().unwrap().is_none(), "{moved:?}");
        let status = git_in(&made, &["status", "--porcelain=v2", "--branch"]);
        let expected = format!(
            "# branch.oid {}\n# branch.head overnight/2026-01-01_2200_test\n",
            made.workspace.tip()
        );
        assert_eq!(status, expected, "{moved:?}");
    }
}

#[test]
fn only_the_commit_a_submodule_is_at_counts() {
    let project = TestProject::new();
    let other = TestProject::new();
    other.file("x.txt", "x\n").commit_all();
    project.file("a.txt", "one\n").commit_all();
    let source = other.path().to_str().unwrap();
    let add = ["submodule", "--quiet", "add", source, "sub"];
    project.git(&[&["-c", "protocol.file.allow=always"], &add[..]].concat());
    project.commit_all();
    let workspace = open(&project, &[]);
    let made = Made { project, workspace };
    let update = ["submodule", "--quiet", "update", "--init"];
    git_in(
        &made,
        &[&["-c", "protocol.file.allow=always"], &update[..]].concat(),
    );
    assert!(made.workspace.change().unwrap().is_none());
    fs::write(made.workspace.project().join("sub/new"), "dirt").unwrap();
    assert!(made.workspace.change().unwrap().is_none());
    let path = made.workspace.project().join("sub");
    let commit = ["commit", "-q", "--allow-empty", "-m", "x"];
    git_in(
        &made,
        &[&["-C", path.to_str().unwrap()], &commit[..]].concat(),
    );
    assert_eq!(made.workspace.change().unwrap().unwrap().stat.files, 1);
}
