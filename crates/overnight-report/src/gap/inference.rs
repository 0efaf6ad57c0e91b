//! What one reader read of a dataset, and what that took.

use overnight_record::result::{InferResult, SampleFailure, StageSummary};

use super::columns;
use super::cost::{self, Costs};
use super::files;
use super::grid::{Grid, number, words};
use super::section::Section;
use super::words::{Name, Prose, Words};
use crate::facts::{Night, StepResult};
use crate::number::{
    count, counted, dash, duration, fixed, milliseconds, percent, share, significant,
};
use crate::text;

/// Samples without text that are listed.
const LISTED: usize = 50;
/// Samples a 90th percentile needs.
const FOR_P90: usize = 64;

/// Its name among the studies of a night.
pub(crate) fn title(result: &StepResult<InferResult>) -> Words {
    let backend = Name(&result.body().backend.name);
    format!("Step {}: inference with {backend}", result.step).into()
}

/// What was done in one or two sentences.
pub(crate) fn answer(infer: &InferResult) -> Words {
    let scored = infer.statuses.iter();
    let scored = scored.filter(|(status, _)| status.is_scored());
    let n_scored: usize = scored.map(|(_, n)| n).sum();
    let speed = infer.images_per_s.map_or_else(String::new, |speed| {
        format!(", {} images/s", significant(speed))
    });
    let left = match infer.n_left {
        0 => String::new(),
        n => format!(" {} left.", counted(n, "sample")),
    };
    format!(
        "{} has a text for {} of {} of {} ({}). {} were read now, in {}{speed}; loading took {}. {} were known before.{left}",
        Name(&infer.backend.name),
        count(n_scored),
        counted(infer.n, "sample"),
        Name(&infer.dataset.name),
        share(n_scored, infer.n),
        count(infer.n_inferred),
        duration(infer.wall_s),
        duration(infer.load_s),
        count(infer.n_cached),
    )
    .into()
}

/// The sections of one inference. What is not recorded has no section.
pub(crate) fn sections(night: &Night, result: &StepResult<InferResult>) -> Vec<Section> {
    let infer = result.body();
    let all = [
        stages(&infer.stages),
        cost::section(&columns::alone(Costs::from(infer)), &["usage"]),
        unread(&infer.failures),
        Some(files::of_inference(night, result)),
    ];
    all.into_iter().flatten().collect()
}

/// Where the time went.
fn stages(stages: &[StageSummary]) -> Option<Section> {
    if stages.is_empty() {
        return None;
    }
    let total = stages.iter().find(|it| it.stage == "total");
    let mut grid = Grid::new([
        words("Stage"),
        number("Samples"),
        number("Mean"),
        number("Median"),
        number("90th percentile"),
        number("In all"),
        number("Share"),
    ]);
    for stage in stages {
        let is_enough = stage.n >= FOR_P90;
        let of_total = total.filter(|total| total.ms_sum > 0.0);
        grid.row([
            format!("{}", Prose(&crate::text::capitalised(&stage.stage))),
            count(stage.n),
            milliseconds(stage.ms_mean),
            milliseconds(stage.ms_p50),
            if is_enough {
                milliseconds(stage.ms_p90)
            } else {
                dash()
            },
            duration(stage.ms_sum / 1000.0),
            of_total.map_or_else(dash, |total| percent(stage.ms_sum / total.ms_sum)),
        ]);
    }
    let mut section = Section::new("Time per stage", ["stages"]);
    section.table(grid.without_empty_columns());
    section.note(format!(
        "Of the samples read now, each sample's own time: samples are read beside each other, so that all of it may exceed the wall-clock time. It belongs to the machine and the load it was taken under. The wait for a first token is a part of the request. A 90th percentile needs {} samples.",
        fixed(FOR_P90 as f64, 0),
    ));
    Some(section)
}

/// Samples without a text.
fn unread(failures: &[SampleFailure]) -> Option<Section> {
    if failures.is_empty() {
        return None;
    }
    let mut section = Section::new("Samples without a text", ["failures"]);
    let mut grid = Grid::new([words("Sample"), words("Status"), words("Why")]);
    for failure in failures.iter().take(LISTED) {
        grid.row([
            format!("{}", Name(&failure.id)),
            failure.status.name().replace('_', " "),
            failure.error.as_deref().map_or_else(dash, |error| {
                format!("{}", Prose(&text::clipped(error, 200)))
            }),
        ]);
    }
    let summary = if failures.len() > LISTED {
        format!(
            "The first {} of {}, each with its reason",
            count(LISTED),
            count(failures.len())
        )
    } else {
        "Each with its reason".to_owned()
    };
    section.long(summary, grid.without_empty_columns());
    Some(section)
}
