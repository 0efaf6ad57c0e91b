//! Jobs that this program does by itself.

use overnight_record::StepId;

use super::reading::Readings;
use crate::document::{Step, Task};

/// Names that proposals use until the person puts in their own.
const DATASET: &str = "validation";
const BACKEND: &str = "ppocr";
const CANDIDATE: &str = "tesseract";

/// What this program has for a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Job {
    /// A command that does it, the steps it needs, and why.
    Verb(String, Vec<StepId>, String),
    /// Nothing yet, and why.
    Beyond(String),
}

/// The verb for the job that a step's words describe; those of its task decide when the
/// step's own do not.
pub(super) fn for_job(task: &Task, step: &Step, readings: &Readings<'_>) -> Option<Job> {
    let text = step.text.to_lowercase();
    if is_saving(&step.text) {
        return Some(match readings.saved_by(step.id) {
            Some((reading, place)) => Job::Verb(
                format!("test -s {}", shell_words::quote(&place.file)),
                vec![reading],
                format!("step {reading} saves there; this looks whether it did"),
            ),
            None => Job::Beyond(
                "the verbs store their results by themselves, under `logs` and `large_artifacts`"
                    .to_owned(),
            ),
        });
    }
    let (work, text) = work_of(task, &text)?;
    Some(match work {
        Work::Links => links(&text),
        Work::Code => code(&text),
        Work::Documents => verb(
            "overnight audit docs --fix",
            "it checks front matter, names and folders of documents as [audit.docs] says",
        ),
        Work::Storage => verb(
            &format!("overnight storage --dataset {DATASET} --arms source,webp:q80"),
            "it measures bytes and decode time of WebP against the source",
        ),
        Work::Enhance => enhance(&text),
        Work::Compare => compare(readings),
        Work::Stress => stress(&text),
        Work::Bench => bench(&text),
        Work::Infer => infer(step.id, &text, readings),
    })
}

/// Whether a step puts away what another one made.
pub(super) fn is_saving(text: &str) -> bool {
    let text = text.to_lowercase();
    ["save ", "store ", "archive "]
        .iter()
        .any(|word| text.starts_with(word))
}

/// Whether a step's words ask for the reading of images.
pub(super) fn is_reading(task: &Task, text: &str) -> bool {
    !is_saving(text)
        && work_of(task, &text.to_lowercase()).is_some_and(|(work, _)| work == Work::Infer)
}

/// The job the words of a step describe, with the words that do; both in lower case.
fn work_of(task: &Task, text: &str) -> Option<(Work, String)> {
    let title = task.title.to_lowercase();
    by_words(text)
        .map(|work| (work, text.to_owned()))
        .or_else(|| by_words(&title).map(|work| (work, title)))
}

/// A job this program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Links,
    Code,
    Documents,
    Storage,
    Enhance,
    Compare,
    Stress,
    Bench,
    Infer,
}

/// A job, known by its words.
struct Rule {
    /// One of these occurs.
    words: &'static [&'static str],
    /// One of these occurs too; none when empty.
    also: &'static [&'static str],
    /// What is done.
    work: Work,
}

/// The first rule that fits decides.
const RULES: [Rule; 9] = [
    Rule {
        words: &["check-links", "broken"],
        also: &["link", "links", "check-links", "reference", "references"],
        work: Work::Links,
    },
    Rule {
        words: &[
            "ruff",
            "mypy",
            "lint",
            "linting",
            "code quality",
            "type checks",
            "type errors",
        ],
        also: &[],
        work: Work::Code,
    },
    Rule {
        words: &[
            "artifact",
            "artifacts",
            "front matter",
            "frontmatter",
            "audit-fix-all",
            "documentation",
        ],
        also: &[],
        work: Work::Documents,
    },
    Rule {
        words: &[
            "webp",
            "storage",
            "size reduction",
            "loading speed",
            "compression",
        ],
        also: &[],
        work: Work::Storage,
    },
    Rule {
        words: &[
            "sepia",
            "enhancement",
            "enhance",
            "preprocessing",
            "latency overhead",
        ],
        also: &[],
        work: Work::Enhance,
    },
    Rule {
        words: &[
            "hard samples",
            "compare",
            "gap",
            "cer",
            "character error rate",
        ],
        also: &[],
        work: Work::Compare,
    },
    Rule {
        words: &["oom", "stress", "batch size", "batch sizes"],
        also: &[],
        work: Work::Stress,
    },
    Rule {
        words: &[
            "vram",
            "memory",
            "peak usage",
            "throughput",
            "benchmark",
            "latency",
            "pipeline baseline",
            "performance",
        ],
        also: &[],
        work: Work::Bench,
    },
    Rule {
        words: &[
            "inference",
            "infer",
            "predictions",
            "recognise",
            "recognize",
        ],
        also: &[],
        work: Work::Infer,
    },
];

