//! Changes of which a part is good: what is kept, what is undone, and what is said.

use std::fs;
use std::process::{Command, Stdio};

use overnight_testkit::TestProject;
use serde_json::Value;

use crate::night_project::{OWN, overnight, project, run_dir, run_id, wait_for};

/// A gate that names every text file with the word `bad`, fails for it, and leaves dirt.
const GATE: &str = "[workspace]\ngate = [['sh', '-c', \
                    'echo dirt > dirt.tmp; grep -rnI bad --include=*.txt . && exit 1; exit 0']]\n";

/// Runs the plan; the state of its first step.
fn first_step(project: &TestProject) -> Value {
    let answer = overnight(project)
        .args(["run", "PLAN.md", "--format", "json"])
        .run()
        .expect_code(1);
    answer.json()["steps"][0]["state"].clone()
}

fn shown(project: &TestProject, file: &str) -> String {
    project.git(&["show", &format!("overnight/{}:{file}", run_id(project))])
}

fn names(project: &TestProject) -> Vec<String> {
    let branch = format!("overnight/{}", run_id(project));
    let listing = project.git(&["ls-tree", "-r", "-z", "--name-only", &branch]);
    let names = listing.split('\0').filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// The first commit of the night.
fn first_commit(project: &TestProject, format: &str) -> String {
    let range = format!("main..overnight/{}", run_id(project));
    let ids = project.git(&["rev-list", "--reverse", &range]);
    let first = ids.lines().next().unwrap();
    project.git(&["log", "-1", &format!("--format={format}"), first])
}

/// The events of the run with this name.
fn events(project: &TestProject, name: &str) -> Vec<Value> {
    let text = fs::read_to_string(run_dir(project).join("events.jsonl")).unwrap();
    let all = text.lines().map(|line| serde_json::from_str(line).unwrap());
    all.filter(|event: &Value| event["event"] == name).collect()
}

/// What a step's patch makes of the night's branch.
fn with_patch(project: &TestProject, patch: &str) -> TestProject {
    let again = TestProject::new();
    let source = project.path().to_str().unwrap();
    let branch = format!("overnight/{}", run_id(project));
    again.git(&["clone", "-q", "-b", &branch, source, "."]);
    let patch = run_dir(project).join(patch);
    again.git(&["apply", "--index", patch.to_str().unwrap()]);
    again
}

#[test]
fn three_good_files_of_five_are_kept_and_two_are_a_patch() {
    let project = project(
        &[
            "echo good > b.txt; echo bad > 'c d.txt'; echo fine > e.txt; \
             echo two >> a.txt; echo bad > z.txt",
            "echo bad > later.txt",
        ],
        GATE,
    );
    let state = first_step(&project);
    assert_eq!(state["outcome"], "rolled_back");
    let reason = state["reason"].as_str().unwrap();
    assert!(reason.starts_with("`sh -c "), "{reason}");
    let said = "got worse: passed before, exit code 1 with 2 diagnostics after; \
                3 of 5 files were kept, 2 undone: c d.txt, z.txt";
    assert!(reason.ends_with(said), "{reason}");
    let next = state["next"].as_str().unwrap();
    assert!(
        next.starts_with("less logs/") && next.ends_with("1.1.1/change.patch"),
        "{next}"
    );
    assert_eq!(
        first_commit(&project, "%s%n%(trailers:key=Overnight-Part)").trim_end(),
        "🤖 Overnight Ops: 1.1 - Step number 1 (3 of 5 files)\nOvernight-Part: 3 of 5 files"
    );
    assert_eq!(shown(&project, "a.txt"), "one\ntwo\n");
    let kept = names(&project);
    let has = |name: &str| kept.iter().any(|kept| kept == name);
    assert!(has("b.txt") && has("e.txt"), "{kept:?}");
    assert!(!has("c d.txt") && !has("z.txt") && !has("dirt.tmp") && !has("later.txt"));
    let whole = with_patch(&project, "steps/1.1.1/change.patch");
    assert_eq!(whole.read("c d.txt") + &whole.read("z.txt"), "bad\nbad\n");

    let kinds = ["change_committed", "change_rolled_back"];
    let of_first = |name: &str| {
        let all = events(&project, name).into_iter();
        all.filter(|event| event["step"] == "1.1.1").count()
    };
    assert_eq!(kinds.map(of_first), [1, 1]);
    let readings: Vec<bool> = events(&project, "gate_checked")
        .iter()
        .filter(|event| event["step"] == "1.1.1")
        .map(|event| event["no_worse"].as_bool().unwrap())
        .collect();
    assert_eq!(
        readings,
        [false, true],
        "the whole change, and what was kept"
    );
    let plan = shown(&project, "PLAN.md");
    assert!(plan.contains("- [ ] Step number 1\n"), "{plan}");
    let step = run_dir(&project).join("steps/1.1.1");
    assert!(
        fs::read_to_string(step.join("gate-1.log"))
            .unwrap()
            .contains("z.txt:1:bad")
    );
    assert!(step.join("gate-1-trial-1.log").exists());
    let tree = fs::read_to_string(step.join("change-tree")).unwrap();
    let in_tree = project.git(&["ls-tree", "--name-only", tree.trim()]);
    assert!(
        in_tree.contains("z.txt\n") && in_tree.contains("b.txt\n"),
        "{in_tree}"
    );
}

#[test]
fn what_is_bad_throughout_is_undone_whole() {
    let project = project(
        &["echo bad > b.txt; echo bad > c.txt; echo bad >> a.txt"],
        GATE,
    );
    let state = first_step(&project);
    let reason = state["reason"].as_str().unwrap();
    assert!(
        reason.ends_with("exit code 1 with 3 diagnostics after"),
        "{reason}"
    );
    assert!(
        events(&project, "change_committed")
            .iter()
            .all(|event| event["step"].is_null())
    );
    assert_eq!(shown(&project, "a.txt"), "one\n");
    let whole = with_patch(&project, "steps/1.1.1/change.patch");
    assert_eq!(
        whole.read("a.txt") + &whole.read("b.txt"),
        "one\nbad\nbad\n"
    );
}

#[test]
fn deletions_renames_modes_and_binaries_are_kept_or_undone_each() {
    let project = project(
        &[
            "rm gone.txt; git mv old.txt new.txt; chmod +x script; printf 'a\\000b\\377' > blob; \
           echo bad >> a.txt; printf 'x\\000bad' > 'odd\nname'",
        ],
        GATE,
    );
    let long: String = (0..30).map(|n| format!("line {n}\n")).collect();
    project
        .file("gone.txt", "gone\n")
        .file("old.txt", long)
        .file("script", "#!/bin/sh\n")
        .commit_all();
    let reason = first_step(&project)["reason"].as_str().unwrap().to_owned();
    assert!(
        reason.ends_with("5 of 6 files were kept, 1 undone: a.txt"),
        "{reason}"
    );
    let kept = names(&project);
    for (name, is_there) in [
        ("gone.txt", false),
        ("old.txt", false),
        ("new.txt", true),
        ("blob", true),
        ("odd\nname", true),
    ] {
        assert_eq!(
            kept.iter().any(|kept| kept == name),
            is_there,
            "{name:?} of {kept:?}"
        );
    }
    let branch = format!("overnight/{}", run_id(&project));
    let script = project.git(&["ls-tree", &branch, "script"]);
    assert!(script.starts_with("100755 "), "{script}");
    assert_eq!(shown(&project, "a.txt"), "one\n");
    let whole = with_patch(&project, "steps/1.1.1/change.patch");
    assert_eq!(whole.read("a.txt"), "one\nbad\n");
}

/// A step of two tools that writes down what each did: the first tool's work on `a.txt` is
/// bad, its work on `b.txt` is not, the second tool's is good throughout.
const TWO_TOOLS: &str = "P=$OVERNIGHT_STEP_DIR/parts; mkdir $P; \
    sed -i \"1s/.*/bad/\" a.txt; echo new > b.txt; git add -A; \
    git diff --cached --binary > $P/01-lint.patch; BEFORE=$(git write-tree); \
    sed -i \"9s/.*/NINE/\" a.txt; echo formatted > c.txt; rm gone.txt; git add -A; \
    git diff --cached --binary $BEFORE > $P/02-format.patch";

fn nine_lines() -> String {
    (1..10).map(|n| format!("{n}\n")).collect()
}

#[test]
fn a_bad_part_is_undone_by_file_and_a_good_one_on_top_of_it_stays() {
    let project = project(&[TWO_TOOLS], GATE);
    project
        .file("a.txt", nine_lines())
        .file("gone.txt", "x\n")
        .commit_all();
    let reason = first_step(&project)["reason"].as_str().unwrap().to_owned();
    let said = "1 of 2 parts and some files of another were kept, undone: lint in a.txt";
    assert!(reason.ends_with(said), "{reason}");
    assert_eq!(shown(&project, "a.txt"), nine_lines().replace('9', "NINE"));
    assert_eq!(
        shown(&project, "b.txt") + &shown(&project, "c.txt"),
        "new\nformatted\n"
    );
    assert!(!names(&project).iter().any(|name| name == "gone.txt"));
    let whole = with_patch(&project, "steps/1.1.1/change.patch");
    assert!(whole.read("a.txt").starts_with("bad\n2\n"));
}

#[test]
fn parts_that_are_not_the_change_are_not_believed() {
    let command = format!("{TWO_TOOLS}; echo by hand > d.txt");
    let project = project(&[&command], GATE);
    project
        .file("a.txt", nine_lines())
        .file("gone.txt", "x\n")
        .commit_all();
    let answer = overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(1);
    let note = "the change of step 1.1.1 was judged by files: the parts do not add up";
    let all = answer.stdout + &answer.stderr;
    assert!(all.contains(note), "{all}");
    assert!(
        all.contains("4 of 5 files were kept, 1 undone: a.txt"),
        "{all}"
    );
    assert_eq!(shown(&project, "a.txt"), nine_lines());
    assert_eq!(shown(&project, "d.txt"), "by hand\n");
}

#[test]
fn the_search_ends_after_sixteen_trials_with_what_it_has() {
    // Every sixth of 60 files is bad, so finding them all would take longer.
    let command = "for n in $(seq 10 69); do w=good; test $((n % 6)) = 0 && w=bad; \
                   echo $w > f$n.txt; done";
    let project = project(&[command], GATE);
    let reason = first_step(&project)["reason"].as_str().unwrap().to_owned();
    assert!(reason.ends_with("; not everything was tried"), "{reason}");
    let step = run_dir(&project).join("steps/1.1.1");
    assert!(step.join("gate-1-trial-16.log").exists());
    assert!(!step.join("gate-1-trial-17.log").exists());
    let kept = names(&project)
        .into_iter()
        .filter(|name| name.starts_with('f'));
    let kept: Vec<String> = kept.collect();
    assert!(!kept.is_empty(), "{reason}");
    assert!(
        kept.iter().all(|name| shown(&project, name) == "good\n"),
        "{kept:?}"
    );
    let whole = with_patch(&project, "steps/1.1.1/change.patch");
    assert_eq!(
        whole.read("f12.txt") + &whole.read("f69.txt"),
        "bad\ngood\n"
    );
    let notes = events(&project, "noted");
    assert_eq!(
        notes[0]["text"],
        "1.1.1: looking for the good ones of 60 files"
    );
}

#[test]
fn in_place_the_good_part_is_committed_on_the_current_branch() {
    let project = project(
        &["echo bad >> a.txt; echo good > b.txt; mkdir d; echo x > d/e"],
        GATE,
    );
    let answer = overnight(&project)
        .args(["run", "PLAN.md", "--in-place"])
        .run();
    let answer = answer.expect_code(1);
    let said = "2 of 3 files were kept, 1 undone: a.txt";
    assert!(answer.stdout.contains(said), "{}", answer.stdout);
    assert_eq!(
        project.read("a.txt") + &project.read("b.txt"),
        "one\ngood\n"
    );
    assert_eq!(
        project.git(&["status", "--porcelain", "--branch"]),
        "## main\n"
    );
    let patch = run_dir(&project).join("steps/1.1.1/change.patch");
    project.git(&["apply", "--check", patch.to_str().unwrap()]);
}

#[test]
fn a_trial_begins_with_the_gate_that_refused_and_ends_with_the_first_refusal() {
    let gates =
        "[workspace]\ngate = [['true'], ['sh', '-c', '! grep -rqI bad --include=*.txt .']]\n";
    let project = project(&["echo bad > b.txt; echo good > c.txt"], gates);
    first_step(&project);
    let step = run_dir(&project).join("steps/1.1.1");
    let has = |name: &str| step.join(name).exists();
    assert!(
        has("gate-1.log") && has("gate-2.log"),
        "the whole change: both"
    );
    assert!(
        has("gate-2-trial-1.log") && !has("gate-1-trial-1.log"),
        "b.txt alone"
    );
    assert!(
        has("gate-2-trial-2.log") && has("gate-1-trial-2.log"),
        "c.txt alone"
    );
    assert_eq!(shown(&project, "c.txt"), "good\n");
}

#[test]
fn what_was_kept_is_the_bar_for_the_next_step() {
    // Two diagnostics at the base; the kept part mends one, the refused one adds three.
    let gate =
        "[workspace]\ngate = [['sh', '-c', 'grep -rnI bad --include=*.txt . && exit 1; exit 0']]\n";
    let project = project(
        &[
            "echo good > x.txt; printf 'bad\\nbad\\nbad\\nbad\\n' > y.txt",
            "echo bad > back.txt",
        ],
        gate,
    );
    project
        .file("x.txt", "bad\n")
        .file("keep.txt", "bad\n")
        .commit_all();
    let answer = overnight(&project)
        .args(["run", "PLAN.md", "--format", "json"])
        .run();
    let json = answer.expect_code(1).json();
    let reason = |n: usize| {
        json["steps"][n]["state"]["reason"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(
        reason(0).ends_with("1 of 2 files was kept, 1 undone: y.txt"),
        "{}",
        reason(0)
    );
    let said = "exit code 1 with 1 diagnostics before, exit code 1 with 2 diagnostics after";
    assert!(
        reason(1).ends_with(said),
        "what one step mended the next may not break: {}",
        reason(1)
    );
}

/// A project whose gate hangs in the first trial of the first session, and a runner in it
/// that has come to that point.
fn hanging_in_a_trial() -> (TestProject, std::process::Child) {
    let gate = "[workspace]\ngate = [['sh', '-c', 'S=$OVERNIGHT_STATE_DIR; echo x >> $S/runs; \
                if test $(wc -l < $S/runs) = 3; then echo dirt > a.txt; touch $S/hangs; sleep 300; fi; \
                ! grep -rqI bad --include=*.txt .']]\n";
    let command = "echo good > b.txt; echo bad > c.txt; echo two >> a.txt; echo bad > d.txt";
    let project = project(&[command], gate);
    let runner = overnight(&project)
        .args(["run", "PLAN.md"])
        .into_command()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(&project, ".overnight/hangs");
    (project, runner)
}

/// Resumes; the good part of the step's change is kept as if nothing had been.
fn goes_on(project: &TestProject, before: &std::collections::BTreeMap<String, Vec<u8>>) {
    let answer = overnight(project).args(["run", "--resume", "last"]).run();
    let answer = answer.expect_code(1);
    let said = "2 of 4 files were kept, 2 undone: c.txt, d.txt";
    assert!(
        answer.stdout.contains(said),
        "{}\n{}",
        answer.stdout,
        answer.stderr
    );
    assert_eq!(
        shown(project, "a.txt") + &shown(project, "b.txt"),
        "one\ntwo\ngood\n"
    );
    assert!(
        !names(project)
            .iter()
            .any(|name| name == "c.txt" || name == "d.txt")
    );
    assert_eq!(&project.tree(OWN), before);
}

#[test]
fn a_runner_that_dies_in_a_trial_is_resumed_as_if_it_had_not() {
    let (project, mut runner) = hanging_in_a_trial();
    let before = project.tree(OWN);
    let tree = fs::read_to_string(run_dir(&project).join("steps/1.1.1/change-tree")).unwrap();
    runner.kill().unwrap();
    runner.wait().unwrap();
    let whole = project.git(&["ls-tree", "--name-only", tree.trim()]);
    assert!(
        whole.contains("b.txt\nc.txt\nd.txt\n"),
        "not what was tried: {whole}"
    );
    goes_on(&project, &before);
}

#[test]
fn a_stop_in_a_trial_undoes_the_change_and_the_step_is_run_again() {
    let (project, mut runner) = hanging_in_a_trial();
    let before = project.tree(OWN);
    let pid = runner.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(runner.wait().unwrap().code(), Some(130));
    let whole = with_patch(&project, "steps/1.1.1/change.patch");
    assert_eq!(
        whole.read("a.txt") + &whole.read("d.txt"),
        "one\ntwo\nbad\n"
    );
    assert_eq!(shown(&project, "a.txt"), "one\n");
    goes_on(&project, &before);
}
