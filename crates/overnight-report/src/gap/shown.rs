//! What an interval and a test together show of a difference, and no more.

use overnight_record::Interval;
use overnight_record::result::{PairedDifference, RoutingGain, TestResult};

/// A test with a p value from here on does not support a difference.
const SIGNIFICANT: f64 = 0.05;

/// What is shown of a difference in errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Fewer errors: the whole interval lies below zero, and no test contradicts it.
    Fewer,
    /// More errors: the whole interval lies above zero, and no test contradicts it.
    More,
    /// Nothing: the interval holds zero, and no test contradicts it.
    Nothing,
    /// The interval says fewer, the test does not.
    FewerUnsure,
    /// The interval says more, the test does not.
    MoreUnsure,
    /// The interval holds zero, the test says there is a difference.
    NothingUnsure,
    /// There is no interval.
    Unknown,
}

impl Shown {
    /// What `interval` and `test` show.
    pub(crate) fn of(interval: Option<&Interval>, test: Option<&TestResult>) -> Self {
        let Some(interval) = interval else {
            return Self::Unknown;
        };
        let supports = test.map(|test| test.p < SIGNIFICANT);
        match (interval.high < 0.0, interval.low > 0.0, supports) {
            (true, _, Some(false)) => Self::FewerUnsure,
            (true, _, _) => Self::Fewer,
            (_, true, Some(false)) => Self::MoreUnsure,
            (_, true, _) => Self::More,
            (_, _, Some(true)) => Self::NothingUnsure,
            _ => Self::Nothing,
        }
    }

    /// Whether interval and test say the same, or only one of them says anything.
    pub(crate) fn is_sure(self) -> bool {
        !matches!(
            self,
            Self::FewerUnsure | Self::MoreUnsure | Self::NothingUnsure
        )
    }
}

impl From<&PairedDifference> for Shown {
    fn from(paired: &PairedDifference) -> Self {
        Self::of(paired.interval.as_ref(), paired.test.as_ref())
    }
}

impl From<&RoutingGain> for Shown {
    fn from(gain: &RoutingGain) -> Self {
        Self::of(gain.interval.as_ref(), gain.test.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_shown_beyond_interval_and_test() {
        let shown = |low, high, p: Option<f64>| {
            let interval = Interval {
                low,
                high,
                level: 0.95,
                method: String::new(),
            };
            let test = p.map(|p| TestResult {
                name: String::new(),
                p,
            });
            Shown::of(Some(&interval), test.as_ref())
        };
        assert_eq!(shown(-0.2, -0.1, None), Shown::Fewer);
        assert_eq!(shown(-0.2, -0.1, Some(0.01)), Shown::Fewer);
        assert_eq!(shown(-0.2, -0.1, Some(0.05)), Shown::FewerUnsure);
        assert_eq!(shown(0.1, 0.2, Some(0.01)), Shown::More);
        assert_eq!(shown(0.1, 0.2, Some(0.4)), Shown::MoreUnsure);
        assert_eq!(shown(-0.1, 0.0, Some(0.4)), Shown::Nothing);
        assert_eq!(shown(-0.1, 0.1, Some(0.01)), Shown::NothingUnsure);
        assert_eq!(shown(0.0, 0.0, None), Shown::Nothing);
        assert_eq!(Shown::of(None, None), Shown::Unknown);
    }
}
