//! Tesseract's tab-separated answer: words with places, put together to lines.

use overnight_record::Line;

use super::spacing::Spacing;

/// An answer that is not in the expected form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TsvError {
    /// The first line names other columns.
    #[error("tesseract's answer has no TSV heading")]
    Heading,
    /// A row cannot be read.
    #[error("row {row} of tesseract's answer is malformed")]
    Row {
        /// The row, from 1, the heading not counted.
        row: usize,
    },
}

pub(super) const HEADING: &str =
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext";

/// Largest number a row may have, in pixels or percent: `nan` and `inf` are numbers to Rust, yet
/// neither a place nor a confidence.
const MOST: f32 = 1e6;

/// The level of a row that holds a word.
const WORD: u32 = 5;

#[derive(Debug)]
struct Word {
    /// Page, block, paragraph and line.
    line: [u32; 4],
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
    /// Percent.
    confidence: f32,
    text: String,
    /// Whether white space lies before it.
    stands_apart: bool,
}

/// Reads the answer: words of one line joined by a space where the plain text of the same
/// page has white space, the line's box around its words, its confidence the mean of theirs.
/// Words of white space only are left out. Without a plain text there is a space everywhere.
///
/// # Errors
/// [`TsvError`].
pub(super) fn lines(table: &[u8], plain: &[u8]) -> Result<Vec<Line>, TsvError> {
    let plain = String::from_utf8_lossy(plain);
    let mut spacing = Spacing::of(&plain);
    let table = String::from_utf8_lossy(table);
    let mut rows = table.lines();
    if rows.next().is_none_or(|row| row.trim_end() != HEADING) {
        return Err(TsvError::Heading);
    }
    let mut grouped: Vec<Vec<Word>> = Vec::new();
    for (index, row) in rows.enumerate() {
        if row.is_empty() {
            continue;
        }
        let word = word_of(row).ok_or(TsvError::Row { row: index + 1 })?;
        let Some(mut word) = word else { continue };
        word.stands_apart = spacing.stands_apart(&word.text);
        match grouped.last_mut() {
            Some(line) if line[0].line == word.line => line.push(word),
            _ => grouped.push(vec![word]),
        }
    }
    Ok(grouped.iter().map(|words| line_of(words)).collect())
}

/// A word, `Some(None)` for a row of another level or without text.
fn word_of(row: &str) -> Option<Option<Word>> {
    let fields: Vec<&str> = row.splitn(12, '\t').collect();
    if fields.len() < 11 {
        return None;
    }
    let number = |i: usize| fields[i].parse::<u32>().ok();
    let text = fields.get(11).map_or("", |text| text.trim());
    if number(0)? != WORD || text.is_empty() {
        return Some(None);
    }
    let within = |value: &f32| value.abs() <= MOST;
    let place = |i: usize| fields[i].parse().ok().filter(within);
    let size = |i: usize| place(i).filter(|size| *size >= 0.0);
    let (left, top) = (place(6)?, place(7)?);
    Some(Some(Word {
        line: [number(1)?, number(2)?, number(3)?, number(4)?],
        left,
        top,
        right: Some(left + size(8)?).filter(within)?,
        bottom: Some(top + size(9)?).filter(within)?,
        confidence: place(10)?,
        text: text.to_owned(),
        stands_apart: true,
    }))
}

fn line_of(words: &[Word]) -> Line {
    let left = words.iter().map(|w| w.left).fold(f32::MAX, f32::min);
    let top = words.iter().map(|w| w.top).fold(f32::MAX, f32::min);
    let right = words.iter().map(|w| w.right).fold(f32::MIN, f32::max);
    let bottom = words.iter().map(|w| w.bottom).fold(f32::MIN, f32::max);
    let confidence = words.iter().map(|w| w.confidence).sum::<f32>() / words.len() as f32;
    let mut text = String::new();
    for word in words {
        if word.stands_apart && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    Line {
        polygon: vec![[left, top], [right, top], [right, bottom], [left, bottom]],
        text,
        confidence: Some((confidence / 100.0).clamp(0.0, 1.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(table: &[u8]) -> Result<Vec<Line>, TsvError> {
        super::lines(table, b"")
    }

    fn answer(rows: &[&str]) -> Vec<u8> {
        format!("{HEADING}\n{}\n", rows.join("\n")).into_bytes()
    }

    #[test]
    fn words_become_lines() {
        let read = lines(&answer(&[
            "1\t1\t0\t0\t0\t0\t0\t0\t640\t480\t-1\t",
            "4\t1\t1\t1\t1\t0\t36\t92\t582\t31\t-1\t",
            "5\t1\t1\t1\t1\t1\t36\t92\t60\t24\t96.0\tTOTAL",
            "5\t1\t1\t1\t1\t2\t109\t90\t86\t26\t90.0\t\"12.50\"",
            "5\t1\t1\t1\t2\t1\t36\t130\t60\t24\t95.0\t ",
            "5\t1\t2\t1\t1\t1\t40\t200\t60\t24\t80.5\tTHANK",
        ]))
        .unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].text, "TOTAL \"12.50\"");
        assert_eq!(read[0].confidence, Some(0.93));
        assert_eq!(
            read[0].polygon,
            [[36.0, 90.0], [195.0, 90.0], [195.0, 116.0], [36.0, 116.0]]
        );
    }

    #[test]
    fn syllables_are_joined_as_in_the_plain_text() {
        let table = answer(&[
            "5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t96\t및",
            "5\t1\t1\t1\t1\t2\t9\t0\t9\t9\t96\t일",
            "5\t1\t1\t1\t1\t3\t18\t0\t9\t9\t96\t정",
            "5\t1\t1\t1\t2\t1\t18\t9\t9\t9\t96\t끝",
        ]);
        let read = super::lines(&table, "및 일정\n끝\n\u{c}".as_bytes()).unwrap();
        let texts: Vec<&str> = read.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["및 일정", "끝"]);
    }

    #[test]
    fn a_torn_answer_is_an_error_with_its_row() {
        assert_eq!(lines(b""), Err(TsvError::Heading));
        assert_eq!(lines(b"Error opening data file"), Err(TsvError::Heading));
        assert_eq!(
            lines(&answer(&["5\t1\t1\t1\t1\t1\t36\t92"])),
            Err(TsvError::Row { row: 1 })
        );
        assert_eq!(lines(&answer(&[])), Ok(vec![]));
    }

    #[test]
    fn what_is_no_place_or_confidence_is_an_error() {
        for numbers in [
            "0\t0\t9\t9\tnan",
            "nan\t0\t9\t9\t90",
            "0\t0\tinf\t9\t90",
            "0\t0\t9\t1e400\t90",
            "0\t0\t9\t-9\t90",
            "999999\t0\t9\t9\t90",
        ] {
            let row = format!("5\t1\t1\t1\t1\t1\t{numbers}\ta");
            let read = lines(&answer(&[&row]));
            assert_eq!(read, Err(TsvError::Row { row: 1 }), "{numbers}");
        }
    }
}
