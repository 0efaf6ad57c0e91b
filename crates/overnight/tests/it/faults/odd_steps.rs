//! Steps that do what no step should: each costs its own step at most.

use std::fs;
use std::path::Path;
use std::process::Command;

use overnight_testkit::{TestProject, skip};
use serde_json::Value;

use super::{assert_no_survivors, outcomes, reason};
use crate::night_crash::is_running;
use crate::night_project::{OWN, overnight, project, run_dir};

fn run(project: &TestProject, code: i32) {
    overnight(project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(code);
}

/// `exit.json` of a step's first try.
fn record(project: &TestProject, step: &str) -> Value {
    let path = run_dir(project).join("steps").join(step).join("exit.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn log(project: &TestProject, step: &str, name: &str) -> String {
    let path = run_dir(project).join("steps").join(step).join(name);
    String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
}

#[test]
fn daemons_and_crowds_end_with_their_step() {
    let daemon = "setsid sh -c 'echo $$ > daemon.pid; exec sleep 300' & \
                  mkdir -p $OVERNIGHT_STATE_DIR/pids; state=$OVERNIGHT_STATE_DIR; \
                  (setsid env -i PATH=\"$PATH\" sh -c 'echo $$ > '$state'/pids/daemon; \
                   exec sleep 300' </dev/null >/dev/null 2>&1 &) ; \
                  while ! test -s $state/pids/daemon; do sleep 0.01; done; \
                  rm -f daemon.pid; exit 0";
    // 2^6 processes that all wait; a limit of processes does not bind root.
    let crowd = "b() { if test $1 = 0; then exec sleep 300; fi; b $(($1 - 1)) & b $(($1 - 1)) & wait; }; \
                 ulimit -u 4000; b 6";
    // Whoever is asked to end starts another.
    let hydra = "trap '' TERM; i=0; while test $i -lt 40; do \
                 setsid sh -c 'trap \"sleep 300 & \" TERM; sleep 300 & wait; sleep 300' & \
                 i=$((i + 1)); done; exit 0";
    let project = project(
        &[daemon, crowd, hydra],
        "[run]\ngrace = '1s'\nretries = { hang = 0 }\n",
    );
    let config = project.read("overnight.toml");
    let config = config.replace("[steps.\"1.1.2\"]\n", "[steps.\"1.1.2\"]\ntimeout = '2s'\n");
    project.file("overnight.toml", config).commit_all();
    run(&project, 1);
    assert_eq!(outcomes(&project), ["done", "timed_out/timeout", "done"]);
    let daemon = project.read(".overnight/pids/daemon").trim().to_owned();
    assert!(!is_running(&daemon));
    assert!(record(&project, "1.1.1")["left_behind"].as_u64() >= Some(1));
    assert!(record(&project, "1.1.3")["left_behind"].as_u64() >= Some(40));
    assert_no_survivors(&project);
}

#[test]
fn streams_are_taken_as_they_come() {
    let project = project(
        &[
            "if read line; then exit 9; fi; cat",
            "printf 'bad \\377\\376 bytes and no newline'; exit 4",
            "printf 'no newline'",
            "exec >&- 2>&-; sleep 0.5; echo after > $OVERNIGHT_STEP_DIR/after",
            "printf '\\033[31mred\\033[0m\\rover\\n' >&2; exit 5",
        ],
        "",
    );
    run(&project, 1);
    assert_eq!(
        outcomes(&project),
        ["done", "failed/error", "done", "done", "failed/error"]
    );
    assert_eq!(
        reason(&project, 1),
        "exit code 4: bad \u{fffd}\u{fffd} bytes and no newline"
    );
    assert_eq!(log(&project, "1.1.3", "stdout.log"), "no newline");
    assert_eq!(log(&project, "1.1.4", "after"), "after\n");
    assert_eq!(reason(&project, 4), "exit code 5: over");
}

#[test]
fn a_step_cannot_ask_at_the_terminal_the_night_was_started_from() {
    let test = "a_step_cannot_ask_at_the_terminal_the_night_was_started_from";
    let project = project(
        &["if (: < /dev/tty) 2>/dev/null; then exit 9; fi; \
           echo asked > $OVERNIGHT_STEP_DIR/asked"],
        "",
    );
    let night = overnight(&project).args(["run", "PLAN.md"]).into_command();
    let line: Vec<String> = std::iter::once(night.get_program())
        .chain(night.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    // A terminal of its own, with the night as its foreground process.
    let mut command = Command::new("script");
    command
        .args(["-qec", &line.join(" "), "/dev/null"])
        .current_dir(project.path())
        .env_clear()
        .envs(
            night
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(std::process::Stdio::null());
    let Ok(output) = command.output() else {
        skip(test, "script of util-linux");
        return;
    };
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert_eq!(outcomes(&project), ["done"]);
}

#[test]
fn a_step_may_spoil_its_own_folders_only() {
    let project = project(
        &[
            "for name in exit.json stdout.log order.json shim.json; do \
             echo garbage > $OVERNIGHT_STEP_DIR/$name; done; echo two >> a.txt",
            "echo three >> a.txt; rm -rf $OVERNIGHT_STEP_DIR",
            "rm -rf $OVERNIGHT_STEP_DIR; mkdir $OVERNIGHT_STEP_DIR; exit 7",
            "echo four >> a.txt; rm -rf \"$PWD\"",
            "rm -rf .git; echo five >> a.txt",
            "echo six >> a.txt",
        ],
        "[run]\nretries = { killed = 0 }\n",
    );
    let before = project.tree(OWN);
    run(&project, 1);
    assert_eq!(project.tree(OWN), before);
    let outcomes = outcomes(&project);
    assert_eq!(outcomes[..3], ["done", "done", "failed/error"]);
    assert!(outcomes[3].starts_with("failed"), "{outcomes:?}");
    assert!(outcomes[4].starts_with("failed"), "{outcomes:?}");
    assert_eq!(outcomes[5], "done");
    let run = crate::night_project::run_id(&project);
    let text = project.git(&["show", &format!("overnight/{run}:a.txt")]);
    assert_eq!(text, "one\ntwo\nthree\nsix\n");
    assert_no_survivors(&project);
}

#[test]
fn a_step_that_ends_its_whole_session_is_lost_and_the_night_goes_on() {
    // The session's processes are found by the sixth field of their `stat`.
    let suicide = "own=$(cut -d' ' -f6 /proc/$$/stat); for stat in /proc/[0-9]*/stat; do \
                   set -- $(cat $stat 2>/dev/null) ''; pid=$1; \
                   test \"$6\" = \"$own\" && test \"$pid\" != $$ && kill -KILL $pid; done; kill -KILL $$";
    let project = project(&[suicide, "true"], "[run]\nretries = { killed = 0 }\n");
    run(&project, 1);
    let outcomes = outcomes(&project);
    assert!(outcomes[0].ends_with("/killed"), "{outcomes:?}");
    assert_eq!(outcomes[1], "done");
    assert_no_survivors(&project);
}

#[test]
fn a_hang_is_seen_and_work_is_not_taken_for_one() {
    let config = "[run]\nidle_timeout = '1s'\ngrace = '1s'\nretries = { hang = 0 }\n";
    let project = project(
        &[
            "echo waiting for a lock; sleep 300",
            // Silent, but at work: 3 seconds by the clock.
            "end=$(($(date +%s) + 3)); while test $(date +%s) -lt $end; do :; done",
            // No processor time to speak of, but it talks.
            "for n in 1 2 3 4 5 6; do echo $n; sleep 0.4; done",
        ],
        config,
    );
    run(&project, 1);
    assert_eq!(outcomes(&project), ["timed_out/hang", "done", "done"]);
    assert_eq!(
        reason(&project, 0),
        "hung: neither output nor processor time for 1.0s; its last line: waiting for a lock"
    );
}

#[test]
fn a_step_beyond_its_memory_is_ended_and_said_to_be() {
    let project = project(
        &[
            "head -c 400000000 /dev/zero | tail -c 400000000 | sleep 20",
            "true",
        ],
        "",
    );
    let config = project.read("overnight.toml");
    let config = config.replace(
        "[steps.\"1.1.1\"]\n",
        "[steps.\"1.1.1\"]\nmemory = '64MiB'\n",
    );
    project.file("overnight.toml", config).commit_all();
    run(&project, 1);
    assert_eq!(outcomes(&project), ["failed/host_memory", "done"]);
    let record = record(&project, "1.1.1");
    if record["memory_guard"] == "watchdog" {
        assert!(
            reason(&project, 0).contains("64 MiB are allowed"),
            "{}",
            reason(&project, 0)
        );
        assert_eq!(record["end"]["why"], "memory");
    }
    assert_no_survivors(&project);
}

#[test]
fn what_no_program_is_found_for_does_not_stop_a_night() {
    let project = project(&["true"], "");
    let plan = project.read("PLAN.md") + "   - [ ] Folder\n   - [ ] No program\n   - [ ] Fine\n";
    let config = project.read("overnight.toml")
        + "[steps.\"1.1.2\"]\nrun = 'true'\ndirectory = 'not-there'\n\
           [steps.\"1.1.3\"]\nrun = './a.txt'\n[steps.\"1.1.4\"]\nrun = 'true'\n";
    project
        .file("PLAN.md", plan)
        .file("overnight.toml", config)
        .commit_all();
    run(&project, 1);
    assert_eq!(
        outcomes(&project),
        ["done", "failed/error", "failed/error", "done"]
    );
    assert!(reason(&project, 1).contains("not-there does not exist"));
    assert!(
        Path::new(&run_dir(&project))
            .join("report/index.html")
            .exists()
    );
}
