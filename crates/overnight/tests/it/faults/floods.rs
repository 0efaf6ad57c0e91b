//! Steps that write more than anybody reads.

use std::fs;
use std::time::Instant;

use super::{is_long, outcomes};
use crate::night_project::{overnight, project, run_dir};

#[test]
fn a_flood_keeps_its_real_beginning_and_end_and_no_more_than_its_limit() {
    let mib: u64 = if is_long() { 1024 } else { 96 };
    let project = project(
        &[&format!(
            "echo the beginning; yes 'a line like any other' | head -c {}; echo; \
             echo the end; yes 'an error like any other' | head -c 3000000 >&2; echo last words >&2",
            mib << 20
        )],
        "[run]\nlog_limit = '2MiB'\n",
    );
    let begun = Instant::now();
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(0);
    let span = begun.elapsed().as_secs_f64();
    println!("{mib} MiB of output in {span:.1} s");
    assert_eq!(outcomes(&project), ["done"]);
    let folder = run_dir(&project).join("steps/1.1.1");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let (stdout, stderr) = (read("stdout.log"), read("stderr.log"));
    assert!(stdout.starts_with("the beginning\na line"));
    assert!(stdout.ends_with("\nthe end\n"));
    assert!(stderr.starts_with("an error") && stderr.ends_with("last words\n"));
    let most = (2 << 20) + 100;
    assert!(
        stdout.len() <= most && stderr.len() <= most,
        "{}",
        stdout.len()
    );
    let record: serde_json::Value = serde_json::from_str(&read("exit.json")).unwrap();
    let written = record["written_bytes"][0].as_u64().unwrap();
    let left_out = record["left_out_bytes"][0].as_u64().unwrap();
    assert!(written > mib << 20);
    let note = format!("[overnight: {left_out} bytes left out here]");
    assert!(stdout.contains(&note));
    assert_eq!(written, (stdout.len() - note.len() - 2) as u64 + left_out);
}

#[test]
fn one_endless_line_is_bounded_too() {
    let project = project(
        &["head -c 30000000 /dev/zero | tr '\\0' x; exit 6"],
        "[run]\nlog_limit = '1MiB'\n",
    );
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(1);
    let log = run_dir(&project).join("steps/1.1.1/stdout.log");
    let length = fs::metadata(log).unwrap().len();
    assert!(length <= (1 << 20) + 100, "{length}");
    let reason = super::reason(&project, 0);
    assert!(
        reason.len() < 1000 && reason.starts_with("exit code 6"),
        "{reason}"
    );
}
