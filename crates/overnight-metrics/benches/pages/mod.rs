//! Pages of boxes, and what a detector and a reader may make of them.

use overnight_metrics::Random;
use overnight_testkit::Shared;
use serde_json::Value;

use crate::python::Outcome;

/// The case whose pages are packed for the commands.
pub(crate) const RECEIPTS: &str = "40 receipts";

/// Corners of a box in pixels, clockwise from the upper left, and its text.
pub(crate) type Row = ([f64; 8], String);

/// A page as both programs are given it.
#[derive(Debug)]
pub(crate) struct Page {
    /// Where text is.
    pub(crate) gt: Vec<Row>,
    /// Where it was found.
    pub(crate) det: Vec<Row>,
}

/// All cases by name; those whose data is not beside the repository are skipped and say so.
pub(crate) fn cases() -> Outcome<Vec<(String, Vec<Page>)>> {
    let mut cases = Vec::new();
    if let Some(path) = Shared::path("cleval_peer", "reference/cleval_reference.json") {
        let reference: Value = serde_json::from_slice(&std::fs::read(path)?)?;
        let list = reference["cases"].as_array().ok_or("no cases")?;
        let pages: Outcome<Vec<Page>> = list.iter().map(reference_page).collect();
        let pages = pages?;
        cases.push((format!("{} synthetic pages", pages.len()), pages));
    }
    if let Some(folder) = Shared::path("cleval_peer", "data/receipts/box") {
        let mut files: Vec<_> = std::fs::read_dir(folder)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        files.sort();
        let mut random = Random::new(11);
        let mut pages = Vec::new();
        for file in files {
            let gt = receipt(&std::fs::read_to_string(&file)?)
                .ok_or_else(|| format!("a malformed line in {}", file.display()))?;
            let det = found(&gt, &mut random);
            pages.push(Page { gt, det });
        }
        assert_eq!(format!("{} receipts", pages.len()), RECEIPTS);
        cases.push((RECEIPTS.to_owned(), pages));
    }
    cases.push(("2 pages of 300 lines".to_owned(), dense(2, 300)));
    Ok(cases)
}

fn reference_page(case: &Value) -> Outcome<Page> {
    let rows = |key: &str| -> Outcome<Vec<Row>> {
        let list = case[key].as_array().ok_or("no boxes")?;
        list.iter()
            .map(|item| {
                let points: [f64; 8] = serde_json::from_value(item["quad"].clone())?;
                let text = item["text"].as_str().ok_or("no text")?;
                Ok((points, text.to_owned()))
            })
            .collect()
    };
    Ok(Page {
        gt: rows("gt")?,
        det: rows("det")?,
    })
}

/// The boxes of a file of SROIE: eight numbers and a text that may hold commas a line.
fn receipt(text: &str) -> Option<Vec<Row>> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let mut fields = line.splitn(9, ',');
            let mut points = [0.0; 8];
            for point in &mut points {
                *point = fields.next()?.trim().parse().ok()?;
            }
            Some((points, fields.next()?.to_owned()))
        })
        .collect()
}

/// Lines in two columns, each slightly slanted.
fn dense(n_pages: usize, n: usize) -> Vec<Page> {
    let mut random = Random::new(5);
    (0..n_pages)
        .map(|_| {
            let line = |index: usize, random: &mut Random| {
                let (x, y) = ((index % 2 * 500) as f64, (index / 2 * 30) as f64);
                let letter = |random: &mut Random| char::from(b'A' + random.below(26) as u8);
                let text = (0..20).map(|_| letter(random)).collect();
                let points = [x, y, x + 400.0, y + 3.0, x + 400.0, y + 23.0, x, y + 20.0];
                (points, text)
            };
            let gt: Vec<Row> = (0..n).map(|index| line(index, &mut random)).collect();
            let det = found(&gt, &mut random);
            Page { gt, det }
        })
        .collect()
}

/// What may be found and read: corners a few pixels off, one character in 20 wrong; of 20 boxes one
/// is missed, two are found in two pieces, two as one with the next on their line, and one is
/// found where nothing is.
fn found(gt: &[Row], random: &mut Random) -> Vec<Row> {
    let mut det = Vec::new();
    let mut is_taken = false;
    for (index, (points, text)) in gt.iter().enumerate() {
        if std::mem::take(&mut is_taken) {
            continue;
        }
        let next = gt.get(index + 1).filter(|next| on_a_line(points, &next.0));
        match (random.below(20), next) {
            (0, _) => {}
            (1 | 2, _) if text.chars().count() > 3 => {
                for (points, text) in halves(points, text) {
                    det.push((jittered(&points, random), misread(&text, random)));
                }
            }
            (3 | 4, Some((beside, more))) => {
                let both = misread(&format!("{text} {more}"), random);
                det.push((jittered(&around(points, beside), random), both));
                is_taken = true;
            }
            (5, _) => {
                let down = 2.0 * (points[7] - points[1]).abs().max(8.0);
                let mut below = *points;
                below.iter_mut().skip(1).step_by(2).for_each(|y| *y += down);
                det.push((below, "I1".to_owned()));
                det.push((jittered(points, random), misread(text, random)));
            }
            _ => det.push((jittered(points, random), misread(text, random))),
        }
    }
    det
}

/// Whether two boxes are beside each other.
fn on_a_line(a: &[f64; 8], b: &[f64; 8]) -> bool {
    let height = (a[7] - a[1]).abs();
    (a[1] - b[1]).abs() < height / 2.0
}

fn halves(points: &[f64; 8], text: &str) -> [Row; 2] {
    let middle = text.chars().count() / 2;
    let [upper, lower] = [[0, 2], [6, 4]].map(|[left, right]| {
        [0, 1].map(|axis| f64::midpoint(points[left + axis], points[right + axis]).round())
    });
    let left = [
        points[0], points[1], upper[0], upper[1], lower[0], lower[1], points[6], points[7],
    ];
    let right = [
        upper[0], upper[1], points[2], points[3], points[4], points[5], lower[0], lower[1],
    ];
    [
        (left, text.chars().take(middle).collect()),
        (right, text.chars().skip(middle).collect()),
    ]
}

/// The upright rectangle around two boxes.
fn around(a: &[f64; 8], b: &[f64; 8]) -> [f64; 8] {
    let ends = |axis: usize| {
        let all = a.iter().chain(b).skip(axis).step_by(2);
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &at| {
            (low.min(at), high.max(at))
        })
    };
    let ((left, right), (top, bottom)) = (ends(0), ends(1));
    [left, top, right, top, right, bottom, left, bottom]
}

fn jittered(points: &[f64; 8], random: &mut Random) -> [f64; 8] {
    points.map(|at| at + random.below(7) as f64 - 3.0)
}

fn misread(text: &str, random: &mut Random) -> String {
    let read = |c: char, random: &mut Random| if random.below(20) == 0 { '?' } else { c };
    text.chars().map(|c| read(c, random)).collect()
}
