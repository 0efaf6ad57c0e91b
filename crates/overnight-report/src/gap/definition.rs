//! What an error rate means: profile, unit, samples and interval.

use overnight_record::Interval;

use super::words::{Name, Prose};
use crate::number::{counted, fixed};

/// What must stand beside an error rate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Defined<'a> {
    /// Name of the scoring profile.
    pub(super) profile: &'a str,
    /// What the profile does, in words.
    pub(super) definition: &'a str,
    /// Its unit.
    pub(super) unit: &'a str,
    /// Samples with a reference.
    pub(super) n: usize,
    /// What they are of, where that is recorded.
    pub(super) dataset: Option<&'a str>,
    /// An interval of the rate, for how intervals were made.
    pub(super) interval: Option<&'a Interval>,
}

/// All of it as one clause without a full stop.
pub(super) fn definition(it: &Defined<'_>) -> String {
    let interval = it.interval.map_or_else(
        || "no interval recorded".to_owned(),
        |it| {
            format!(
                "[brackets]: {} % interval, {}",
                fixed(it.level * 100.0, 0),
                Prose(&it.method)
            )
        },
    );
    format!(
        "profile {} ({}; unit: {}); n = {} of {}; {interval}",
        Name(it.profile),
        Prose(it.definition.trim_end_matches('.')),
        Prose(it.unit),
        counted(it.n, "sample"),
        it.dataset.map_or_else(
            || "a dataset that is not recorded".to_owned(),
            |name| format!("dataset {}", Name(name))
        ),
    )
}
