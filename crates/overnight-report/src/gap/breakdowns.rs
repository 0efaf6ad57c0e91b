//! Where the two differ: samples grouped by what their images and texts are like.

use overnight_record::result::{Breakdown, CompareResult, PropertyGroup};

use super::grid::{Grid, number, words};
use super::names;
use super::section::Section;
use super::shown::Shown;
use super::verdict::wins;
use super::words::Prose;
use crate::number::{count, counted, dash, fixed, percent, points_with, significant};
use crate::plot;
use crate::text;
use crate::text::capitalised;

/// The section; `None` without groups.
pub(super) fn section(compare: &CompareResult) -> Option<Section> {
    let breakdowns: Vec<&Breakdown> = compare
        .breakdowns
        .iter()
        .filter(|it| !it.groups.is_empty())
        .collect();
    if breakdowns.is_empty() {
        return None;
    }
    let mut section = Section::new("Where they differ", ["breakdowns", "samples"]);
    section.text(summary(compare, &breakdowns));
    section.note("These groups are looked at one by one, without correction for their number: of twenty groups without any difference one is expected to look like one, and the intervals of small groups are wide. Take them as places to look at, not as findings.");
    section.plot(forest(&breakdowns));
    for breakdown in breakdowns {
        let without = match breakdown.n_without {
            0 => String::new(),
            n => format!("; {} without it", counted(n, "sample")),
        };
        section.long(
            format!(
                "{}: {}{without}",
                Prose(&capitalised(&breakdown.property)),
                Prose(breakdown.definition.trim_end_matches('.'))
            ),
            table(compare, breakdown),
        );
    }
    Some(section)
}

fn table(compare: &CompareResult, breakdown: &Breakdown) -> Grid {
    let (baseline, candidate) = names(compare);
    let mut grid = Grid::new([
        words("Group"),
        number("Range"),
        number("Samples"),
        number("Read by both"),
        number(format!("CER of {baseline}")),
        number(format!("CER of {candidate}")),
        number("Difference [interval]"),
        number("Better / equal / worse"),
    ]);
    // Counts have no decimals; measured values keep theirs.
    let mut ends = breakdown.groups.iter().flat_map(|it| [it.low, it.high]);
    let is_counted = ends.all(|end| end.is_none_or(|end| end.fract() == 0.0));
    for group in &breakdown.groups {
        let paired = group.paired.as_ref();
        grid.row([
            format!("{}", Prose(&group.label)),
            range(group, is_counted),
            count(group.n),
            paired.map_or_else(|| count(0), |it| count(it.n)),
            paired.map_or_else(dash, |it| percent(it.baseline_micro)),
            paired.map_or_else(dash, |it| percent(it.candidate_micro)),
            paired.map_or_else(dash, |it| points_with(it.difference, it.interval.as_ref())),
            paired.map_or_else(dash, wins),
        ]);
    }
    grid.without_empty_columns()
}

fn range(group: &PropertyGroup, is_counted: bool) -> String {
    let value = |value: f64| {
        if is_counted {
            fixed(value, 0)
        } else {
            significant(value)
        }
    };
    match (group.low, group.high) {
        (Some(low), Some(high)) if low == high => value(low),
        (Some(low), Some(high)) => format!("{} to {}", value(low), value(high)),
        (Some(low), None) => format!("from {}", value(low)),
        (None, Some(high)) => format!("up to {}", value(high)),
        (None, None) => dash(),
    }
}

/// In how many groups something is shown, and the names of those where the candidate is worse.
fn summary(compare: &CompareResult, breakdowns: &[&Breakdown]) -> String {
    let (_, candidate) = names(compare);
    let groups: Vec<(String, Option<Shown>)> = breakdowns
        .iter()
        .flat_map(|it| {
            it.groups.iter().map(|group| {
                let name = format!("{}", Prose(&format!("{}: {}", it.property, group.label)));
                (name, group.paired.as_ref().map(Shown::from))
            })
        })
        .collect();
    let shown = |what: Shown| -> Vec<&str> {
        let those = groups.iter().filter(|(_, shown)| *shown == Some(what));
        those.map(|(name, _)| name.as_str()).collect()
    };
    let (fewer, more) = (shown(Shown::Fewer), shown(Shown::More));
    let list = |names: &[&str]| match names.len() {
        0 => String::new(),
        1..=6 => format!(" ({})", names.join(", ")),
        _ => String::new(),
    };
    format!(
        "{candidate} is shown to make fewer errors in {} of {}{}, more in {}{}; in the others nothing is shown.",
        count(fewer.len()),
        counted(groups.len(), "group"),
        list(&fewer),
        count(more.len()),
        list(&more),
    )
}

fn forest(breakdowns: &[&Breakdown]) -> Option<plot::Svg> {
    let sections: Vec<(String, Vec<(String, &_)>)> = breakdowns
        .iter()
        .map(|it| {
            let rows = it.groups.iter().filter_map(|group| {
                let paired = group.paired.as_ref()?;
                Some((format!("{} (n {})", group.label, count(paired.n)), paired))
            });
            (capitalised(&text::line(&it.property)), rows.collect())
        })
        .filter(|(_, rows): &(String, Vec<_>)| !rows.is_empty())
        .collect();
    plot::forest_in_sections("Difference by property of the sample", &sections)
}
