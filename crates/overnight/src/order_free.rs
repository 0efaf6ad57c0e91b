//! Scores that do not ask for the order of the text, as people read them.

use overnight_record::result::{BagScore, OrderFreeScore};

use crate::table::{Table, percent};

/// What both texts have in common, and how well lines fit where each fits best. Empty when
/// nothing was scored.
pub(crate) fn order_free(score: &OrderFreeScore) -> String {
    if score.n == 0 {
        return String::new();
    }
    let mut table = Table::new(
        1,
        &[
            "in any order",
            "reference",
            "read",
            "in both",
            "precision %",
            "recall %",
            "F1 %",
        ],
    );
    let lines = &score.lines;
    for (name, bag) in [
        ("characters", score.characters),
        ("words", score.words),
        ("whole lines", bag(lines.exact, lines.n_ref, lines.n_hyp)),
    ] {
        table.row([
            name.to_owned(),
            bag.n_ref.to_string(),
            bag.n_hyp.to_string(),
            bag.common.to_string(),
            percent(bag.precision, 2),
            percent(bag.recall, 2),
            percent(bag.f1, 2),
        ]);
    }
    let left_out = match lines.n_left_out {
        0 => String::new(),
        1 => "; 1 sample has too many lines for that".to_owned(),
        n => format!("; {n} samples have too many lines for that"),
    };
    format!(
        "{}lines by best assignment: 1-NED {} %, CER {} %{left_out}\n",
        table.render(),
        percent(lines.one_minus_ned, 2),
        percent(lines.cer, 2),
    )
}

/// Shares from counts; none of nothing.
fn bag(common: u64, n_ref: u64, n_hyp: u64) -> BagScore {
    let share = |of: u64, n: u64| (n > 0).then(|| of as f64 / n as f64);
    BagScore {
        common,
        n_ref,
        n_hyp,
        precision: share(common, n_hyp),
        recall: share(common, n_ref),
        f1: share(2 * common, n_ref + n_hyp),
    }
}

#[cfg(test)]
mod tests {
    use overnight_record::result::LineScore;

    use super::*;

    #[test]
    fn bags_and_lines_stand_in_one_table() {
        let score = OrderFreeScore {
            n: 3,
            characters: bag(9_120, 9_400, 9_300),
            words: bag(1_200, 1_400, 1_390),
            lines: LineScore {
                n_left_out: 2,
                n_ref: 300,
                n_hyp: 0,
                exact: 0,
                one_minus_ned: Some(0.0),
                cer: Some(1.0),
            },
        };
        insta::assert_snapshot!(order_free(&score));
        assert_eq!(order_free(&OrderFreeScore { n: 0, ..score }), "");
    }
}
