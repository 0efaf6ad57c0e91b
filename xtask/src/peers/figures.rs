//! Every figure of the table, computed from the single measurements.

use overnight_metrics::{median, quantile, sorted};
use serde::Serialize;

use super::measure::{Measurement, Phase};

/// A figure over all rounds and the range of the rounds by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Ranged {
    pub(super) value: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// How fast an arm is with many images at hand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Throughput {
    /// Images of all rounds.
    pub(super) n: usize,
    /// Images / seconds.
    pub(super) images_per_s: Ranged,
    /// Processor seconds / seconds: 2.0 is two processors busy.
    pub(super) cpu_load: Option<f64>,
    /// Processor seconds / images. Work of other programs moves it less than it moves the
    /// seconds, but threads that wait in a loop count in it.
    pub(super) cpu_s_per_image: Option<f64>,
}

/// How long an arm takes for one image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Latency {
    pub(super) n: usize,
    pub(super) ms_p50: f64,
    pub(super) ms_p90: f64,
    pub(super) ms_max: f64,
}

fn of<'a>(
    all: &'a [Measurement],
    phase: Phase,
    arm: &'a str,
) -> impl Iterator<Item = &'a Measurement> + Clone {
    all.iter().filter(move |m| m.phase == phase && m.arm == arm)
}

/// Images and seconds.
fn totals<'a>(measurements: impl Iterator<Item = &'a Measurement>) -> (usize, f64) {
    measurements.fold((0, 0.0), |(n, s), m| {
        (n + m.samples.len(), s + m.wall_ms / 1e3)
    })
}

fn rounds(all: &[Measurement], phase: Phase) -> usize {
    let rounds = all.iter().filter(|m| m.phase == phase).map(|m| m.round + 1);
    rounds.max().unwrap_or(0)
}

/// `figure` over all rounds (`None`) and over each; `None` when it is undefined over all.
fn ranged(rounds: usize, figure: impl Fn(Option<usize>) -> Option<f64>) -> Option<Ranged> {
    let value = figure(None)?;
    let each: Vec<f64> = (0..rounds)
        .filter_map(|round| figure(Some(round)))
        .collect();
    Some(Ranged {
        value,
        low: each.iter().copied().fold(value, f64::min),
        high: each.iter().copied().fold(value, f64::max),
    })
}

fn in_round(round: Option<usize>) -> impl Fn(&&Measurement) -> bool + Clone {
    move |m| round.is_none_or(|round| m.round == round)
}

/// `None` when the arm has read nothing in chunks.
pub(super) fn throughput(all: &[Measurement], arm: &str) -> Option<Throughput> {
    let own = of(all, Phase::Chunk, arm);
    let images_per_s = ranged(rounds(all, Phase::Chunk), |round| {
        let (n, s) = totals(own.clone().filter(in_round(round)));
        (s > 0.0).then(|| n as f64 / s)
    })?;
    let (n, wall_s) = totals(own.clone());
    let cpu_s: Option<f64> = own.map(|m| m.cpu_s).sum();
    Some(Throughput {
        n,
        images_per_s,
        cpu_load: cpu_s.map(|cpu_s| cpu_s / wall_s),
        cpu_s_per_image: cpu_s.map(|cpu_s| cpu_s / n as f64),
    })
}

/// `None` when the arm has read nothing one at a time.
pub(super) fn latency(all: &[Measurement], arm: &str) -> Option<Latency> {
    let ms: Vec<f64> = of(all, Phase::Single, arm).map(|m| m.wall_ms).collect();
    let ms = sorted(&ms);
    Some(Latency {
        n: ms.len(),
        ms_p50: quantile(&ms, 0.5)?,
        ms_p90: quantile(&ms, 0.9)?,
        ms_max: *ms.last()?,
    })
}

