//! From values to places, with round ticks.

/// A linear map from `[from, to]` to pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) start: f64,
    pub(super) end: f64,
}

impl Scale {
    /// A scale that begins and ends at round values around `[low, high]`.
    pub(super) fn round(low: f64, high: f64, start: f64, end: f64, n_ticks: usize) -> Self {
        let step = round_step(low, high, n_ticks);
        let from = (low / step + 1e-9).floor() * step;
        let to = (high / step - 1e-9).ceil() * step;
        Self {
            from,
            to: if to > from { to } else { from + step },
            start,
            end,
        }
    }

    /// Where `value` lies.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = (value - self.from) / (self.to - self.from);
        self.start + share * (self.end - self.start)
    }

    /// Round values within the scale, about `n` of them, with the decimals they need.
    pub(super) fn ticks(&self, n: usize) -> Vec<(f64, String)> {
        let step = round_step(self.from, self.to, n);
        let decimals = usize::try_from((-step.log10().floor()).max(0.0) as i64).unwrap_or(0);
        let first = (self.from / step - 1e-9).ceil();
        (0..=200)
            .map(|i| (first + f64::from(i)) * step)
            .take_while(|value| *value <= self.to + step * 1e-6)
            .map(|value| (value, crate::number::fixed(value, decimals)))
            .collect()
    }
}

/// 1, 2 or 5 times a power of ten, so that about `n` steps span the range.
fn round_step(low: f64, high: f64, n: usize) -> f64 {
    let span = (high - low).abs();
    if !span.is_finite() || span <= f64::EPSILON {
        return 1.0;
    }
    let raw = span / n.max(1) as f64;
    let power = 10f64.powf(raw.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|factor| factor * power >= raw * 0.999)
        .unwrap_or(10.0);
    factor * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let scale = Scale::round(0.0, 3.7, 0.0, 100.0, 4);
        let labels: Vec<String> = scale.ticks(4).into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["0", "1", "2", "3", "4"]);
        assert!((scale.at(2.0) - 50.0).abs() < 1e-9);
        let scale = Scale::round(-0.4, 0.9, 0.0, 100.0, 4);
        assert!(scale.from <= -0.4 && scale.to >= 0.9);
        let flat = Scale::round(2.0, 2.0, 0.0, 100.0, 4);
        assert!(flat.at(2.0).is_finite());
    }
}
