//! How far two readings of the same image by the same reader lie apart.

use overnight_record::result::{CompareResult, NoiseFloor, Side};

use super::grid::{Grid, number, words};
use super::section::Section;
use super::sides::with_interval;
use super::words::{File, Name};
use crate::facts::{Night, StepResult};
use crate::number::{count, percent, points_with, share};

/// The section; `None` when no sample was read twice.
pub(super) fn section(night: &Night, result: &StepResult<CompareResult>) -> Option<Section> {
    let compare = result.body();
    let sides = [&compare.baseline, &compare.candidate];
    let read_twice: Vec<(&Side, &NoiseFloor)> = sides
        .into_iter()
        .filter_map(|side| Some((side, side.noise.as_ref()?)))
        .collect();
    if read_twice.is_empty() {
        return None;
    }
    let mut section = Section::new("Noise floor", ["baseline.noise", "candidate.noise"]);
    let mut grid = Grid::new([
        words("Read twice by"),
        number("Samples"),
        number("The same text again"),
        number("Another status"),
        number("Second reading against the first [interval]"),
    ]);
    for (side, noise) in &read_twice {
        grid.row([
            format!("{}", Name(&side.name)),
            count(noise.n),
            format!(
                "{} ({})",
                count(noise.n_identical),
                share(noise.n_identical, noise.n)
            ),
            count(noise.n_status_changed),
            with_interval(&noise.disagreement),
        ]);
    }
    section.table(grid);
    section.note("A difference between two readers that is not larger than this may come from reading again, not from the reader.");
    for (side, noise) in &read_twice {
        if let Some(sentence) = within(compare, side, noise) {
            section.text(sentence);
        }
    }
    section.list(
        read_twice
            .iter()
            .map(|(side, noise)| {
                format!(
                    "Second predictions of {}: {}",
                    Name(&side.name),
                    File(&night.place(&result.dir, &noise.predictions))
                )
            })
            .collect(),
    );
    Some(section)
}

/// Says so when the difference between the readers is no larger than that between two readings.
fn within(compare: &CompareResult, side: &Side, noise: &NoiseFloor) -> Option<String> {
    let paired = compare.paired.as_ref()?;
    let floor = noise.disagreement.micro?;
    (floor > 0.0 && paired.difference.abs() <= floor).then(|| {
        format!(
            "The difference between the two readers, {}, is not larger than what reading again changes with {}, {}.",
            points_with(paired.difference, None),
            Name(&side.name),
            percent(floor)
        )
    })
}
