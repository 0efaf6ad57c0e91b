//! A folder of texts as predictions: what a model or another tool published for a set of images,
//! `ID.md` or `ID.txt` a sample.
//!
//! A published answer is judged as one that a served model just gave: what loops or declines is
//! a status and no text. Which image it was made from cannot be known.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use overnight_ocr::markdown;
use overnight_ocr::openai::{AnswerForm, CLEANER, Judgement, Rules, judge};
use overnight_record::store::sha256_hex;
use overnight_record::{Line, Prediction, PredictionStatus, TimingsMs};

use super::PredictionsError;

/// What a file of the folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Markdown,
    Text,
}

impl Form {
    /// By the extension; `None` for a file that is no text of a sample.
    fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        if extension.eq_ignore_ascii_case("md") {
            Some(Self::Markdown)
        } else if extension.eq_ignore_ascii_case("txt") {
            Some(Self::Text)
        } else {
            None
        }
    }
}

/// Reads the texts of a folder, by id.
///
/// # Errors
/// [`PredictionsError`], naming the file.
pub(super) fn read(folder: &Path) -> Result<Vec<Prediction>, PredictionsError> {
    let files = files(folder)?;
    if files.is_empty() {
        return Err(PredictionsError::NoTexts {
            path: folder.to_owned(),
        });
    }
    let mut texts = Vec::with_capacity(files.len());
    for (id, path) in files {
        texts.push((id, text(&path)?, Form::of(&path)));
    }
    let backend = name(folder);
    let fingerprint = fingerprint(&texts);
    let predictions = texts.into_iter().map(|(id, content, form)| {
        let judged = judged(&content, form);
        let raw = (judged.text != content.trim_end_matches('\n')).then_some(content);
        prediction(id, judged, raw, &backend, &fingerprint)
    });
    Ok(predictions.collect())
}

/// The folder's own name, also where it is given as `.` or `x/..`.
pub fn name(folder: &Path) -> String {
    let whole = folder.canonicalize();
    let whole = whole.as_deref().unwrap_or(folder);
    let name = whole.file_name().unwrap_or(whole.as_os_str());
    name.to_string_lossy().into_owned()
}

/// The files with texts, by the sample's id.
fn files(folder: &Path) -> Result<BTreeMap<String, PathBuf>, PredictionsError> {
    let wrap = |source| PredictionsError::Read {
        path: folder.to_owned(),
        source,
    };
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(wrap)? {
        let path = entry.map_err(wrap)?.path();
        if Form::of(&path).is_none() || path.is_dir() {
            continue;
        }
        let Some(id) = path.file_stem().and_then(|stem| stem.to_str()) else {
            return Err(PredictionsError::NotUtf8 { path, line: None });
        };
        // Files that editors and file managers hide beside the real ones.
        if id.starts_with('.') {
            continue;
        }
        if let Some(other) = files.insert(id.to_owned(), path.clone()) {
            let [first, second] = match other < path {
                true => [other, path],
                false => [path, other],
            };
            return Err(PredictionsError::TwoTexts { first, second });
        }
    }
    Ok(files)
}

