//! Scores that do not ask for the order of the text, over scored samples.

use overnight_metrics::Profile;
use overnight_metrics::unordered::{BagCounts, LineCounts, OrderFreeCounts};
use overnight_record::result::{BagScore, LineScore, OrderFreeScore};
use rayon::prelude::*;

use super::Judged;

/// Bags and matched lines of the scored samples under a profile. A sample whose lines would
/// take too long to match (`LineWork::MOST` in `overnight-metrics`) is in the bags alone, and
/// counted as left out of the lines.
pub(crate) fn order_free(judged: &[Judged], profile: &Profile) -> OrderFreeScore {
    // Collected in order: a sum of fractions in another order is another number.
    let counts: Vec<OrderFreeCounts> = judged
        .par_iter()
        .filter(|sample| sample.status.is_scored())
        .map(|sample| OrderFreeCounts::between(&sample.reference, &sample.hypothesis, profile))
        .collect();
    let (mut characters, mut words) = (BagCounts::default(), BagCounts::default());
    let mut lines = LineCounts::default();
    for sample in &counts {
        characters += sample.characters;
        words += sample.words;
        lines += sample.lines.unwrap_or_default();
    }
    OrderFreeScore {
        n: counts.len(),
        characters: bag(characters),
        words: bag(words),
        lines: LineScore {
            n_left_out: counts
                .iter()
                .filter(|sample| sample.lines.is_none())
                .count(),
            n_ref: lines.n_ref,
            n_hyp: lines.n_hyp,
            exact: lines.exact,
            one_minus_ned: lines.one_minus_ned(),
            cer: lines.cer(),
        },
    }
}

fn bag(counts: BagCounts) -> BagScore {
    BagScore {
        common: counts.common,
        n_ref: counts.n_ref,
        n_hyp: counts.n_hyp,
        precision: counts.precision(),
        recall: counts.recall(),
        f1: (counts.n_ref + counts.n_hyp > 0).then(|| counts.f1()),
    }
}

#[cfg(test)]
mod tests {
    use overnight_record::PredictionStatus;

    use super::*;

    fn of(samples: &[(PredictionStatus, &str, &str)]) -> OrderFreeScore {
        let judged: Vec<Judged> = samples
            .iter()
            .map(|&(status, reference, hypothesis)| Judged {
                id: String::new(),
                status,
                reference: reference.to_owned(),
                hypothesis: hypothesis.to_owned(),
                raw: None,
            })
            .collect();
        order_free(&judged, &Profile::built_in("default").unwrap())
    }

    #[test]
    fn order_costs_nothing_and_failures_are_not_asked() {
        let score = of(&[
            (
                PredictionStatus::Ok,
                "TEA 5.00\nTHANK YOU",
                "THANK YOU\nTEA  5.00",
            ),
            (PredictionStatus::Ok, "TOTAL\n12", "T0TAL"),
            (PredictionStatus::Timeout, "TOTAL", "TOTAL"),
        ]);
        assert_eq!(score.n, 2);
        assert_eq!(
            (score.words.common, score.words.n_ref, score.words.n_hyp),
            (4, 6, 5)
        );
        assert_eq!(score.words.precision, Some(0.8));
        assert_eq!((score.characters.common, score.characters.n_ref), (19, 22));
        let lines = score.lines;
        assert_eq!(
            (lines.n_ref, lines.n_hyp, lines.exact, lines.n_left_out),
            (4, 3, 2, 0)
        );
        assert_eq!(lines.one_minus_ned, Some((1.0 + 1.0 + 0.8) / 4.0));
        assert_eq!(lines.cer, Some(3.0 / 24.0));
    }

    #[test]
    fn nothing_scored_is_no_number() {
        let score = of(&[(PredictionStatus::Empty, "TOTAL", "")]);
        assert_eq!((score.n, score.characters, score.lines), Default::default());
    }

    #[test]
    fn a_page_of_thousands_of_unlike_lines_is_left_out_of_the_lines_alone() {
        let page = |sign: char| -> String { (0..1_100).map(|n| format!("{n}{sign}\n")).collect() };
        let score = of(&[
            (PredictionStatus::Ok, &page('a'), &page('b')),
            (PredictionStatus::Ok, "TEA", "TEA"),
        ]);
        assert_eq!((score.lines.n_left_out, score.lines.n_ref), (1, 1));
        assert_eq!(score.words.n_ref, 1_101);
    }
}
