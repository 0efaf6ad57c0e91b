//! Format `sroie` (ICDAR 2019): `img/ID.jpg` with phrases and their corners in `box/ID.csv`, and
//! key values (`company`, `date`, `address`, `total`) in `key/ID.json`.
//!
//! A line is `x1,y1,x2,y2,x3,y3,x4,y4,TEXT`; the text may itself hold commas. The order of
//! the lines is not the reading order, so the reference is made from the geometry: rows from
//! top to bottom, one a line; in a row the phrases from left to right, one space between.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use overnight_metrics::reading_order;

use super::{DatasetError, Sample, images, key_values, text};

/// A phrase and its corners in pixels, `[x, y]`, clockwise from the upper left.
#[derive(Debug, Clone, PartialEq)]
struct Phrase {
    corners: Vec<[f32; 2]>,
    text: String,
}

pub(super) fn load(root: &Path) -> Result<Vec<Sample>, DatasetError> {
    let (images, boxes) = (root.join("img"), root.join("box"));
    let images = if images.is_dir() {
        images::by_id(&images)?
    } else {
        Default::default()
    };
    let boxes = if boxes.is_dir() {
        images::with_extension(&boxes, &["csv"])?
    } else {
        Default::default()
    };
    let boxes: BTreeMap<String, PathBuf> = boxes
        .into_iter()
        .map(|(name, file)| (images::stem(&name), file))
        .collect();
    let ids: BTreeSet<String> = images.keys().chain(boxes.keys()).cloned().collect();
    ids.into_iter()
        .map(|id| {
            // A box file without its image is a sample whose image is missing: it must
            // show up in the totals.
            let path = images
                .get(&id)
                .cloned()
                .unwrap_or_else(|| root.join("img").join(format!("{id}.jpg")));
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let reference = boxes.get(&id).map(|file| reference(file)).transpose()?;
            let key = root.join("key").join(format!("{id}.json"));
            Ok(Sample {
                image: format!("img/{name}"),
                id,
                path,
                reference,
                fields: key_values::in_file(&key)?,
                language: None,
            })
        })
        .collect()
}

/// The text of a box file in reading order.
fn reference(file: &Path) -> Result<String, DatasetError> {
    let mut phrases = Vec::new();
    for (index, line) in text::read(file)?.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        phrases.push(parse_line(line).map_err(|reason| DatasetError::Malformed {
            path: file.to_owned(),
            line: Some(index + 1),
            reason,
        })?);
    }
    Ok(in_reading_order(&phrases))
}

fn in_reading_order(phrases: &[Phrase]) -> String {
    let corners: Vec<Vec<[f32; 2]>> = phrases.iter().map(|p| p.corners.clone()).collect();
    let rows = reading_order(&corners);
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let texts: Vec<&str> = row.iter().map(|&i| phrases[i].text.as_str()).collect();
            texts.join(" ")
        })
        .collect();
    lines.join("\n")
}

/// Splits on the first eight commas only.
fn parse_line(line: &str) -> Result<Phrase, String> {
    let fields: Vec<&str> = line.splitn(9, ',').collect();
    let [numbers @ .., text] = fields.as_slice() else {
        return Err("the line is empty".to_owned());
    };
    if numbers.len() != 8 {
        return Err(format!(
            "expected eight coordinates and a text separated by commas, found {} fields",
            fields.len()
        ));
    }
    let numbers = numbers
        .iter()
        .map(|field| {
            let number = field.trim().parse::<f32>().ok().filter(|n| n.is_finite());
            number.ok_or_else(|| format!("`{field}` is not a coordinate"))
        })
        .collect::<Result<Vec<f32>, String>>()?;
    Ok(Phrase {
        corners: numbers.chunks(2).map(|pair| [pair[0], pair[1]]).collect(),
        text: (*text).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn commas_of_the_text_stay() {
        let phrase = parse_line("1,2,3,2,3,4,1,4,TOTAL: RM 1,200.00, THANK YOU").unwrap();
        assert_eq!(phrase.text, "TOTAL: RM 1,200.00, THANK YOU");
        assert_eq!(phrase.corners[2], [3.0, 4.0]);
    }

    #[test]
    fn bad_lines_say_what_is_wrong() {
        assert_eq!(
            parse_line("1,2,3").unwrap_err(),
            "expected eight coordinates and a text separated by commas, found 3 fields"
        );
        assert_eq!(
            parse_line("1,2,3,2,3,x,1,4,T").unwrap_err(),
            "`x` is not a coordinate"
        );
    }

    #[test]
    fn file_order_is_not_reading_order() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["img", "box"] {
            std::fs::create_dir(dir.path().join(folder)).unwrap();
        }
        let lines = "\u{feff}10,50,60,50,60,70,10,70,TOTAL\r\n\
                     10,10,90,10,90,30,10,30,SHOP\r\n\r\n\
                     100,51,160,51,160,71,100,71,9,50\r\n";
        std::fs::write(dir.path().join("box/7.csv"), lines).unwrap();
        std::fs::write(dir.path().join("img/8.png"), "").unwrap();
        let samples = load(dir.path()).unwrap();
        assert_eq!(samples[0].reference.as_deref(), Some("SHOP\nTOTAL 9,50"));
        assert_eq!(samples[0].image, "img/7.jpg", "the missing image is named");
        assert_eq!(samples[1].id, "8");
        assert_eq!(samples[1].reference, None);

        std::fs::write(dir.path().join("box/7.csv"), "1,2,3,4\n").unwrap();
        let error = load(dir.path()).unwrap_err().to_string();
        assert!(
            error.contains("box/7.csv line 1: expected eight"),
            "{error}"
        );
    }

    #[test]
    fn key_values_stand_in_a_file_of_their_own() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["img", "key"] {
            std::fs::create_dir(dir.path().join(folder)).unwrap();
        }
        for image in ["7.png", "8.png"] {
            std::fs::write(dir.path().join("img").join(image), "").unwrap();
        }
        let key = dir.path().join("key/7.json");
        let object = "\u{feff}{\"total\": \"20.00\",\r\n \"date\": null, \"till\": \"3\"}\r\n";
        std::fs::write(&key, object).unwrap();
        let samples = load(dir.path()).unwrap();
        let fields: Vec<(&str, &str)> = samples[0]
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(fields, [("till", "3"), ("total", "20.00")]);
        assert!(samples[1].fields.is_empty(), "no file, no key values");

        for (broken, words) in [
            (
                "{\"total\":\n \"20.00\"",
                "key/7.json line 2: this is no JSON object",
            ),
            ("[]", "key/7.json line 1: this is no JSON object"),
            (
                "{\"total\": 20.00}",
                "key/7.json: the key value `total` is no text",
            ),
        ] {
            std::fs::write(&key, broken).unwrap();
            let error = load(dir.path()).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        std::fs::write(&key, b"{\"total\": \"\xff\"}").unwrap();
        assert!(
            load(dir.path())
                .unwrap_err()
                .to_string()
                .contains("7.json line 1")
        );
    }

    proptest! {
        #[test]
        fn no_line_panics(line in ".{0,60}") {
            let _ = parse_line(&line);
        }

        #[test]
        fn what_was_written_is_read(
            numbers in prop::collection::vec(-9999_i32..9999, 8), text in "[^\r\n]{0,40}"
        ) {
            let written: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            let phrase = parse_line(&format!("{},{text}", written.join(","))).unwrap();
            prop_assert_eq!(phrase.text, text);
            let read: Vec<i32> = phrase.corners.concat().iter().map(|x| *x as i32).collect();
            prop_assert_eq!(read, numbers);
        }
    }
}
