//! Our edit distance beside rapidfuzz and jiwer, on the same pairs in turns:
//!
//!     cargo bench -p overnight-metrics --bench peers -- PYTHON
//!
//! where PYTHON is an interpreter that has both. Nothing is measured without one.

#![expect(clippy::print_stdout, reason = "a bench's answer is what it prints")]

mod python;

use std::path::Path;
use std::time::Instant;

use overnight_metrics::{Profile, Random, Unit, counts, score_pair};
use python::{Outcome, Python};
use serde_json::json;

/// Rounds, each with every tool once.
const ROUNDS: usize = 9;

/// What stands above the table.
const MEANING: &str = "\
Seconds for all pairs of a case, texts in memory, one thread each: the least of the rounds, in
each of which all take turns. What else runs on the machine only adds to it, and more to what
takes long: compare with jiwer on a quiet one.
  distance   ours, `counts`: from UTF-8 to code points, their Levenshtein distance, both lengths
  scored     ours, `score_pair` with the profile `default`: NFC and white space folded first,
             then the same, and words split and their distance
  rapidfuzz  `Levenshtein.distance` of strings that are code points already; no normalisation
  jiwer      `process_characters`: white space stripped at the ends, alignment; no words
The last columns are how many times as long the others take.
";

/// Signs that texts are drawn from: what stands on receipts, in two scripts.
const LATIN: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:-/$";
const HANGUL: (u32, usize) = (0xac00, 2_350);

fn main() -> Outcome<()> {
    let Some(python) = std::env::args()
        .skip(1)
        .find(|word| !word.starts_with("--"))
    else {
        println!("no Python is named: nothing is measured");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let mut python = Python::start(&python, "peers.py")?;
    println!("{MEANING}");
    println!(
        "{:<33} {:>8} {:>8} {:>9} {:>8} {:>10} {:>10} {:>10}",
        "", "", "", "", "", "rapidfuzz", "jiwer", "jiwer"
    );
    println!(
        "{ROUNDS} rounds{:<25} {:>8} {:>8} {:>9} {:>8} {:>10} {:>10} {:>10}",
        "", "distance", "scored", "rapidfuzz", "jiwer", "/ distance", "/ distance", "/ scored"
    );
    for case in [
        Case::new(
            "10,000 lines of 20 to 60, ASCII",
            10_000,
            20..=60,
            false,
            20,
        ),
        Case::new(
            "10,000 lines of 20 to 60, Hangul",
            10_000,
            20..=60,
            true,
            20,
        ),
        Case::new(
            "200 pages of 5,000, ASCII, 5 %",
            200,
            5_000..=5_000,
            false,
            20,
        ),
        Case::new(
            "200 pages of 5,000, Hangul, 5 %",
            200,
            5_000..=5_000,
            true,
            20,
        ),
        Case::new(
            "200 pages of 5,000, ASCII, 33 %",
            200,
            5_000..=5_000,
            false,
            3,
        ),
    ] {
        case.measure(folder.path(), &mut python)?;
    }
    Ok(())
}

struct Case {
    name: &'static str,
    pairs: Vec<(String, String)>,
}

impl Case {
    /// `n` texts of some length, each with its noisy copy: one sign in `clean` is another,
    /// missing or doubled.
    fn new(
        name: &'static str,
        n: usize,
        length: std::ops::RangeInclusive<usize>,
        is_hangul: bool,
        clean: usize,
    ) -> Self {
        let mut random = Random::new(7);
        let latin: Vec<char> = LATIN.chars().collect();
        let sign = |random: &mut Random| {
            if is_hangul && random.below(5) > 0 {
                let syllable = HANGUL.0 + u32::try_from(random.below(HANGUL.1)).unwrap_or(0);
                char::from_u32(syllable).unwrap_or(' ')
            } else {
                latin[random.below(latin.len())]
            }
        };
        let spread = length.end() - length.start() + 1;
        let pairs = (0..n)
            .map(|_| {
                let length = length.start() + random.below(spread);
                let text: Vec<char> = (0..length).map(|_| sign(&mut random)).collect();
                let mut read = String::new();
                for &was in &text {
                    match random.below(clean * 3) {
                        0 => {}
                        1 => read.extend([was, was]),
                        2 => read.push(sign(&mut random)),
                        _ => read.push(was),
                    }
                }
                (text.into_iter().collect(), read)
            })
            .collect();
        Self { name, pairs }
    }

    fn measure(&self, folder: &Path, python: &mut Python) -> Outcome<()> {
        let path = folder.join("pairs.jsonl");
        let rows: Vec<String> = self
            .pairs
            .iter()
            .map(|pair| json!(pair).to_string())
            .collect();
        std::fs::write(&path, rows.join("\n"))?;
        // The last file is kept by name in the other process: a new name for each case.
        let named = folder.join(format!("pairs-{}.jsonl", self.pairs.len() + rows[0].len()));
        std::fs::rename(&path, &named)?;
        let default = Profile::built_in("default")?;
        let mut seconds: [Vec<f64>; 4] = Default::default();
        for round in 0..ROUNDS {
            let order: Vec<usize> = if round % 2 == 0 {
                (0..4).collect()
            } else {
                (0..4).rev().collect()
            };
            let mut sums = [0; 4];
            for tool in order {
                let pairs = self.pairs.iter();
                let (took, sum) = match tool {
                    0 => timed(|| {
                        pairs
                            .map(|(a, b)| counts(a, b, Unit::CodePoint).distance)
                            .sum()
                    }),
                    1 => timed(|| {
                        pairs
                            .map(|(a, b)| score_pair(a, b, &default).distance)
                            .sum()
                    }),
                    2 => asked(python, "rapidfuzz", &named)?,
                    _ => asked(python, "jiwer", &named)?,
                };
                seconds[tool].push(took);
                sums[tool] = sum;
            }
            assert_eq!(sums[0], sums[2], "{}: ours and rapidfuzz", self.name);
        }
        let [ours, scored, rapidfuzz, jiwer] =
            seconds.map(|all| all.into_iter().fold(f64::INFINITY, f64::min));
        println!(
            "{:<33} {ours:>8.4} {scored:>8.4} {rapidfuzz:>9.4} {jiwer:>8.4} {:>10.2} {:>10.1} {:>10.1}",
            self.name,
            rapidfuzz / ours,
            jiwer / ours,
            jiwer / scored,
        );
        Ok(())
    }
}

fn timed(work: impl FnOnce() -> u64) -> (f64, u64) {
    let started = Instant::now();
    let sum = work();
    (started.elapsed().as_secs_f64(), sum)
}

/// The time `tool` takes for the pairs of a file, and the sum of their distances.
fn asked(python: &mut Python, tool: &str, pairs: &Path) -> Outcome<(f64, u64)> {
    let answer = python.ask(&json!({"tool": tool, "pairs": pairs}))?;
    let number = |key: &str| answer[key].as_f64().ok_or("a malformed answer");
    Ok((number("seconds")?, number("sum")? as u64))
}
