//! Our CLEval beside the published program (the package `cleval`), on the same pages in turns:
//!
//!     cargo bench -p overnight-metrics --bench cleval_peer -- PYTHON [OVERNIGHT]
//!
//! where PYTHON is an interpreter that has `cleval`, and OVERNIGHT this project's program, built
//! for release; with it the two commands are compared, too. Every count and rate of every page is
//! compared, and the bench stops where one differs. Nothing is measured without a PYTHON.

#![expect(clippy::print_stdout, reason = "a bench's answer is what it prints")]

mod pages;
mod python;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use overnight_metrics::boxes::{Cleval, ClevalCounts, ClevalPage, Outline, TextBox};
use pages::{Page, Row};
use python::{Outcome, Python, program};
use serde_json::{Value, json};

/// Rounds, each with both programs once.
const ROUNDS: usize = 7;
/// Rounds of whole commands.
const COMMANDS: usize = 5;
/// Times ours goes through all pages in a round.
const PASSES: u32 = 20;

/// What stands above the tables.
const MEANING: &str = "\
Seconds for all pages of a case, from numbers and texts in memory to the counts, one thread each: the
least of the rounds, in each of which both take turns. What numba compiles is compiled before.";

/// What stands above the commands.
const OF_COMMANDS: &str = "\
Seconds of whole commands on the same two archives, start of the process included, each with as many
threads or processes as it takes by itself: least (most) of the rounds, in turns.";

fn main() -> Outcome<()> {
    let mut words = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"));
    let Some(python) = words.next() else {
        println!("no Python is named: nothing is measured");
        return Ok(());
    };
    let overnight = words.next();
    let folder = tempfile::tempdir()?;
    let mut peer = Python::start(&python, "cleval_peer.py")?;
    println!("{MEANING}\n");
    let mut is_first = true;
    for (name, pages) in pages::cases()? {
        let path = folder.path().join("pages.jsonl");
        let rows: Vec<String> = pages
            .iter()
            .map(|page| json!({"gt": page.gt, "det": page.det}).to_string())
            .collect();
        std::fs::write(&path, rows.join("\n"))?;
        let version = &peer.ask(&json!({"do": "load", "pages": path}))?["version"];
        if std::mem::take(&mut is_first) {
            println!("cleval {}", version.as_str().ok_or("no version")?);
            println!(
                "{:<42} {:>6} {:>9} {:>10} {:>7}",
                "", "boxes", "ours", "cleval", "times"
            );
        }
        for end_to_end in [false, true] {
            compare(&name, &pages, end_to_end, &mut peer)?;
        }
        if overnight.is_some() && name == pages::RECEIPTS {
            let [gt, det] = ["gt.zip", "det.zip"].map(|name| folder.path().join(name));
            peer.ask(&json!({"do": "pack", "gt": gt, "det": det}))?;
        }
    }
    match overnight {
        Some(program) if folder.path().join("gt.zip").exists() => {
            commands(&python, &program, folder.path())
        }
        _ => Ok(()),
    }
}

/// Times both on `pages` and compares what they say of each.
fn compare(name: &str, pages: &[Page], end_to_end: bool, peer: &mut Python) -> Outcome<()> {
    let cleval = Cleval {
        case_sensitive: true,
        end_to_end,
    };
    let mut seconds = [f64::INFINITY; 2];
    for round in 0..ROUNDS {
        for turn in [round % 2, (round + 1) % 2] {
            let took = if turn == 0 {
                let started = Instant::now();
                for _ in 0..PASSES {
                    std::hint::black_box(evaluated(std::hint::black_box(pages), cleval));
                }
                started.elapsed().as_secs_f64() / f64::from(PASSES)
            } else {
                let answer = peer.ask(&json!({"do": "time", "end_to_end": end_to_end}))?;
                let theirs = answer["pages"].as_array().ok_or("no pages")?;
                for (index, (ours, theirs)) in
                    evaluated(pages, cleval).iter().zip(theirs).enumerate()
                {
                    assert_same(ours, theirs, &format!("{name}, page {index}"));
                }
                assert_eq!(theirs.len(), pages.len(), "{name}");
                answer["seconds"].as_f64().ok_or("no time")?
            };
            seconds[turn] = seconds[turn].min(took);
        }
    }
    if name == pages::RECEIPTS {
        let all = evaluated(pages, cleval);
        let splits: Vec<_> = all.iter().map(|page| page.splits).collect();
        let is_hard =
            splits.iter().any(|it| it.n_split > 0) && splits.iter().any(|it| it.n_merged > 0);
        assert!(is_hard, "no box is split or merged in {name}");
    }
    let [ours, theirs] = seconds;
    let boxes: usize = pages
        .iter()
        .map(|page| page.gt.len() + page.det.len())
        .sum();
    let what = if end_to_end {
        "end-to-end"
    } else {
        "detection"
    };
    println!(
        "{:<42} {boxes:>6} {ours:>9.6} {theirs:>10.5} {:>7.0}",
        format!("{name}, {what}"),
        theirs / ours
    );
    Ok(())
}

