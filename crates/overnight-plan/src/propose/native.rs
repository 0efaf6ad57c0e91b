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

fn by_words(text: &str) -> Option<Job> {
    let has = |words: &[&str]| words.iter().any(|word| contains_word(text, word));
    let verb = |line: String, reason: &str| Some(Job::Verb(line, reason.to_owned()));
    // Model names go on: "qwen2.5-vl".
    let is_about_vlm = ["vlm", "qwen", "gemini", "gpt", "vision-language", "llava"]
        .iter()
        .any(|name| text.contains(name));
    if has(&["check-links", "broken"])
        && has(&["link", "links", "check-links", "reference", "references"])
    {
        return verb(
            "overnight audit links".to_owned(),
            "judges every relative link and anchor in the project's Markdown",
        );
    }
    if has(&[
        "ruff",
        "mypy",
        "lint",
        "linting",
        "code quality",
        "type checks",
        "type errors",
    ]) {
        let fix = if has(&["ruff", "fix", "format", "resolution"]) {
            " --fix"
        } else {
            ""
        };
        return verb(
            format!("overnight audit code{fix}"),
            "runs ruff and mypy as [audit.code] says and counts what they find",
        );
    }
    if has(&[
        "artifact",
        "artifacts",
        "front matter",
        "frontmatter",
        "audit-fix-all",
        "documentation",
    ]) {
        return verb(
            "overnight audit docs --fix".to_owned(),
            "checks front matter, names and folders of documents as [audit.docs] says",
        );
    }
    if has(&[
        "webp",
        "storage",
        "size reduction",
        "loading speed",
        "compression",
    ]) {
        return verb(
            format!("overnight storage --dataset {DATASET} --arms source,webp:q80"),
            "measures bytes and decode time of WebP against the source",
        );
    }
    if has(&[
        "sepia",
        "enhancement",
        "enhance",
        "preprocessing",
        "latency overhead",
    ]) {
        let limit = number_before(text, "samples").unwrap_or(500);
        return verb(
            format!(
                "overnight enhance --dataset {DATASET} --backend {BACKEND} --limit {limit} \
                 --arms none,sepia"
            ),
            "measures CER and latency of each arm, paired by image",
        );
    }
    if has(&[
        "hard samples",
        "compare",
        "gap",
        "cer",
        "character error rate",
    ]) {
        return if is_about_vlm {
            Some(Job::Beyond(format!(
                "this version reads no vision-language server; once its predictions are in a \
                 file F: overnight compare --dataset {DATASET} --baseline {BACKEND} --candidate F"
            )))
        } else {
            verb(
                format!(
                    "overnight compare --dataset {DATASET} --baseline {BACKEND} --candidate \
                     {CANDIDATE}"
                ),
                "CER of both backends with their difference and the hard samples",
            )
        };
    }
    if let Some(job) = benches(text, &has) {
        return Some(job);
    }
    if has(&[
        "inference",
        "infer",
        "predictions",
        "recognise",
        "recognize",
    ]) {
        return if is_about_vlm {
            Some(Job::Beyond(
                "this version reads no vision-language server; bind a program of your own that \
                 asks it"
                    .to_owned(),
            ))
        } else {
            verb(
                format!("overnight infer --backend {BACKEND} --dataset {DATASET}"),
                "reads every image of the dataset",
            )
        };
    }
    None
}

fn benches(text: &str, has: &dyn Fn(&[&str]) -> bool) -> Option<Job> {
    let bench = |stages: &str, batches: &str, reason: &str| {
        let line = format!(
            "overnight bench --backend {BACKEND} --dataset {DATASET} --stage {stages} \
             --batch-size {batches}"
        );
        Some(Job::Verb(line, reason.to_owned()))
    };
    if has(&["oom", "stress", "batch size", "batch sizes"]) {
        let most = number_after(text, "up to").unwrap_or(32).clamp(1, 1024);
        let mut sizes: Vec<u64> = [1, 8, 32].into_iter().filter(|size| *size < most).collect();
        sizes.push(most);
        let sizes: Vec<String> = sizes.iter().map(ToString::to_string).collect();
        return bench(
            "pipeline",
            &sizes.join(","),
            "measures throughput and peak memory for each batch size",
        );
    }
    if has(&["vram", "memory", "peak usage"]) {
        return bench(
            "detection,recognition",
            "1,8",
            "measures peak memory of each stage (of the process; not yet of a graphics card)",
        );
    }
    if has(&[
        "throughput",
        "benchmark",
        "latency",
        "pipeline baseline",
        "performance",
    ]) {
        return bench(
            "detection,recognition,pipeline",
            "1,8,32",
            "measures throughput and latency of each stage",
        );
    }
    None
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
