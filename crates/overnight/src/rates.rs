//! Error rates as people read them.

use overnight_record::Interval;
use overnight_record::result::{Aggregate, ErrorCounts, PairedDifference};

use crate::table::{Table, percent};

/// Single errors shown.
const MOST_SHOWN: usize = 10;

/// One row of a table of error rates.
pub(crate) struct RateRow<'a> {
    /// What was measured, such as `CER` or `CER ppocr`.
    pub(crate) name: String,
    /// Samples with a reference.
    pub(crate) n: usize,
    /// Scored samples / `n`.
    pub(crate) coverage: f64,
    /// The rates.
    pub(crate) rates: &'a Aggregate,
}

/// A table of error rates, every view of each in percent.
pub(crate) fn table<'a>(rows: impl IntoIterator<Item = RateRow<'a>>) -> String {
    let mut table = Table::new(
        1,
        &[
            "%",
            "n",
            "coverage",
            "micro",
            "95 % interval",
            "macro",
            "clipped",
            "median",
            "failures as 1",
        ],
    );
    for row in rows {
        let rates = row.rates;
        table.row([
            row.name,
            row.n.to_string(),
            percent(Some(row.coverage), 1),
            percent(rates.micro, 2),
            interval(rates.interval.as_ref()),
            percent(rates.macro_mean, 2),
            percent(rates.macro_clipped, 2),
            percent(rates.median, 2),
            percent(rates.failures_as_one, 2),
        ]);
    }
    table.render()
}

/// The ends of an interval in percent.
fn interval(interval: Option<&Interval>) -> String {
    interval.map_or_else(
        || "-".to_owned(),
        |i| format!("{:.2} to {:.2}", i.low * 100.0, i.high * 100.0),
    )
}

/// What was read wrong: by kind, by class of character, and the most frequent errors.
pub(crate) fn errors(errors: &ErrorCounts) -> String {
    let total = errors.substitutions + errors.deletions + errors.insertions;
    if total == 0 {
        return String::new();
    }
    let mut table = Table::new(
        1,
        &[
            "characters",
            "n",
            "error rate %",
            "substituted",
            "deleted",
            "inserted",
        ],
    );
    for class in &errors.classes {
        let wrong = class.substituted + class.deleted + class.inserted;
        let rate = (class.n_ref > 0).then(|| wrong as f64 / class.n_ref as f64);
        table.row([
            class.class.clone(),
            class.n_ref.to_string(),
            percent(rate, 2),
            class.substituted.to_string(),
            class.deleted.to_string(),
            class.inserted.to_string(),
        ]);
    }
    let frequent: Vec<String> = errors
        .confusions
        .iter()
        .take(MOST_SHOWN)
        .map(|confusion| {
            let shown = |unit: &str| match unit {
                "" => "nothing".to_owned(),
                unit => format!("{unit:?}"),
            };
            format!(
                "{} as {} {}x",
                shown(&confusion.reference),
                shown(&confusion.hypothesis),
                confusion.n
            )
        })
        .collect();
    format!(
        "{total} errors: {} substitutions, {} deletions, {} insertions\n{}most frequent: {}\n",
        errors.substitutions,
        errors.deletions,
        errors.insertions,
        table.render(),
        frequent.join(", ")
    )
}

/// A paired difference in two lines: how large and how sure; wins, losses and the test.
pub(crate) fn paired(paired: &PairedDifference) -> String {
    let points = |fraction: f64| format!("{:+.2}", fraction * 100.0);
    let sure = paired.interval.as_ref().map_or_else(
        || "no interval for so few samples".to_owned(),
        |i| {
            let level = i.level * 100.0;
            format!(
                "{level:.0} % interval {} to {}",
                points(i.low),
                points(i.high)
            )
        },
    );
    let test = paired.test.as_ref().map_or_else(String::new, |test| {
        format!("; p {} ({})", p_value(test.p), test.name)
    });
    format!(
        "On the {} both read: CER {:.2} % -> {:.2} %, difference {} points ({sure})\n\
         Candidate better on {}, equal on {}, worse on {}{test}\n",
        if paired.n == 1 {
            "1 sample".to_owned()
        } else {
            format!("{} samples", paired.n)
        },
        paired.baseline_micro * 100.0,
        paired.candidate_micro * 100.0,
        points(paired.difference),
        paired.wins,
        paired.ties,
        paired.losses,
    )
}

fn p_value(p: f64) -> String {
    if p < 1e-300 {
        "< 1e-300".to_owned()
    } else if p < 0.0001 {
        format!("= {p:.1e}")
    } else {
        format!("= {p:.4}")
    }
}

#[cfg(test)]
mod tests {
    use overnight_metrics::{Bootstrap, Counted, aggregate};
    use overnight_record::result::TestResult;

    use super::*;

    #[test]
    fn every_view_has_its_column() {
        let sample = |n_ref, distance| Counted { n_ref, distance };
        let good = aggregate(
            &[sample(100, Some(3)), sample(50, Some(2)), sample(80, None)],
            &Bootstrap::new(42),
        );
        let none = aggregate(&[sample(10, None)], &Bootstrap::new(42));
        let rows = [
            ("CER ppocr", 3, 2.0 / 3.0, &good),
            ("CER mine", 1, 0.0, &none),
        ];
        let rows = rows.map(|(name, n, coverage, rates)| RateRow {
            name: name.to_owned(),
            n,
            coverage,
            rates,
        });
        insta::assert_snapshot!(table(rows));
    }

    #[test]
    fn a_difference_says_how_sure_it_is() {
        let difference = PairedDifference {
            n: 40,
            baseline_micro: 0.0372,
            candidate_micro: 0.0910,
            difference: 0.0538,
            interval: Some(Interval {
                low: 0.041,
                high: 0.0691,
                level: 0.95,
                method: String::new(),
            }),
            wins: 3,
            ties: 2,
            losses: 35,
            test: Some(TestResult {
                name: "Wilcoxon signed-rank".to_owned(),
                p: 0.000_012_3,
            }),
            equivalence: None,
        };
        insta::assert_snapshot!(paired(&difference));
    }
}