/// How many times as fast `ours` is as `other` with many images at hand: the seconds of
/// `other` / the seconds of `ours`, over the turns in which both have answered.
pub(super) fn speed_ratio(all: &[Measurement], ours: &str, other: &str) -> Option<Ranged> {
    let pairs: Vec<(&Measurement, &Measurement)> = of(all, Phase::Chunk, ours)
        .filter_map(|own| {
            let same_turn = of(all, Phase::Chunk, other).find(|m| m.turn == own.turn);
            Some((own, same_turn?))
        })
        .collect();
    ranged(rounds(all, Phase::Chunk), |round| {
        let chosen = pairs.iter().filter(|(own, _)| in_round(round)(own));
        let (own, other) = chosen.fold((0.0, 0.0), |(own, other), pair| {
            (own + pair.0.wall_ms, other + pair.1.wall_ms)
        });
        (own > 0.0).then(|| other / own)
    })
}

/// How many times as fast `ours` is as `other` with one image: the median over images of
/// the ratio of both times.
pub(super) fn latency_ratio(all: &[Measurement], ours: &str, other: &str) -> Option<f64> {
    let ratios: Vec<f64> = of(all, Phase::Single, ours)
        .filter_map(|own| {
            let same_turn = of(all, Phase::Single, other).find(|m| m.turn == own.turn);
            Some(same_turn?.wall_ms / own.wall_ms)
        })
        .collect();
    median(&ratios)
}

/// Processor seconds the waiting arms used / seconds measured, over everything timed.
pub(super) fn idle_cpu_load(all: &[Measurement]) -> Option<f64> {
    let timed = all.iter().filter(|m| m.phase != Phase::WarmUp);
    let (_, wall_s) = totals(timed.clone());
    let idle_s: Option<f64> = timed.map(|m| m.idle_cpu_s).sum();
    (wall_s > 0.0).then(|| idle_s.map(|idle_s| idle_s / wall_s))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(phase: Phase, arm: &'static str, turn: usize, ms: f64) -> Measurement {
        Measurement {
            phase,
            round: turn / 2,
            turn,
            place: 0,
            arm,
            samples: vec![String::new(); if phase == Phase::Chunk { 4 } else { 1 }],
            wall_ms: ms,
            arm_ms: ms,
            cpu_s: Some(ms / 500.0),
            idle_cpu_s: Some(0.0),
            load_1m: None,
            failed: 0,
        }
    }

    #[test]
    fn rates_are_of_sums_and_ranges_are_of_rounds() {
        let chunk = |arm, turn, ms| measured(Phase::Chunk, arm, turn, ms);
        let all = [
            chunk("a", 0, 1000.0),
            chunk("a", 1, 3000.0),
            chunk("a", 2, 2000.0),
            chunk("a", 3, 2000.0),
            chunk("b", 0, 3000.0),
            chunk("b", 1, 3000.0),
            chunk("b", 2, 2000.0),
        ];
        let a = throughput(&all, "a").unwrap();
        assert_eq!((a.n, a.images_per_s.value), (16, 2.0));
        assert_eq!((a.images_per_s.low, a.images_per_s.high), (2.0, 2.0));
        assert_eq!((a.cpu_load, a.cpu_s_per_image), (Some(2.0), Some(1.0)));
        // Turn 3 has no answer of `b` and is left out.
        let ratio = speed_ratio(&all, "a", "b").unwrap();
        assert_eq!((ratio.value, ratio.low, ratio.high), (8.0 / 6.0, 1.0, 1.5));
        assert_eq!(throughput(&all, "c"), None);
        assert_eq!(speed_ratio(&all, "a", "c"), None);
        assert_eq!(idle_cpu_load(&all), Some(0.0));
        assert_eq!(idle_cpu_load(&[]), None);
    }

    #[test]
    fn latency_is_of_single_images() {
        let single = |arm, turn, ms| measured(Phase::Single, arm, turn, ms);
        let all: Vec<_> = (0..11)
            .flat_map(|turn| {
                let ms = 100.0 * turn as f64 + 100.0;
                [single("a", turn, ms), single("b", turn, 2.0 * ms)]
            })
            .collect();
        let a = latency(&all, "a").unwrap();
        assert_eq!(
            (a.n, a.ms_p50, a.ms_p90, a.ms_max),
            (11, 600.0, 1000.0, 1100.0)
        );
        assert_eq!(latency_ratio(&all, "a", "b"), Some(2.0));
        assert_eq!(latency(&all, "c"), None);
    }
}
