//! Predictions under their scoring profiles.

use crate::facts::Night;
use crate::number::{count, counted, percent, percent_or_dash};
use crate::page::definition;
use crate::text;

/// One scoring profile of one `score`.
pub(in crate::page) struct ScoreView {
    pub(in crate::page) step: String,
    pub(in crate::page) profile: String,
    pub(in crate::page) n: String,
    pub(in crate::page) coverage: String,
    pub(in crate::page) micro: String,
    pub(in crate::page) macro_mean: String,
    pub(in crate::page) median: String,
    pub(in crate::page) failures_counted: String,
    pub(in crate::page) wer: String,
    pub(in crate::page) definition: String,
}

pub(super) fn views(night: &Night) -> Vec<ScoreView> {
    let mut views = Vec::new();
    for result in &night.results.scores {
        let body = result.body();
        let dataset = body
            .dataset
            .as_ref()
            .map_or("not recorded", |info| &info.name);
        for profile in std::iter::once(&body.first).chain(&body.further_profiles) {
            let cer = &profile.cer;
            views.push(ScoreView {
                step: result.step.to_string(),
                profile: text::line(&profile.profile),
                n: count(profile.n),
                coverage: percent(profile.coverage),
                micro: percent_or_dash(cer.micro, cer.interval.as_ref()),
                macro_mean: percent_or_dash(cer.macro_mean, None),
                median: percent_or_dash(cer.median, None),
                failures_counted: percent_or_dash(cer.failures_as_one, None),
                wer: percent_or_dash(profile.wer.micro, None),
                definition: definition(
                    &profile.profile,
                    Some((&profile.definition, &profile.unit)),
                    &counted(profile.n, "sample"),
                    dataset,
                    cer.interval.as_ref(),
                ),
            });
        }
    }
    views
}
