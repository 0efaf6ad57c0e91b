//! What earlier nights say about how long a step takes, and whether it still fits in.

use std::time::Duration;

use overnight_plan::Binding;

use super::Night;
use crate::text;

/// Earlier runs of a command that are looked at, the latest first.
const REMEMBERED: u32 = 5;
/// What is added to the longest of them.
const MARGIN: f64 = 1.1;
/// Verbs that stop cleanly when asked and leave a partial result of use.
const STOPPABLE: &[&str] = &["infer", "enhance", "storage", "bench"];
/// Time below which not even those are worth a start.
const LEAST_USEFUL: Duration = Duration::from_secs(60);

/// How long a command is expected to take by its earlier runs; `None` when it never ran to
/// its end.
pub fn expected(earlier: &[Duration]) -> Option<Duration> {
    earlier.iter().max().map(|longest| longest.mul_f64(MARGIN))
}

/// Whether a command can be cut off without losing what it did.
pub fn is_stoppable(argv: &[String]) -> bool {
    argv.first().is_some_and(|program| program == "overnight")
        && argv
            .get(1)
            .is_some_and(|verb| STOPPABLE.contains(&verb.as_str()))
}

impl Night<'_, '_> {
    /// Why a step would not be done by the deadline, judging from earlier nights; `None`
    /// when it may begin.
    pub(super) fn too_late_for(&self, binding: &Binding) -> Option<String> {
        let left = self.times.left(self.now())?;
        let earlier = match self.ledger.durations_of(&binding.display, REMEMBERED) {
            Ok(earlier) => earlier,
            Err(error) => {
                tracing::warn!("{error}");
                return None;
            }
        };
        let expected = expected(&earlier)?;
        if expected <= left || (is_stoppable(&binding.argv) && left >= LEAST_USEFUL) {
            return None;
        }
        Some(format!(
            "it takes about {} by earlier nights, and {} are left",
            text::duration(expected),
            text::duration(left)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_of_the_latest_counts_with_a_margin() {
        let seconds = |s: &[u64]| {
            s.iter()
                .map(|s| Duration::from_secs(*s))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            expected(&seconds(&[10, 30, 20])),
            Some(Duration::from_secs(33))
        );
        assert_eq!(expected(&[]), None);
    }

    #[test]
    fn verbs_that_keep_what_they_have_may_begin_late() {
        let argv = |line: &str| shell_words::split(line).unwrap();
        assert!(is_stoppable(&argv("overnight infer --backend x")));
        assert!(!is_stoppable(&argv("overnight audit docs --fix")));
        assert!(!is_stoppable(&argv("python infer")));
        assert!(!is_stoppable(&[]));
    }
}
