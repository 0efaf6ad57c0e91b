//! The paired difference: how large, how sure, and what the samples could have shown.

use overnight_record::result::{
    CompareResult, EquivalenceVerdict, PairedDifference, PairedEquivalence,
};

use super::definition::{Defined, definition};
use super::grid::{Grid, number, words};
use super::section::Section;
use super::shown::Shown;
use super::words::Prose;
use super::{n_samples, names};
use crate::number::{
    count, counted, fixed, p_value, percent, percent_or_dash, points, points_with,
};

pub(super) fn section(compare: &CompareResult) -> Section {
    let mut section = Section::new("Verdict", ["paired"]);
    let Some(paired) = &compare.paired else {
        section.text("There is no paired difference: no sample was readable on both sides.");
        return section;
    };
    section.table(table(compare, paired));
    section.note(meaning(compare));
    for sentence in [
        contradiction(paired),
        paired.equivalence.as_ref().map(|it| margin(paired, it)),
        power(paired),
        unread(compare, paired),
    ]
    .into_iter()
    .flatten()
    {
        section.text(sentence);
    }
    section
}

/// What every error rate of the comparison means, in one sentence.
fn meaning(compare: &CompareResult) -> String {
    let sides = [&compare.baseline, &compare.candidate];
    let interval = sides.iter().find_map(|side| side.cer.interval.as_ref());
    format!(
        "Error rates: {}.",
        definition(&Defined {
            profile: &compare.profile,
            definition: &compare.definition,
            unit: &compare.unit,
            n: compare.dataset.n,
            dataset: Some(&compare.dataset.name),
            interval,
        })
    )
}

fn table(compare: &CompareResult, paired: &PairedDifference) -> Grid {
    let (baseline, candidate) = names(compare);
    let mut grid = Grid::new([words("On the samples that both read"), number("")]);
    grid.row([
        "Samples".to_owned(),
        format!("{} of {}", count(paired.n), count(n_samples(compare))),
    ]);
    grid.row([
        format!("CER micro of {baseline}"),
        percent(paired.baseline_micro),
    ]);
    grid.row([
        format!("CER micro of {candidate}"),
        percent(paired.candidate_micro),
    ]);
    grid.row([
        "Candidate minus baseline [interval]".to_owned(),
        points_with(paired.difference, paired.interval.as_ref()),
    ]);
    grid.row(["Candidate better / equal / worse".to_owned(), wins(paired)]);
    if let Some(test) = &paired.test {
        grid.row([
            format!("{}", Prose(&test.name)),
            format!("p {}", p_value(test.p)),
        ]);
    }
    if let Some(equivalence) = &paired.equivalence {
        grid.row([
            format!(
                "Against a margin of {}, {} % interval",
                points(equivalence.margin),
                fixed(equivalence.interval.level * 100.0, 0)
            ),
            points_with(paired.difference, Some(&equivalence.interval)),
        ]);
        grid.row([
            "Which shows".to_owned(),
            match equivalence.verdict {
                EquivalenceVerdict::Different => "a difference",
                EquivalenceVerdict::Equivalent => "no difference that matters",
                EquivalenceVerdict::Undecided => "neither",
            }
            .to_owned(),
        ]);
    }
    grid
}

/// Samples won, equal and lost: `37 / 0 / 2`.
pub(super) fn wins(paired: &PairedDifference) -> String {
    format!(
        "{} / {} / {}",
        count(paired.wins),
        count(paired.ties),
        count(paired.losses)
    )
}

fn contradiction(paired: &PairedDifference) -> Option<String> {
    (!Shown::from(paired).is_sure()).then(|| {
        "Interval and test contradict each other: the interval is that of all characters together, in which a long sample weighs more; the test weighs every sample alike. What only one of them says is not shown.".to_owned()
    })
}

fn margin(paired: &PairedDifference, equivalence: &PairedEquivalence) -> String {
    let margin = points(equivalence.margin);
    let tested = Prose(equivalence.tested.trim_end_matches('.'));
    let is_shown = matches!(Shown::from(paired), Shown::Fewer | Shown::More);
    match equivalence.verdict {
        EquivalenceVerdict::Equivalent => format!(
            "The difference lies within {margin}, the margin below which a difference does not matter ({tested})."
        ),
        EquivalenceVerdict::Different if is_shown => format!(
            "The difference is not shown to lie within {margin}, the margin below which it would not matter ({tested})."
        ),
        EquivalenceVerdict::Different => format!(
            "Against the margin of {margin} a difference is found ({tested}); with what interval and test above say, take it as undecided."
        ),
        EquivalenceVerdict::Undecided => format!(
            "Whether the difference is smaller than {margin}, the margin below which it would not matter, is undecided: too few samples, or too much spread ({tested})."
        ),
    }
}

/// What the samples could have shown, where they show no difference and no equality.
fn power(paired: &PairedDifference) -> Option<String> {
    let equivalence = paired.equivalence.as_ref()?;
    let is_decided = equivalence.verdict == EquivalenceVerdict::Equivalent
        || (equivalence.verdict == EquivalenceVerdict::Different
            && matches!(Shown::from(paired), Shown::Fewer | Shown::More));
    if is_decided {
        return None;
    }
    let seen = equivalence.detectable.map(|difference| {
        format!(
            "{} would have shown a difference of {} four times out of five.",
            counted(paired.n, "sample"),
            points(difference)
        )
    });
    let needed = equivalence.n_needed.map(|n| {
        format!(
            "To see one of {} takes about {}.",
            points(equivalence.margin),
            counted(n, "sample")
        )
    });
    let sentences: Vec<String> = seen.into_iter().chain(needed).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// Samples that are in neither rate above.
fn unread(compare: &CompareResult, paired: &PairedDifference) -> Option<String> {
    let n = n_samples(compare);
    if paired.n >= n {
        return None;
    }
    let (baseline, candidate) = names(compare);
    let left_out = match n - paired.n {
        1 => "1 sample without a text on one side at least is".to_owned(),
        several => format!(
            "{} samples without a text on one side at least are",
            count(several)
        ),
    };
    Some(format!(
        "{left_out} not in the difference. With failures counted as all wrong the CER of {baseline} is {} and that of {candidate} {}, each over all {}.",
        percent_or_dash(compare.baseline.cer.failures_as_one, None),
        percent_or_dash(compare.candidate.cer.failures_as_one, None),
        counted(n, "sample"),
    ))
}
