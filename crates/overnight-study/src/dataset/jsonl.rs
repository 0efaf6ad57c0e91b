//! Format `jsonl`: one JSON object a line with `id`, `image` and `text`, and perhaps key values
//! (`fields`) and the `language` of the text.
//!
//! `image` is relative to the file's folder, or absolute. All but `id` and `image` may be
//! missing or null. Further names are left alone.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{DatasetError, Sample, key_values, text};

#[derive(Deserialize)]
struct Row {
    id: String,
    image: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    fields: Option<Map<String, Value>>,
    #[serde(default)]
    language: Option<String>,
}

pub(super) fn load(file: &Path) -> Result<Vec<Sample>, DatasetError> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let malformed = |line: usize, reason: String| DatasetError::Malformed {
        path: file.to_owned(),
        line: Some(line),
        reason,
    };
    let mut samples = Vec::new();
    let mut first_lines: HashMap<String, usize> = HashMap::new();
    for (index, line) in text::read(file)?.lines().enumerate() {
        let number = index + 1;
        if line.trim().is_empty() {
            continue;
        }
        let row: Row = serde_json::from_str(line).map_err(|error| {
            let error = error.to_string();
            let reason = error.split(" at line ").next().unwrap_or(&error);
            malformed(number, format!("the line is not a sample: {reason}"))
        })?;
        if let Some(first) = first_lines.insert(row.id.clone(), number) {
            let reason = format!("the id `{}` was already used in line {first}", row.id);
            return Err(malformed(number, reason));
        }
        let fields = row.fields.unwrap_or_default();
        samples.push(Sample {
            fields: key_values::of(fields).map_err(|reason| malformed(number, reason))?,
            path: folder.join(&row.image),
            id: row.id,
            image: row.image,
            reference: row.text,
            language: row.language,
        });
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: &str) -> Result<Vec<Sample>, String> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("samples.jsonl");
        std::fs::write(&file, text).unwrap();
        load(&file).map_err(|error| {
            let error = error.to_string();
            error.split("samples.jsonl ").last().unwrap().to_owned()
        })
    }

    #[test]
    fn rows_are_samples() {
        let samples = load_text(
            "{\"id\":\"1\",\"image\":\"img/1.png\",\"text\":\"a\\nb\",\"more\":1}\r\n\n\
             {\"id\":\"2\",\"image\":\"/abs/2.png\",\"text\":null}\n{\"id\":\"3\",\"image\":\"3\"}",
        )
        .unwrap();
        assert_eq!(samples.len(), 3);
        assert_eq!(samples[0].reference.as_deref(), Some("a\nb"));
        assert!(samples[0].path.ends_with("img/1.png") && samples[0].path.is_absolute());
        assert_eq!(samples[1].path, Path::new("/abs/2.png"));
        assert_eq!(
            (&samples[1].reference, &samples[2].reference),
            (&None, &None)
        );
    }

    #[test]
    fn key_values_and_the_language_may_be_told() {
        let samples = load_text(
            "{\"id\":\"1\",\"image\":\"1\",\"fields\":{\"total\":\"5.00\",\"date\":null},\"language\":\"ko\"}\n\
             {\"id\":\"2\",\"image\":\"2\",\"fields\":null,\"language\":null}\n",
        )
        .unwrap();
        assert_eq!(samples[0].fields["total"], "5.00");
        assert_eq!(samples[0].fields.len(), 1);
        assert_eq!(samples[0].language.as_deref(), Some("ko"));
        assert!(samples[1].fields.is_empty() && samples[1].language.is_none());
        assert_eq!(
            load_text("{\"id\":\"1\",\"image\":\"1\",\"fields\":{\"total\":5}}").unwrap_err(),
            "line 1: the key value `total` is no text in quotes"
        );
    }

    #[test]
    fn bad_lines_and_repeated_ids_are_named() {
        assert_eq!(
            load_text("{\"id\":\"1\",\"image\":\"1\"}\n{\"id\":\"2\"}\n").unwrap_err(),
            "line 2: the line is not a sample: missing field `image`"
        );
        assert_eq!(
            load_text("{\"id\":\"1\",\"image\":\"1\"}\n\n{\"id\":\"1\",\"image\":\"2\"}\n")
                .unwrap_err(),
            "line 3: the id `1` was already used in line 1"
        );
    }
}