/// The content without a byte order mark, lines ending in `\n` alone.
fn text(path: &Path) -> Result<String, PredictionsError> {
    let bytes = std::fs::read(path).map_err(|source| PredictionsError::Read {
        path: path.to_owned(),
        source,
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        PredictionsError::NotUtf8 {
            path: path.to_owned(),
            line: Some(valid.iter().filter(|byte| **byte == b'\n').count() + 1),
        }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(text.replace("\r\n", "\n"))
}

fn judged(content: &str, form: Option<Form>) -> Judgement {
    let rules = |form| Rules { form, scripts: &[] };
    if form == Some(Form::Markdown) {
        return judge(content, None, rules(AnswerForm::Markdown));
    }
    let judged = judge(content, None, rules(AnswerForm::Text));
    if judged.status != PredictionStatus::Ok {
        return judged;
    }
    // A text file is taken at its word: nothing of it is an introduction or a fence.
    Judgement {
        text: content.trim_end_matches('\n').to_owned(),
        notes: Vec::new(),
        ..judged
    }
}

fn prediction(
    id: String,
    judged: Judgement,
    raw: Option<String>,
    backend: &str,
    fingerprint: &str,
) -> Prediction {
    let lines = judged.text.lines().filter(|line| !line.trim().is_empty());
    let lines = lines.map(|line| Line {
        polygon: Vec::new(),
        text: line.trim().to_owned(),
        confidence: None,
    });
    Prediction {
        id,
        image: String::new(),
        image_sha256: String::new(),
        backend: backend.to_owned(),
        fingerprint: fingerprint.to_owned(),
        status: judged.status,
        lines: lines.collect(),
        text: judged.text,
        timings_ms: TimingsMs::default(),
        usage: None,
        attempts: 1,
        error: judged.error,
        notes: judged.notes,
        finish_reason: None,
        fields: BTreeMap::new(),
        raw,
        attempt_log: Vec::new(),
    }
}

/// Hash of all texts and of what makes predictions of them.
fn fingerprint(texts: &[(String, String, Option<Form>)]) -> String {
    let mut facts = format!(
        "kind=texts\ncleaner={CLEANER}\nmarkdown={}\n",
        markdown::VERSION
    );
    for (id, content, form) in texts {
        let hash = sha256_hex(content.as_bytes());
        facts.push_str(&format!("{form:?}\t{hash}\t{id}\n"));
    }
    sha256_hex(facts.as_bytes())[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::write(dir.path().join(name), content).unwrap();
        }
        dir
    }

    #[test]
    fn texts_become_predictions_with_statuses() {
        let declined = b"I'm sorry, but I can't read this image.";
        let looping = "TEA 1.00 ".repeat(100);
        let dir = folder(&[
            ("b.md", b"# Title\n\n**x**\n"),
            ("a.txt", b"\xef\xbb\xbf# as it is\r\n\n  two\r\n\r\n"),
            ("empty.md", b" \n"),
            ("refusal.md", declined),
            ("loop.txt", looping.as_bytes()),
            ("notes.json", b"{}"),
            (".hidden.md", b"x"),
        ]);
        let predictions = super::super::read(dir.path()).unwrap();
        let ids: Vec<&str> = predictions.iter().map(|p| p.id.as_str()).collect();
        assert_eq!(ids, ["a", "b", "empty", "loop", "refusal"]);
        use PredictionStatus::{Empty, Loop, Ok, Refusal};
        let statuses: Vec<PredictionStatus> = predictions.iter().map(|p| p.status).collect();
        assert_eq!(statuses, [Ok, Ok, Empty, Loop, Refusal]);
        let [a, b, .., refusal] = predictions.as_slice() else {
            panic!("invariant: five texts");
        };
        assert_eq!(a.text, "# as it is\n\n  two");
        assert_eq!(b.text, "Title\nx");
        assert_eq!(b.lines.len(), 2);
        assert_eq!(b.raw.as_deref(), Some("# Title\n\n**x**\n"));
        assert_eq!((refusal.text.as_str(), refusal.error.is_some()), ("", true));
        assert_eq!(
            refusal.raw.as_deref().map(str::as_bytes),
            Some(&declined[..])
        );
        assert_eq!(a.backend, name(dir.path()));
        assert_eq!((a.image_sha256.as_str(), a.fingerprint.len()), ("", 32));

        fs::write(dir.path().join("b.md"), "# Title\n\n**y**\n").unwrap();
        let changed = super::super::read(dir.path()).unwrap();
        assert_ne!(changed[0].fingerprint, a.fingerprint);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let refused = |files: &[(&str, &[u8])]| {
            let dir = folder(files);
            super::super::read(dir.path()).unwrap_err().to_string()
        };
        let two = refused(&[("a.md", b"x"), ("a.txt", b"x")]);
        assert!(two.contains("a.md") && two.contains("a.txt"), "{two}");
        let bytes = refused(&[("a.md", b"fine\nna\xefve")]);
        assert!(bytes.ends_with("a.md line 2 is not UTF-8"), "{bytes}");
        let none = refused(&[("a.json", b"{}")]);
        assert!(none.contains("no ID.md and no ID.txt"), "{none}");
    }
}