fn by_words(text: &str) -> Option<Work> {
    let has = |words: &[&str]| words.iter().any(|word| contains_word(text, word));
    RULES
        .iter()
        .find(|rule| has(rule.words) && (rule.also.is_empty() || has(rule.also)))
        .map(|rule| rule.work)
}

fn verb(line: &str, reason: &str) -> Job {
    Job::Verb(line.to_owned(), Vec::new(), reason.to_owned())
}

fn links(text: &str) -> Job {
    let mends = ["repair", "fix", "mend", "resolve", "correct"];
    let is_mended = mends.iter().any(|word| contains_word(text, word));
    verb(
        if is_mended {
            "overnight audit links --fix"
        } else {
            "overnight audit links"
        },
        "it judges every relative link and anchor in the project's Markdown",
    )
}

fn code(text: &str) -> Job {
    let mends = ["ruff", "fix", "format", "resolution"];
    let fix = if mends.iter().any(|word| contains_word(text, word)) {
        " --fix"
    } else {
        ""
    };
    verb(
        &format!("overnight audit code{fix}"),
        "it runs ruff and mypy as [audit.code] says and counts what they find",
    )
}

fn enhance(text: &str) -> Job {
    let limit = number_before(text, "samples").unwrap_or(500);
    verb(
        &format!(
            "overnight enhance --dataset {DATASET} --backend {BACKEND} --limit {limit} --arms \
             none,sepia"
        ),
        "it measures CER and latency of each arm, paired by image",
    )
}

fn compare(readings: &Readings<'_>) -> Job {
    let line = format!("overnight compare --dataset {DATASET} --baseline {BACKEND} --candidate");
    let reason = "it gives the CER of both backends with their difference and the hard samples";
    let Some(reading) = readings.of_vlm() else {
        return verb(&format!("{line} {CANDIDATE}"), reason);
    };
    match &reading.place {
        // What is saved needs no server any more.
        Some(place) => Job::Verb(
            format!("{line} {}", shell_words::quote(&place.file)),
            vec![reading.step],
            reason.to_owned(),
        ),
        None => verb(&format!("{line} {}", readings.vlm), reason),
    }
}

fn stress(text: &str) -> Job {
    let most = number_after(text, "up to").unwrap_or(32).clamp(1, 1024);
    let mut sizes: Vec<u64> = [1, 8, 32].into_iter().filter(|size| *size < most).collect();
    sizes.push(most);
    let sizes: Vec<String> = sizes.iter().map(ToString::to_string).collect();
    bench_of(
        "pipeline",
        &sizes.join(","),
        "it measures throughput and peak memory for each batch size",
    )
}

fn bench(text: &str) -> Job {
    let is_about_memory = ["vram", "memory", "peak usage"]
        .iter()
        .any(|word| contains_word(text, word));
    if is_about_memory {
        bench_of(
            "detection,recognition",
            "1,8",
            "it measures peak memory of each stage (of the process; not yet of a graphics card)",
        )
    } else {
        bench_of(
            "detection,recognition,pipeline",
            "1,8,32",
            "it measures throughput and latency of each stage",
        )
    }
}

fn bench_of(stages: &str, batches: &str, reason: &str) -> Job {
    verb(
        &format!(
            "overnight bench --backend {BACKEND} --dataset {DATASET} --stage {stages} --batch-size \
             {batches}"
        ),
        reason,
    )
}

fn infer(step: StepId, text: &str, readings: &Readings<'_>) -> Job {
    let backend = match is_about_vlm(text) {
        true => readings.vlm,
        false => BACKEND,
    };
    let mut line = format!("overnight infer --backend {backend} --dataset {DATASET}");
    let mut reason = "it reads every image of the dataset, and keeps what it read under \
                      `large_artifacts`"
        .to_owned();
    if let Some(place) = readings.place_of(step) {
        line.push_str(&format!(" --out {}", shell_words::quote(&place.out)));
        reason.push_str(" and where the plan says");
    }
    Job::Verb(line, Vec::new(), reason)
}

/// Model names go on after the family's: "qwen2.5-vl".
pub(super) fn is_about_vlm(text: &str) -> bool {
    let text = text.to_lowercase();
    ["vlm", "qwen", "gemini", "gpt", "vision-language", "llava"]
        .iter()
        .any(|name| text.contains(name))
}

/// Whether `words` occur in `text` and not as a part of longer words.
fn contains_word(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + words.len()..].chars().next();
        let is_free = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        is_free(before) && is_free(after)
    })
}

/// The whole number right before a word, as in "500 samples".
fn number_before(text: &str, word: &str) -> Option<u64> {
    let at = text.find(word)?;
    let number = text[..at].split_whitespace().next_back()?;
    number.replace(',', "").parse().ok().filter(|n| *n > 0)
}

/// The whole number right after some words, as in "up to 64".
fn number_after(text: &str, words: &str) -> Option<u64> {
    let at = text.find(words)? + words.len();
    let number = text[at..].split_whitespace().next()?;
    number
        .trim_matches(|c: char| !c.is_ascii_digit())
        .parse()
        .ok()
        .filter(|n| *n > 0)
}
