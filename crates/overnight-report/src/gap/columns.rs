//! What is recorded of one reader, of two, or of one under several scoring profiles, side by
//! side in tables.

use overnight_record::result::{CompareResult, ProfileScore, ScoreResult, Side};

use super::grid::{Column, Grid, number};
use super::words::Name;

/// Columns beside each other at most; more of them go into tables below each other.
const BESIDE: usize = 3;

/// What tells a column from the others.
#[derive(Debug, Clone, Copy)]
pub(super) enum Label<'a> {
    /// There is no other.
    Alone,
    /// The side to beat.
    Baseline(Name<'a>),
    /// The side under test.
    Candidate(Name<'a>),
    /// The first scoring profile of several.
    First(Name<'a>),
    /// Another one.
    Further(Name<'a>),
}

impl Label<'_> {
    /// The title of its column; one without others is called `alone`.
    fn title(self, alone: &str) -> String {
        match self {
            Self::Alone => alone.to_owned(),
            Self::Baseline(name) => format!("Baseline {name}"),
            Self::Candidate(name) => format!("Candidate {name}"),
            Self::First(name) | Self::Further(name) => format!("Profile {name}"),
        }
    }

    /// `what` with whose it is: `Misread by a`; of a profile `Misread, strict`.
    pub(super) fn whose(self, what: &str, joint: &str) -> String {
        match self {
            Self::Alone => what.to_owned(),
            Self::Baseline(name) | Self::Candidate(name) => format!("{what} {joint} {name}"),
            Self::First(name) | Self::Further(name) => format!("{what}, {name}"),
        }
    }

    /// What it read, as a title.
    pub(super) fn read(self) -> String {
        match self {
            Self::Alone => "Read".to_owned(),
            Self::Baseline(name) | Self::Candidate(name) => format!("{name} read"),
            Self::First(name) | Self::Further(name) => format!("Read, {name}"),
        }
    }

    /// Where its fields stand in the `result.json`.
    fn prefix(self) -> &'static str {
        match self {
            Self::Alone | Self::First(_) => "",
            Self::Baseline(_) => "baseline.",
            Self::Candidate(_) => "candidate.",
            Self::Further(_) => "further_profiles[].",
        }
    }
}

/// What one column shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a, T> {
    pub(super) label: Label<'a>,
    pub(super) of: T,
}

/// A column without others.
pub(super) fn alone<'a, T>(of: T) -> [Told<'a, T>; 1] {
    [Told {
        label: Label::Alone,
        of,
    }]
}

/// A column for each side of a comparison.
pub(super) fn sides<'a, T>(
    compare: &'a CompareResult,
    of: impl Fn(&'a Side) -> T,
) -> [Told<'a, T>; 2] {
    [
        Told {
            label: Label::Baseline(Name(&compare.baseline.name)),
            of: of(&compare.baseline),
        },
        Told {
            label: Label::Candidate(Name(&compare.candidate.name)),
            of: of(&compare.candidate),
        },
    ]
}

/// A column for each profile of a score.
pub(super) fn profiles<'a, T>(
    score: &'a ScoreResult,
    of: impl Fn(&'a ProfileScore) -> T,
) -> Vec<Told<'a, T>> {
    if score.further_profiles.is_empty() {
        return alone(of(&score.first)).into();
    }
    let first = (Label::First(Name(&score.first.profile)), &score.first);
    let further = score.further_profiles.iter();
    std::iter::once(first)
        .chain(further.map(|profile| (Label::Further(Name(&profile.profile)), profile)))
        .map(|(label, profile)| Told {
            label,
            of: of(profile),
        })
        .collect()
}

/// The columns of each of the tables that it takes to show them all, as even as may be.
pub(super) fn tables<'a, 't, T>(
    columns: &'t [Told<'a, T>],
) -> impl Iterator<Item = &'t [Told<'a, T>]> {
    let n_tables = columns.len().div_ceil(BESIDE).max(1);
    columns.chunks(columns.len().div_ceil(n_tables).max(1))
}

/// A table with a column for each of `columns`; one without others is called `alone`.
pub(super) fn grid<T>(columns: &[Told<'_, T>], first: Column, alone: &str) -> Grid {
    let titles = columns.iter().map(|it| number(it.label.title(alone)));
    Grid::new(std::iter::once(first).chain(titles).collect::<Vec<_>>())
}

/// A row of such a table.
pub(super) fn row<T>(
    columns: &[Told<'_, T>],
    title: &str,
    cell: impl Fn(&T) -> String,
) -> Vec<String> {
    let cells = columns.iter().map(|it| cell(&it.of));
    std::iter::once(title.to_owned()).chain(cells).collect()
}

/// Where `names` stand in the `result.json`, each once.
pub(super) fn fields<T>(columns: &[Told<'_, T>], names: &[&str]) -> Vec<String> {
    let mut fields = Vec::new();
    for name in names {
        for column in columns {
            let field = format!("{}{name}", column.label.prefix());
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
    }
    fields
}
