//! From a row of class probabilities to text (greedy CTC decoding).

use super::dictionary::Dictionary;
use crate::ReadLine;

/// The class of the CTC blank in PaddleOCR's networks.
const BLANK: usize = 0;

/// Decodes `probabilities` (one row of `dictionary.len()` values a time step): the most
/// probable class of each step, repeats folded, blanks left out. The confidence is the
/// mean probability of the steps that gave a character; 0 without any. `None` when a step holds
/// no number at all: the network failed.
pub(super) fn decode(probabilities: &[f32], dictionary: &Dictionary) -> Option<ReadLine> {
    let mut text = String::new();
    let mut sum = 0.0;
    let mut n = 0.0;
    let mut previous = BLANK;
    for step in probabilities.chunks_exact(dictionary.len()) {
        let (class, probability) = most_probable(step)?;
        if class != BLANK && class != previous {
            text.push_str(dictionary.text(class));
            // Not of every network: one that ends without its softmax answers any number.
            sum += probability.clamp(0.0, 1.0);
            n += 1.0;
        }
        previous = class;
    }
    let confidence = if n > 0.0 { sum / n } else { 0.0 };
    Some(ReadLine { text, confidence })
}

/// The first class of the highest probability; `None` when nothing is a number. There are
/// 18,000 classes a step: the highest is found many at a time, then its place in the one
/// stretch that holds it.
fn most_probable(step: &[f32]) -> Option<(usize, f32)> {
    const STRETCH: usize = 1024;
    let mut best = (0, f32::NEG_INFINITY);
    for (number, stretch) in step.chunks(STRETCH).enumerate() {
        let highest = highest(stretch);
        if highest > best.1 {
            best = (number * STRETCH, highest);
        }
    }
    let (from, highest) = best;
    let place = step[from..].iter().position(|&p| p == highest)?;
    Some((from + place, highest))
}

/// The highest number. Sixteen are kept side by side, which the compiler turns into vector
/// code; NaN never is the higher one.
fn highest(stretch: &[f32]) -> f32 {
    let higher = |a: f32, b: f32| if b > a { b } else { a };
    let (rows, rest) = stretch.as_chunks::<16>();
    let mut columns = [f32::NEG_INFINITY; 16];
    for row in rows {
        for (kept, &value) in columns.iter_mut().zip(row) {
            *kept = higher(*kept, value);
        }
    }
    let all = columns.into_iter().chain(rest.iter().copied());
    all.fold(f32::NEG_INFINITY, higher)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary() -> Dictionary {
        Dictionary::for_test("a\nb", 4)
    }

    fn steps(classes: &[usize]) -> Vec<f32> {
        classes
            .iter()
            .flat_map(|&class| (0..4).map(move |c| if c == class { 0.7 } else { 0.1 }))
            .collect()
    }

    #[test]
    fn repeats_fold_and_blanks_separate() {
        let line = decode(&steps(&[0, 1, 1, 0, 1, 2, 3, 3, 2, 0]), &dictionary()).unwrap();
        assert_eq!(line.text, "aab b");
        assert!((line.confidence - 0.7).abs() < 1e-6);
    }

    #[test]
    fn what_is_no_probability_leaves_the_confidence_a_share() {
        for (odd, confidence) in [(f32::INFINITY, 1.0), (17.5, 1.0), (-3.0, 0.0)] {
            let mut values = vec![f32::NEG_INFINITY; 4];
            values[1] = odd;
            let line = decode(&values, &dictionary()).unwrap();
            assert_eq!((line.text.as_str(), line.confidence), ("a", confidence));
        }
        assert_eq!(decode(&[f32::NAN; 8], &dictionary()), None);
    }

    #[test]
    fn the_highest_is_found_wherever_it_stands() {
        for place in [0, 15, 16, 1023, 1024, 2047, 2050] {
            let mut step = vec![0.1; 2051];
            step[place] = 0.5;
            if place > 0 {
                step[0] = f32::NAN;
            }
            assert_eq!(most_probable(&step), Some((place, 0.5)));
        }
    }

    #[test]
    fn only_blanks_are_no_text() {
        let line = decode(&steps(&[0, 0, 0]), &dictionary()).unwrap();
        assert_eq!((line.text.as_str(), line.confidence), ("", 0.0));
        assert_eq!(decode(&[], &dictionary()).unwrap().text, "");
    }
}