fn evaluated(pages: &[Page], cleval: Cleval) -> Vec<ClevalPage> {
    let boxes = |rows: &[Row]| -> Vec<TextBox> {
        let outline =
            |n: &[f64; 8]| Outline::Quad([[n[0], n[1]], [n[2], n[3]], [n[4], n[5]], [n[6], n[7]]]);
        rows.iter()
            .map(|(points, text)| TextBox::new(outline(points), text.clone()))
            .collect()
    };
    pages
        .iter()
        .map(|page| cleval.page(&boxes(&page.gt), &boxes(&page.det)))
        .collect()
}

/// Counts of a page, in the order in which the script answers.
fn assert_same(ours: &ClevalPage, theirs: &Value, what: &str) {
    assert_counts(&ours.detection, &theirs["detection"], what);
    if let Some(counts) = &ours.end_to_end {
        assert_counts(counts, &theirs["end_to_end"], what);
    }
    let splits = &ours.splits;
    let splits = [splits.n_split, splits.n_merged, splits.n_char_overlapped];
    assert_eq!(json!(splits), theirs["splits"], "{what}");
}

fn assert_counts(ours: &ClevalCounts, theirs: &Value, what: &str) {
    let rates = ours.rates();
    let ours = [
        ours.n_gt as f64,
        ours.n_det as f64,
        ours.tp as f64,
        ours.fp as f64,
        ours.granularity_recall as f64,
        ours.granularity_precision as f64,
        rates.recall,
        rates.precision,
        rates.hmean,
    ];
    assert_eq!(theirs.as_array().map(Vec::len), Some(ours.len()), "{what}");
    for (index, value) in ours.iter().enumerate() {
        let expected = theirs[index].as_f64().unwrap_or(f64::NAN);
        assert!(
            (value - expected).abs() < 1e-9,
            "{what}, number {index}: {value}, not {expected}"
        );
    }
}

/// Times both commands on the archives in `folder`, and compares what they say.
fn commands(python: &str, overnight: &str, folder: &Path) -> Outcome<()> {
    println!("\n{OF_COMMANDS}\n");
    println!("{:<42} {:>9} {:>9}", "", "least", "most");
    let module = ["-m", "cleval.main"];
    let theirs = ["-g", "gt.zip", "-s", "det.zip", "-o", "out", "--E2E"];
    let ours = "score --boxes-gt gt.zip --boxes-pred det.zip --metric cleval --format json";
    let mut seconds: [Vec<f64>; 4] = Default::default();
    let mut answer = Vec::new();
    for _ in 0..COMMANDS {
        for (index, seconds) in seconds.iter_mut().enumerate() {
            let mut command = Command::new(program(if index < 2 { overnight } else { python }));
            command.current_dir(folder).stderr(Stdio::inherit());
            match index {
                0 => command.args(["--project", "."]).args(ours.split(' ')),
                1 => command.arg("--version"),
                2 => command.args(module).args(theirs),
                _ => command.args(["-c", "import cleval.main"]),
            };
            let started = Instant::now();
            let output = command.stdin(Stdio::null()).output()?;
            seconds.push(started.elapsed().as_secs_f64());
            assert!(output.status.success(), "{command:?}: {}", output.status);
            if index == 0 {
                answer = output.stdout;
            }
        }
    }
    let answer: Value = serde_json::from_slice(&answer)?;
    let results = std::fs::read_to_string(folder.join("out/results.json"))?;
    let results: Value = serde_json::from_str(&results)?;
    for (of_ours, of_theirs) in [("detection", "det"), ("end_to_end", "e2e")] {
        for (of_ours, key, of_theirs) in [
            (&answer[of_ours], "recall", &results["all"][of_theirs]),
            (&answer[of_ours], "precision", &results["all"][of_theirs]),
            (&answer[of_ours], "hmean", &results["all"][of_theirs]),
        ] {
            let pair = [of_ours[key].as_f64(), of_theirs[key].as_f64()];
            let is_same = matches!(pair, [Some(a), Some(b)] if (a - b).abs() < 1e-9);
            assert!(is_same, "{key}: {pair:?}");
        }
    }
    let least = |all: &[f64]| all.iter().copied().fold(f64::INFINITY, f64::min);
    let titles = [
        "overnight score",
        "  of it starting (overnight --version)",
        "cleval",
        "  of it starting (import cleval.main)",
    ];
    for (title, all) in titles.iter().zip(&seconds) {
        let most = all.iter().copied().fold(0.0, f64::max);
        println!("{title:<42} {:>9.3} {most:>9.3}", least(all));
    }
    println!(
        "cleval takes {:.0} times as long as overnight score",
        least(&seconds[2]) / least(&seconds[0])
    );
    Ok(())
}
