//! One side with its scores.

use overnight_metrics::Profile;
use overnight_record::Prediction;
use overnight_record::result::{FieldScore, ProfileScore, Side};

use super::cost::cost;
use super::noise::noise_floor;
use super::{CompareSpec, SideInput};
use crate::predictions::{Matched, count_statuses};
use crate::score::{Judged, field_scores, judge, score_under};

/// A side beside the samples that have a reference.
pub(super) struct ScoredSide<'a> {
    /// One entry a sample of the dataset, those without a reference included.
    pub(super) by_sample: Vec<Option<&'a Prediction>>,
    judged: Vec<Judged>,
    fields: Vec<FieldScore>,
    pub(super) score: ProfileScore,
    pub(super) remark: Option<String>,
}

impl<'a> ScoredSide<'a> {
    pub(super) fn new(spec: &CompareSpec<'_>, input: &'a SideInput, hashes: &[String]) -> Self {
        let matched = Matched::new(spec.dataset, hashes, &input.predictions);
        let judged = judge(spec.dataset, &matched);
        Self {
            score: score_under(&judged, &spec.profile, &spec.bootstrap),
            fields: field_scores(spec.dataset, &matched),
            remark: matched.remark(),
            by_sample: matched.by_sample,
            judged,
        }
    }

    /// The same predictions under another profile.
    pub(super) fn under(&self, profile: &Profile, spec: &CompareSpec<'_>) -> ProfileScore {
        score_under(&self.judged, profile, &spec.bootstrap)
    }

    /// Samples without a score.
    pub(super) fn n_lost(&self) -> usize {
        let samples = self.score.samples.iter();
        samples.filter(|sample| sample.distance.is_none()).count()
    }

    /// What the result says of it.
    pub(super) fn describe(&self, spec: &CompareSpec<'_>, input: &SideInput) -> Side {
        let samples = spec.dataset.samples().iter().zip(&self.by_sample);
        let used: Vec<Option<&Prediction>> = samples
            .filter(|(sample, _)| sample.reference.is_some())
            .map(|(_, prediction)| *prediction)
            .collect();
        let is_served = used.iter().flatten().any(|p| !p.attempt_log.is_empty());
        let mut first_statuses = std::collections::BTreeMap::new();
        for prediction in used.iter().flatten().filter(|_| is_served) {
            *first_statuses.entry(prediction.first_status()).or_default() += 1;
        }
        Side {
            name: input.name.clone(),
            backend: input.backend.clone(),
            predictions: input.path.clone(),
            statuses: count_statuses(used.iter().copied()),
            first_statuses,
            coverage: self.score.coverage,
            cer: self.score.cer.clone(),
            wer: self.score.wer.clone(),
            raw: self.score.raw.clone(),
            errors: self.score.errors.clone(),
            order_free: self.score.order_free.clone(),
            fields: self.fields.clone(),
            cost: cost(used.iter().copied().flatten()),
            noise: input.repeated.as_ref().and_then(|second| {
                noise_floor(&input.predictions, second, &spec.profile, &spec.bootstrap)
            }),
        }
    }
}
