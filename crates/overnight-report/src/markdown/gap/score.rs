//! One set of predictions under its scoring profiles.

use overnight_record::result::{ProfileScore, ScoreResult};

use crate::facts::StepResult;
use crate::markdown::document::{Align, Document, Table, code};
use crate::markdown::provenance;
use crate::number::{count, counted, percent, percent_or_dash};

pub(super) fn render(document: &mut Document, result: &StepResult<ScoreResult>) {
    let body = result.body();
    document.heading(2, &format!("Step {}: score", result.step));
    document.paragraph(&format!("Predictions: {}", code(&body.predictions)));
    let dataset = body
        .dataset
        .as_ref()
        .map_or("not recorded", |info| &info.name);
    for profile in std::iter::once(&body.first).chain(&body.further_profiles) {
        document.table(&profile_table(profile));
        document.paragraph(&provenance::definition(
            &profile.profile,
            Some((&profile.definition, &profile.unit)),
            &counted(profile.n, "sample"),
            dataset,
            profile.cer.interval.as_ref(),
        ));
    }
}

fn profile_table(profile: &ProfileScore) -> Table {
    let mut table = Table::new(&[
        ("Profile", Align::Left),
        ("n", Align::Right),
        ("Coverage", Align::Right),
        ("CER micro [interval]", Align::Right),
        ("CER macro", Align::Right),
        ("CER median", Align::Right),
        ("CER with failures counted", Align::Right),
        ("WER micro", Align::Right),
    ]);
    let cer = &profile.cer;
    table.row([
        code(&profile.profile),
        count(profile.n),
        percent(profile.coverage),
        percent_or_dash(cer.micro, cer.interval.as_ref()),
        percent_or_dash(cer.macro_mean, None),
        percent_or_dash(cer.median, None),
        percent_or_dash(cer.failures_as_one, None),
        percent_or_dash(profile.wer.micro, None),
    ]);
    table
}
