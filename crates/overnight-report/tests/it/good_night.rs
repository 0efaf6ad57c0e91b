//! A night in which nearly everything went well, with every kind of result.

use overnight_record::result::ToolStatus;
use overnight_record::{EventKind, FailureClass, RunOutcome, StepOutcome};

use crate::comparison::compare;
use crate::run_folder::RunFolder;
use crate::studies::{
    audit, bench, enhance, finding, infer, ppocr, scores, storage, tesseract, tool,
};

/// The smallest file that is a JPEG image (1 x 1 pixel, white).
pub(crate) const JPEG: &[u8] = &[
    0xff, 0xd8, 0xff, 0xdb, 0x00, 0x43, 0x00, 0x03, 0x02, 0x02, 0x02, 0x02, 0x02, 0x03, 0x02, 0x02,
    0x02, 0x03, 0x03, 0x03, 0x03, 0x04, 0x06, 0x04, 0x04, 0x04, 0x04, 0x04, 0x08, 0x06, 0x06, 0x05,
    0x06, 0x09, 0x08, 0x0a, 0x0a, 0x09, 0x08, 0x09, 0x09, 0x0a, 0x0c, 0x0f, 0x0c, 0x0a, 0x0b, 0x0e,
    0x0b, 0x09, 0x09, 0x0d, 0x11, 0x0d, 0x0e, 0x0f, 0x10, 0x10, 0x11, 0x10, 0x0a, 0x0c, 0x12, 0x13,
    0x12, 0x10, 0x13, 0x0f, 0x10, 0x10, 0x10, 0xff, 0xc9, 0x00, 0x0b, 0x08, 0x00, 0x01, 0x00, 0x01,
    0x01, 0x01, 0x11, 0x00, 0xff, 0xcc, 0x00, 0x06, 0x00, 0x10, 0x10, 0x05, 0xff, 0xda, 0x00, 0x08,
    0x01, 0x01, 0x00, 0x00, 0x3f, 0x00, 0xd2, 0xcf, 0x20, 0xff, 0xd9,
];

pub(crate) fn build() -> RunFolder {
    let mut night = RunFolder::new(
        &[
            (
                "The Auditor (Quality & Compliance)",
                &[
                    (
                        "Project-wide artifact audit",
                        &[
                            (
                                "Standardise all documentation",
                                Some("overnight audit docs --fix"),
                            ),
                            ("Find broken references", Some("overnight audit links")),
                        ],
                    ),
                    (
                        "Code quality resolution",
                        &[("Run ruff and mypy", Some("overnight audit code --fix"))],
                    ),
                ],
            ),
            (
                "The Profiler (Performance & Benchmarking)",
                &[(
                    "Throughput and stress testing",
                    &[(
                        "Benchmark detection, recognition and the whole pipeline",
                        Some("overnight bench --backend ppocr --dataset validation"),
                    )],
                )],
            ),
            (
                "The Evaluator (Accuracy & VLM Strategy)",
                &[
                    (
                        "Large-scale validation inference",
                        &[
                            (
                                "Read the validation set",
                                Some("overnight infer --backend ppocr --dataset validation"),
                            ),
                            (
                                "Score the readings",
                                Some("overnight score --dataset validation --predictions p.jsonl"),
                            ),
                        ],
                    ),
                    (
                        "Accuracy gap analysis",
                        &[
                            (
                                "Compare both readers to find hard samples",
                                Some(
                                    "overnight compare --dataset validation --baseline tesseract --candidate ppocr",
                                ),
                            ),
                            ("Count the words", Some("python count.py")),
                        ],
                    ),
                ],
            ),
            (
                "The Preprocessor (Dataset Optimization)",
                &[
                    (
                        "Image enhancement audit",
                        &[(
                            "Sepia against none",
                            Some("overnight enhance --dataset validation --backend ppocr"),
                        )],
                    ),
                    (
                        "Storage optimization",
                        &[(
                            "WebP on a subset",
                            Some("overnight storage --dataset validation"),
                        )],
                    ),
                ],
            ),
        ],
        &[
            (
                "`make quality-check` passes with zero errors.",
                Some("make quality-check"),
            ),
            (
                "A `BENCHMARK_REPORT.md` is generated.",
                Some("test -s BENCHMARK_REPORT.md"),
            ),
            ("The team agrees with the conclusions.", None),
        ],
    );
    auditor(&mut night);
    night.done(
        "2.1.1",
        184,
        bench(),
        "/usr/bin/overnight bench --backend ppocr --dataset validation",
    );
    night.done(
        "3.1.1",
        22,
        infer(ppocr()),
        "overnight infer --backend ppocr --dataset validation",
    );
    night.done(
        "3.1.2",
        2,
        scores(),
        "overnight score --dataset validation --predictions p.jsonl",
    );
    for id in ["r039", "r007", "r021", "r<i>"] {
        night.write("3.2.1", &format!("hard/{id}.jpg"), JPEG);
        night.write("3.2.1", &format!("hard/{id}-crop.jpg"), JPEG);
    }
    night.done(
        "3.2.1",
        91,
        compare(),
        "overnight compare --dataset validation --baseline tesseract --candidate ppocr",
    );
    night.start("3.2.2", 1);
    night.write("3.2.2", "stderr.log", b"the list is being written\n");
    night.wait(1);
    night.finish_as(
        Some(FailureClass::Temporary),
        "3.2.2",
        1,
        StepOutcome::Failed,
        1.0,
        Some("the list is being written"),
        None,
    );
    night.retry("3.2.2", 1, FailureClass::Temporary, 20);
    night.start("3.2.2", 2);
    night.write(
        "3.2.2/attempt-2",
        "result.json",
        br#"{"schema": "words/1", "status": "ok", "message": "counted", "summary": {"words": 5200}}"#,
    );
    night.wait(3);
    night.finish("3.2.2", 2, StepOutcome::Done, 3.0, None, None);
    night.pause("less than 2 GiB are free below data/vlm_reports", 540);
    night.event(EventKind::RunResumed {
        lost_attempts: 0,
        adopted_attempts: 1,
    });
    night.done(
        "4.1.1",
        133,
        enhance(),
        "overnight enhance --dataset validation --backend ppocr",
    );
    night.done(
        "4.2.1",
        41,
        storage(),
        "overnight storage --dataset validation",
    );
    criterion(&mut night, 0, false, "exit code 2: 2 errors of mypy");
    criterion(&mut night, 1, true, "exit code 0");
    night.wait(1);
    night.event(EventKind::RunFinished {
        outcome: RunOutcome::Incomplete,
    });
    let _ = tesseract();
    night.close();
    night
}

