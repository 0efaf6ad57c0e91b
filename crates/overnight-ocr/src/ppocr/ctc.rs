//! From a row of class probabilities to text (greedy CTC decoding).

use super::dictionary::Dictionary;
use crate::ReadLine;

/// The class of the CTC blank in PaddleOCR's networks.
const BLANK: usize = 0;

/// Decodes `probabilities` (one row of `dictionary.len()` values a time step): the most
/// probable class of each step, repeats folded, blanks left out. The confidence is the
/// mean probability of the steps that gave a character; 0 without any.
pub(super) fn decode(probabilities: &[f32], dictionary: &Dictionary) -> ReadLine {
    let mut text = String::new();
    let mut sum = 0.0;
    let mut n = 0.0;
    let mut previous = BLANK;
    for step in probabilities.chunks_exact(dictionary.len()) {
        let (class, probability) = most_probable(step);
        if class != BLANK && class != previous {
            text.push_str(dictionary.text(class));
            // Not of every network: one that ends without its softmax answers any number.
            sum += probability.clamp(0.0, 1.0);
            n += 1.0;
        }
        previous = class;
    }
    let confidence = if n > 0.0 { sum / n } else { 0.0 };
    ReadLine { text, confidence }
}

/// The first class of the highest probability. The inner loop has no branches the compiler
/// cannot turn into vector code, which matters at 18,000 classes a step.
fn most_probable(step: &[f32]) -> (usize, f32) {
    let highest = step
        .chunks(1024)
        .map(|part| {
            part.iter()
                .copied()
                .fold(f32::NEG_INFINITY, |a, b| if b > a { b } else { a })
        })
        .fold(f32::NEG_INFINITY, f32::max);
    let class = step.iter().position(|&p| p == highest).unwrap_or(BLANK);
    (class, highest)
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
        let line = decode(&steps(&[0, 1, 1, 0, 1, 2, 3, 3, 2, 0]), &dictionary());
        assert_eq!(line.text, "aab b");
        assert!((line.confidence - 0.7).abs() < 1e-6);
    }

    #[test]
    fn what_is_no_probability_leaves_the_confidence_a_share() {
        for (odd, confidence) in [(f32::INFINITY, 1.0), (17.5, 1.0), (-3.0, 0.0)] {
            let mut values = vec![f32::NEG_INFINITY; 4];
            values[1] = odd;
            let line = decode(&values, &dictionary());
            assert_eq!((line.text.as_str(), line.confidence), ("a", confidence));
        }
        let line = decode(&[f32::NAN; 8], &dictionary());
        assert_eq!((line.text.as_str(), line.confidence), ("", 0.0));
    }

    #[test]
    fn only_blanks_are_no_text() {
        let line = decode(&steps(&[0, 0, 0]), &dictionary());
        assert_eq!((line.text.as_str(), line.confidence), ("", 0.0));
        assert_eq!(decode(&[], &dictionary()).text, "");
    }
}
