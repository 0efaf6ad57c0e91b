//! The same samples under every scoring profile, side by side.

use overnight_record::result::{CompareResult, PairedDifference};

use super::grid::{Grid, number, words};
use super::names;
use super::section::Section;
use super::shown::Shown;
use super::sides::with_interval;
use super::verdict::wins;
use super::words::{Name, Prose};
use crate::number::{dash, points_with};

/// The section; `None` when only one profile was asked for.
pub(super) fn section(compare: &CompareResult) -> Option<Section> {
    if compare.further_profiles.is_empty() {
        return None;
    }
    let (baseline, candidate) = names(compare);
    let mut section = Section::new("Profiles", ["further_profiles"]);
    let mut grid = Grid::new([
        words("Profile"),
        number(format!("CER of {baseline}")),
        number(format!("CER of {candidate}")),
        number("Paired difference [interval]"),
        number("Better / equal / worse"),
    ]);
    let mut definitions = Vec::new();
    let mut verdicts: Vec<(&str, Option<&PairedDifference>)> = Vec::new();
    let first = (
        &compare.profile,
        &compare.definition,
        &compare.unit,
        &compare.baseline.cer,
        &compare.candidate.cer,
        compare.paired.as_ref(),
    );
    let further = compare.further_profiles.iter().map(|it| {
        (
            &it.profile,
            &it.definition,
            &it.unit,
            &it.baseline,
            &it.candidate,
            it.paired.as_ref(),
        )
    });
    for (profile, definition, unit, of_baseline, of_candidate, paired) in
        std::iter::once(first).chain(further)
    {
        grid.row([
            format!("{}", Name(profile)),
            with_interval(of_baseline),
            with_interval(of_candidate),
            paired.map_or_else(dash, |it| points_with(it.difference, it.interval.as_ref())),
            paired.map_or_else(dash, wins),
        ]);
        definitions.push(format!(
            "{}: {}; unit: {}",
            Name(profile),
            Prose(definition.trim_end_matches('.')),
            Prose(unit)
        ));
        verdicts.push((profile, paired));
    }
    section.text(agreement(compare, &verdicts));
    section.table(grid);
    section.list(definitions);
    Some(section)
}

/// Whether the verdict hangs on the profile.
fn agreement(compare: &CompareResult, verdicts: &[(&str, Option<&PairedDifference>)]) -> String {
    let (baseline, candidate) = names(compare);
    let mut groups: Vec<(&'static str, Vec<String>)> = Vec::new();
    for (profile, paired) in verdicts {
        let said = match paired.map(Shown::from) {
            Some(Shown::Fewer) => "fewer errors",
            Some(Shown::More) => "more errors",
            Some(Shown::Nothing) => "no difference that is shown",
            _ => "nothing sure",
        };
        let name = format!("{}", Name(profile));
        match groups.iter_mut().find(|(known, _)| *known == said) {
            Some((_, names)) => names.push(name),
            None => groups.push((said, vec![name])),
        }
    }
    match &groups[..] {
        [(said, _)] => {
            format!("Every profile says the same of {candidate} against {baseline}: {said}.")
        }
        several => {
            let parts: Vec<String> = several
                .iter()
                .map(|(said, names)| format!("{said} under {}", names.join(", ")))
                .collect();
            format!(
                "What is said of {candidate} against {baseline} depends on the profile: {}.",
                parts.join("; ")
            )
        }
    }
}