fn auditor(night: &mut RunFolder) {
    gate(night, None, Some(2), 31);
    night.wait(4);
    let mut docs: Vec<_> = (1..=27)
        .map(|i| {
            finding(
                "front-matter-required",
                "overnight",
                &format!("docs/{i}.md"),
                1,
                Some(true),
            )
        })
        .collect();
    docs.extend((1..=5).map(|i| {
        finding(
            "file-name",
            "overnight",
            &format!("docs/Note {i}.md"),
            1,
            None,
        )
    }));
    docs.extend((1..=3).map(|i| {
        finding(
            "type-mismatch",
            "overnight",
            &format!("docs/{i}.md"),
            4,
            Some(false),
        )
    }));
    night.done(
        "1.1.1",
        6,
        audit("docs", docs, Vec::new()),
        "overnight audit docs --fix",
    );
    commit(
        night,
        "1.1.1",
        "🤖 Overnight Ops: 1.1 - standardise all documentation",
        27,
        108,
        4,
    );
    gate(night, Some("1.1.1"), Some(2), 31);
    let links = (1..=9)
        .map(|i| finding("broken-link", "overnight", "docs/guide.md", i * 7, None))
        .collect();
    night.done(
        "1.1.2",
        3,
        audit("links", links, Vec::new()),
        "overnight audit links",
    );
    let mut code: Vec<_> = (1..=14)
        .map(|i| finding("F401", "ruff", "receipt_tools/read.py", i, Some(true)))
        .collect();
    code.extend(
        (1..=2).map(|i| finding("arg-type", "mypy", "receipt_tools/total.py", i * 9, None)),
    );
    let tools = vec![
        tool("ruff check", ToolStatus::Ran, 14, 0, "found in .venv/bin"),
        tool(
            "mypy",
            ToolStatus::Ran,
            2,
            2,
            "found on PATH; the project pins 1.18.2",
        ),
        tool("ruff format", ToolStatus::Missing, 0, 0, "pip install ruff"),
    ];
    night.done(
        "1.2.1",
        11,
        audit("code", code, tools),
        "overnight audit code --fix",
    );
    commit(
        night,
        "1.2.1",
        "🤖 Overnight Ops: 1.2 - run ruff and mypy",
        1,
        0,
        14,
    );
    gate(night, Some("1.2.1"), Some(2), 17);
}

fn gate(night: &mut RunFolder, step: Option<&str>, exit_code: Option<i32>, diagnostics: u64) {
    night.event(EventKind::GateChecked {
        step: step.map(|s| s.parse().unwrap()),
        gate: "make quality-check".to_owned(),
        exit_code,
        diagnostics,
        no_worse: true,
    });
    night.wait(2);
}

fn commit(
    night: &mut RunFolder,
    step: &str,
    subject: &str,
    files: u32,
    insertions: u64,
    deletions: u64,
) {
    night.event(EventKind::ChangeCommitted {
        step: Some(step.parse().unwrap()),
        commit: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        subject: subject.to_owned(),
        files,
        insertions,
        deletions,
    });
}

fn criterion(night: &mut RunFolder, index: usize, holds: bool, evidence: &str) {
    let text = night.record.criteria[index].text.clone();
    night.event(EventKind::CriterionChecked {
        text,
        holds: Some(holds),
        evidence: evidence.to_owned(),
    });
}
