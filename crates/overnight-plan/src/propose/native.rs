//! Jobs that this program does by itself.

use crate::document::Task;

/// Names that proposals use until the person puts in their own.
const DATASET: &str = "validation";
const BACKEND: &str = "ppocr";
const CANDIDATE: &str = "tesseract";

/// What this program has for a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Job {
    /// A verb that does it, and why.
    Verb(String, String),
    /// Nothing yet, and why.
    Beyond(String),
}

/// The verb for the job that a step's words describe; those of its task decide when the
/// step's own do not.
pub(super) fn for_job(task: &Task, text: &str) -> Option<Job> {
    let text = text.to_lowercase();
    if ["save ", "store ", "archive "]
        .iter()
        .any(|word| text.starts_with(word))
    {
        return Some(Job::Beyond(
            "the verbs store their results by themselves, under `logs` and `large_artifacts`"
                .to_owned(),
        ));
    }
    by_words(&text).or_else(|| by_words(&task.title.to_lowercase()))
}

/// A job, known by its words.
struct Rule {
    /// One of these occurs.
    words: &'static [&'static str],
    /// One of these occurs too; none when empty.
    also: &'static [&'static str],
    /// What is done, given the whole text.
    job: fn(&str) -> Job,
}

/// The first rule that fits decides.
const RULES: [Rule; 9] = [
    Rule {
        words: &["check-links", "broken"],
        also: &["link", "links", "check-links", "reference", "references"],
        job: links,
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
        job: code,
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
        job: |_| {
            verb(
                "overnight audit docs --fix",
                "it checks front matter, names and folders of documents as [audit.docs] says",
            )
        },
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
        job: |_| {
            verb(
                &format!("overnight storage --dataset {DATASET} --arms source,webp:q80"),
                "it measures bytes and decode time of WebP against the source",
            )
        },
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
        job: enhance,
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
        job: compare,
    },
    Rule {
        words: &["oom", "stress", "batch size", "batch sizes"],
        also: &[],
        job: stress,
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
        job: bench,
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
        job: infer,
    },
];

fn by_words(text: &str) -> Option<Job> {
    let has = |words: &[&str]| words.iter().any(|word| contains_word(text, word));
    let rule = RULES
        .iter()
        .find(|rule| has(rule.words) && (rule.also.is_empty() || has(rule.also)))?;
    Some((rule.job)(text))
}

fn verb(line: &str, reason: &str) -> Job {
    Job::Verb(line.to_owned(), reason.to_owned())
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

fn compare(text: &str) -> Job {
    let line = format!("overnight compare --dataset {DATASET} --baseline {BACKEND} --candidate");
    if is_about_vlm(text) {
        return Job::Beyond(format!(
            "this version reads no vision-language server; once its predictions are in a file F: \
             {line} F"
        ));
    }
    verb(
        &format!("{line} {CANDIDATE}"),
        "it gives the CER of both backends with their difference and the hard samples",
    )
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

fn infer(text: &str) -> Job {
    if is_about_vlm(text) {
        return Job::Beyond(
            "this version reads no vision-language server; bind a program of your own that asks it"
                .to_owned(),
        );
    }
    verb(
        &format!("overnight infer --backend {BACKEND} --dataset {DATASET}"),
        "it reads every image of the dataset",
    )
}

/// Model names go on after the family's: "qwen2.5-vl".
fn is_about_vlm(text: &str) -> bool {
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
