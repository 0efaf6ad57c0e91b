//! A night that went wrong in every way there is.

use overnight_record::result::ToolStatus;
use overnight_record::{EventKind, FailureClass, StepOutcome};

use crate::run_folder::RunFolder;
use crate::studies::{HOSTILE, audit, bench, finding, tool};

pub(crate) fn build() -> RunFolder {
    let mut night = RunFolder::new(
        &[
            (
                "The Auditor",
                &[(
                    "Audit",
                    &[
                        ("Mend the documents", Some("overnight audit docs --fix")),
                        ("Mend the code", Some("overnight audit code --fix")),
                    ],
                )],
            ),
            (
                "The Profiler",
                &[(
                    "Speed",
                    &[
                        (
                            "Benchmark",
                            Some("overnight bench --backend ppocr --dataset validation"),
                        ),
                        (
                            "Stress",
                            Some(
                                "overnight bench --backend ppocr --dataset validation --oom-search",
                            ),
                        ),
                    ],
                )],
            ),
            (
                "The Evaluator",
                &[(
                    "Accuracy",
                    &[
                        (
                            "Read everything",
                            Some("overnight infer --backend qwen --dataset validation"),
                        ),
                        (
                            "Compare",
                            Some(
                                "overnight compare --dataset validation --baseline ppocr --candidate qwen",
                            ),
                        ),
                        ("Ask the team", None),
                    ],
                )],
            ),
            (
                "The Preprocessor",
                &[(
                    "Images",
                    &[
                        (
                            "Sepia",
                            Some("overnight enhance --dataset validation --backend ppocr"),
                        ),
                        (HOSTILE, Some("overnight storage --dataset validation")),
                    ],
                )],
            ),
        ],
        &[("Everything is green.", Some("make quality-check"))],
    );
    // Its change made a gate worse: the fixes it reports were undone and must not be counted.
    night.start("1.1.1", 1);
    let undone = audit(
        "docs",
        vec![finding(
            "file-name",
            "overnight",
            "docs/a.md",
            1,
            Some(true),
        )],
        vec![tool("ruff", ToolStatus::Missing, 0, 0, "pip install ruff")],
    );
    write_result(&night, "1.1.1", &undone);
    night.write(
        "1.1.1",
        "change.patch",
        b"diff --git a/docs/a.md b/docs/a.md\n",
    );
    night.wait(5);
    night.event(EventKind::ChangeRolledBack {
        step: "1.1.1".parse().unwrap(),
        patch: "steps/1.1.1/change.patch".to_owned(),
        reason: "make quality-check: 3 diagnostics more than before".to_owned(),
    });
    night.finish(
        "1.1.1",
        1,
        StepOutcome::RolledBack,
        5.0,
        Some("make quality-check became worse"),
        None,
    );
    // A result that is no JSON.
    night.start("1.1.2", 1);
    night.write(
        "1.1.2",
        "result.json",
        b"{\"schema\": \"overnight.audit/1\", ",
    );
    night.wait(2);
    night.finish("1.1.2", 1, StepOutcome::Done, 2.0, None, None);
    // The first try left a result and was lost: it does not count. The second one was tried
    // again, the third one failed for good.
    night.start("2.1.1", 1);
    write_result(&night, "2.1.1", &bench());
    night.wait(9);
    night.finish_as(
        Some(FailureClass::Reboot),
        "2.1.1",
        1,
        StepOutcome::Lost,
        9.0,
        Some("the runner died while it ran"),
        None,
    );
    night.event(EventKind::RunResumed {
        lost_attempts: 1,
        adopted_attempts: 0,
    });
    night.pause(HOSTILE, 600);
    night.start("2.1.1", 2);
    night.write("2.1.1/attempt-2", "stdout.log", b"connecting\n");
    night.wait(3);
    night.finish_as(
        Some(FailureClass::Network),
        "2.1.1",
        2,
        StepOutcome::Failed,
        3.0,
        Some("connection refused"),
        None,
    );
    night.retry("2.1.1", 2, FailureClass::Network, 30);
    night.start("2.1.1", 3);
    night.write(
        "2.1.1/attempt-3",
        "stderr.log",
        format!("{HOSTILE}\nthread panicked\n").as_bytes(),
    );
    night.wait(7);
    night.finish_as(
        Some(FailureClass::GpuMemory),
        "2.1.1",
        3,
        StepOutcome::Failed,
        7.0,
        Some(HOSTILE),
        Some("less steps/2.1.1/attempt-3/stderr.log"),
    );
    night.event(EventKind::ClockJumped { by_s: -3600.0 });
    night.event(EventKind::Noted {
        text: format!("a note {HOSTILE}"),
    });
    // A result in a form of a later version.
    night.start("2.1.2", 1);
    night.write(
        "2.1.2",
        "result.json",
        br#"{"schema": "overnight.bench/9", "status": "ok"}"#,
    );
    night.wait(1);
    night.finish("2.1.2", 1, StepOutcome::Done, 1.0, None, None);
    night.finish(
        "3.1.1",
        0,
        StepOutcome::Skipped,
        0.0,
        Some("no server answers at http://127.0.0.1:8001/v1"),
        Some("overnight doctor"),
    );
    night.finish(
        "3.1.2",
        0,
        StepOutcome::Skipped,
        0.0,
        Some("3.1.1 did not succeed"),
        None,
    );
    night.finish("3.1.3", 0, StepOutcome::Unbound, 0.0, None, None);
    // 4.1.1 was begun and never ended; of 4.1.2 nothing is recorded.
    night.start("4.1.1", 1);
    night.wait(30);
    night.close();
    night
}

fn write_result<T: serde::Serialize>(night: &RunFolder, step: &str, result: &T) {
    night.write(step, "result.json", &serde_json::to_vec(result).unwrap());
}
