//! Samples that are worth a person's look.

use overnight_record::result::{CompareResult, HardClass};

use super::grid::{Grid, number, words};
use super::names;
use super::section::{Section, Topic};
use super::sides::rate_or_status;
use super::words::{File, Name, Prose};
use crate::facts::{Night, StepResult};
use crate::number::{count, counted, percent, percent_or_dash, whole};
use crate::text;

pub(super) fn section(night: &Night, result: &StepResult<CompareResult>) -> Section {
    let compare = result.body();
    let mut section = Section::new(
        "Hard samples",
        ["hard_counts", "hard_samples", "hard_threshold"],
    )
    .about(Topic::Hard);
    let counts = counts(compare);
    let n: usize = counts.iter().map(|(_, n)| n).sum();
    let without = match compare.n_without_reference {
        0 => String::new(),
        n => format!(
            " {} no reference; of these only how far the two texts lie apart is known.",
            if n == 1 {
                "1 sample has".to_owned()
            } else {
                format!("{} samples have", count(n))
            }
        ),
    };
    if n == 0 {
        section.text(format!(
            "None: no sample failed or has a CER above {}.{without}",
            percent(compare.hard_threshold)
        ));
        return section;
    }
    let apart = if counts
        .iter()
        .any(|(class, _)| *class == HardClass::Disagreement)
    {
        ", or there is no reference and the two texts lie further apart than that"
    } else {
        ""
    };
    let listed = match compare.hard_samples.len() {
        listed if listed >= n => String::new(),
        listed => format!(" The worst {} are listed.", count(listed)),
    };
    section.text(format!(
        "{} {} hard: a reader failed or has a CER above {} (profile {}){apart}.{listed}{without}",
        counted(n, "sample"),
        if n == 1 { "is" } else { "are" },
        percent(compare.hard_threshold),
        Name(&compare.profile),
    ));
    section.table(classes(compare, &counts));
    if let Some(dataset) = exported(night, result) {
        section.text(dataset);
    }
    section.long("The hard samples, worst first", samples(compare));
    section
}

/// Hard samples by class: all of them, or those listed where only these are recorded.
fn counts(compare: &CompareResult) -> Vec<(HardClass, usize)> {
    HardClass::ALL
        .into_iter()
        .map(|class| {
            let listed = || compare.hard_samples.iter().filter(|s| s.class == class);
            let recorded = compare.hard_counts.get(&class).copied();
            let n = if compare.hard_counts.is_empty() {
                listed().count()
            } else {
                recorded.unwrap_or(0)
            };
            (class, n)
        })
        .filter(|(_, n)| *n > 0)
        .collect()
}

fn classes(compare: &CompareResult, counts: &[(HardClass, usize)]) -> Grid {
    let (baseline, candidate) = names(compare);
    let mut grid = Grid::new([
        words("Class"),
        number("Samples"),
        number("Listed"),
        words("What they are for"),
    ]);
    for (class, n) in counts {
        let listed = compare.hard_samples.iter().filter(|s| s.class == *class);
        let meaning = match class {
            HardClass::Both => "neither reads them: worth labels and training".to_owned(),
            HardClass::BaselineOnly => format!("what {candidate} could take over"),
            HardClass::CandidateOnly => {
                format!("what would be lost by leaving {baseline} out")
            }
            HardClass::Disagreement => {
                "at least one of the two is wrong: worth a reference".to_owned()
            }
        };
        grid.row([
            class_name(compare, *class),
            count(*n),
            count(listed.count()),
            meaning,
        ]);
    }
    grid
}

/// What a class of hard sample means, with the sides' names.
pub(crate) fn class_name(compare: &CompareResult, class: HardClass) -> String {
    let (baseline, candidate) = names(compare);
    match class {
        HardClass::Both => "hard for both".to_owned(),
        HardClass::BaselineOnly => format!("hard for {baseline} only"),
        HardClass::CandidateOnly => format!("hard for {candidate} only"),
        HardClass::Disagreement => "disagreement without a reference".to_owned(),
    }
}

fn samples(compare: &CompareResult) -> Grid {
    let (baseline, candidate) = names(compare);
    let mut grid = Grid::new([
        words("Sample"),
        words("Class"),
        number(format!("CER of {baseline}")),
        number(format!("CER of {candidate}")),
        number("Reference length"),
        number("Apart"),
        words("Why"),
    ]);
    for sample in &compare.hard_samples {
        let has_reference = sample.class != HardClass::Disagreement;
        grid.row([
            format!("{}", Name(&sample.id)),
            class_name(compare, sample.class),
            rate_or_status(&sample.baseline),
            rate_or_status(&sample.candidate),
            if has_reference {
                whole(sample.baseline.n_ref)
            } else {
                "none".to_owned()
            },
            percent_or_dash(sample.disagreement, None),
            format!("{}", Prose(&text::clipped(&sample.reason, 160))),
        ]);
    }
    grid.without_empty_columns()
}

/// Where the hard samples lie as a dataset.
fn exported(night: &Night, result: &StepResult<CompareResult>) -> Option<String> {
    let path = result.dir.join(result.body().hard_dataset.as_ref()?);
    let [dataset, folder] =
        [&*path, path.parent()?].map(|path| night.place(&result.dir, &path.to_string_lossy()));
    Some(format!(
        "They are exported for the next training round: {}, with the images below {}.",
        File(&dataset),
        File(&folder)
    ))
}
