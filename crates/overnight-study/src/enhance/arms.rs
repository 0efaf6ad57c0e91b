//! The figures of an arm from its rows. Pure.

use std::collections::BTreeMap;

use overnight_image::Filter;
use overnight_metrics::{Bootstrap, Pairing, RateRule, Rates, median};
use overnight_record::result::{ArmScore, EnhanceArm, SampleScore};
use overnight_record::{Prediction, PredictionStatus};

/// What one arm did to one image: the row that is stored, and what the figures need besides.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// The stored row; its score stands for nothing when the sample has no reference.
    pub(crate) score: ArmScore,
    /// Whether the sample has a reference, so that its score counts.
    pub(crate) has_reference: bool,
    /// Megapixels of the image; `None` when it cannot be decoded.
    pub(crate) megapixels: Option<f64>,
    /// What the backend returned.
    pub(crate) prediction: Prediction,
}

/// The figures of `arm` from its rows and those of the arm `none`.
pub(crate) fn figures(
    arm: Filter,
    rows: &[Row],
    none: &[Row],
    rule: RateRule,
    bootstrap: &Bootstrap,
) -> EnhanceArm {
    let mut statuses = BTreeMap::new();
    for row in rows {
        *statuses.entry(row.prediction.status).or_insert(0) += 1;
    }
    let own = scores(rows);
    let scored = own
        .iter()
        .filter(|score| score.status == PredictionStatus::Ok)
        .count();
    let measured: Vec<(f64, f64)> = rows
        .iter()
        .filter_map(|row| Some((row.score.filter_ms, row.megapixels?)))
        .collect();
    let filter_ms: Vec<f64> = measured.iter().map(|(ms, _)| *ms).collect();
    let total_ms: Vec<f64> = rows.iter().filter_map(|row| row.score.total_ms).collect();
    let pairing = Pairing {
        rule,
        bootstrap: *bootstrap,
        margin: None,
    };
    let against_none = (arm != Filter::None).then(|| pairing.difference(&scores(none), &own));
    EnhanceArm {
        name: arm.name().to_owned(),
        definition: arm.definition().to_owned(),
        statuses,
        coverage: if own.is_empty() {
            0.0
        } else {
            scored as f64 / own.len() as f64
        },
        cer: Rates::of(&own, rule, bootstrap).cer,
        against_none: against_none.flatten(),
        filter_ms_p50: median(&filter_ms).unwrap_or(0.0),
        filter_ms_per_mp: crate::ratio::ratio_of_sums(&measured).unwrap_or(0.0),
        total_ms_p50: median(&total_ms),
    }
}

fn scores(rows: &[Row]) -> Vec<SampleScore> {
    rows.iter()
        .filter(|row| row.has_reference)
        .map(|row| row.score.score.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use overnight_metrics::{Profile, score_sample};
    use overnight_record::TimingsMs;

    use super::*;

    fn row(arm: Filter, id: &str, read: Option<&str>, filter_ms: f64, mp: f64) -> Row {
        let status = if read.is_some() {
            PredictionStatus::Ok
        } else {
            PredictionStatus::Timeout
        };
        let profile = Profile::built_in("default").unwrap();
        let text = read.unwrap_or_default().to_owned();
        Row {
            score: ArmScore {
                arm: arm.name().into(),
                image: format!("{id}.png"),
                score: score_sample(id, status, "total 12", &text, &profile),
                filter_ms,
                total_ms: read.map(|_| filter_ms + 100.0),
            },
            has_reference: true,
            megapixels: Some(mp),
            prediction: Prediction {
                id: id.into(),
                image: format!("{id}.png"),
                image_sha256: String::new(),
                backend: "b".into(),
                fingerprint: "f".into(),
                status,
                text,
                lines: Vec::new(),
                timings_ms: TimingsMs::default(),
                usage: None,
                attempts: 1,
                error: None,
                notes: Vec::new(),
                finish_reason: None,
                raw: None,
                fields: Default::default(),
                attempt_log: Vec::new(),
            },
        }
    }

    #[test]
    fn an_arm_is_compared_in_pairs_and_its_failures_stand_apart() {
        let none = [
            row(Filter::None, "a", Some("total 12"), 0.0, 1.0),
            row(Filter::None, "b", Some("tota1 12"), 0.0, 3.0),
            row(Filter::None, "c", Some("total 12"), 0.0, 2.0),
        ];
        let sepia = [
            row(Filter::Sepia, "a", Some("t0ta1 12"), 2.0, 1.0),
            row(Filter::Sepia, "b", Some("tota1 12"), 6.0, 3.0),
            row(Filter::Sepia, "c", None, 4.0, 2.0),
        ];
        let figures = figures(
            Filter::Sepia,
            &sepia,
            &none,
            RateRule::Reference,
            &Bootstrap::new(5),
        );
        assert_eq!(figures.statuses[&PredictionStatus::Timeout], 1);
        assert_eq!(figures.statuses.values().sum::<usize>(), 3);
        assert!((figures.coverage - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(figures.cer.micro, Some(3.0 / 16.0));
        let paired = figures.against_none.unwrap();
        assert_eq!((paired.n, paired.losses, paired.ties), (2, 1, 1));
        assert_eq!(paired.difference, 2.0 / 16.0);
        assert_eq!(figures.filter_ms_per_mp, 2.0);
        assert_eq!(
            (figures.filter_ms_p50, figures.total_ms_p50),
            (4.0, Some(104.0))
        );
    }

    #[test]
    fn none_is_not_compared_with_itself() {
        let rows = [row(Filter::None, "a", Some("x"), 0.0, 1.0)];
        let figures = figures(
            Filter::None,
            &rows,
            &rows,
            RateRule::Reference,
            &Bootstrap::new(5),
        );
        assert_eq!(figures.against_none, None);
    }
}
