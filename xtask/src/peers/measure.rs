//! The measuring itself: warm-up, images one at a time, images in chunks, arms in turns.

use serde::Serialize;

use super::arm::Image;
use super::runner::Runner;
use super::{kernel, schedule};

/// What is being measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// Untimed in the figures: caches, thread pools and lazily made sessions.
    WarmUp,
    /// One image a request.
    Single,
    /// A chunk of images a request.
    Chunk,
}

/// One request and what it took.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Measurement {
    pub(super) phase: Phase,
    /// Pass over the samples within the phase, from 0.
    pub(super) round: usize,
    /// Turn within the phase, from 0: all arms read the same images in one turn.
    pub(super) turn: usize,
    /// The arm's place in the turn, from 0.
    pub(super) place: usize,
    pub(super) arm: &'static str,
    /// Ids of the samples.
    pub(super) samples: Vec<String>,
    /// Milliseconds from request to answer, by the orchestrator's clock.
    pub(super) wall_ms: f64,
    /// Milliseconds by the arm's clock, encoding of the answer not included.
    pub(super) arm_ms: f64,
    /// Processor seconds of the arm meanwhile, in steps of 10 ms.
    pub(super) cpu_s: Option<f64>,
    /// Processor seconds of all other arms together meanwhile.
    pub(super) idle_cpu_s: Option<f64>,
    /// Load average of the machine over one minute, at the end.
    pub(super) load_1m: Option<f64>,
    /// Images it could not read.
    pub(super) failed: usize,
}

/// A sample as the arms get it.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) path: String,
}

/// How much is measured.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Amount {
    /// Passes in chunks.
    pub(super) rounds: usize,
    /// Passes one image at a time.
    pub(super) single_rounds: usize,
    /// Images in a chunk.
    pub(super) chunk: usize,
    /// Seed of the order of the samples.
    pub(super) seed: u64,
}

/// The arms, the samples, and what has been measured so far.
pub(super) struct Session<'a> {
    items: &'a [Item],
    pub(super) runners: Vec<Runner>,
    pub(super) measurements: Vec<Measurement>,
    progress: &'a dyn Fn(&str),
}

impl<'a> Session<'a> {
    pub(super) fn new(items: &'a [Item], runners: Vec<Runner>, progress: &'a dyn Fn(&str)) -> Self {
        Self {
            items,
            runners,
            measurements: Vec::new(),
            progress,
        }
    }

    /// All phases, one after the other.
    pub(super) fn run(&mut self, amount: &Amount) {
        let order = schedule::shuffled(self.items.len(), amount.seed);
        let singles: Vec<&[usize]> = order.chunks(1).collect();
        let chunks: Vec<&[usize]> = order.chunks(amount.chunk).collect();
        let warm_up: Vec<&[usize]> = singles[..1].iter().chain(&chunks[..1]).copied().collect();
        self.phase(Phase::WarmUp, 1, &warm_up);
        for runner in &mut self.runners {
            let arm = runner.arm.as_ref();
            runner.os_threads = arm.and_then(|arm| kernel::threads(arm.pid()));
        }
        self.phase(Phase::Single, amount.single_rounds, &singles);
        self.phase(Phase::Chunk, amount.rounds, &chunks);
    }

    fn phase(&mut self, phase: Phase, rounds: usize, requests: &[&[usize]]) {
        for arm in self.runners.iter().filter_map(|runner| runner.arm.as_ref()) {
            kernel::reset_peak(arm.pid());
        }
        let mut turn = 0;
        for round in 0..rounds {
            for samples in requests {
                (self.progress)(&format!(
                    "{phase:?}: round {} of {rounds}, turn {} of {}, load {:.1}",
                    round + 1,
                    turn + 1,
                    rounds * requests.len(),
                    kernel::load_1m().unwrap_or(f64::NAN)
                ));
                let order = schedule::order(turn, self.runners.len());
                for (place, index) in order.into_iter().enumerate() {
                    self.request(phase, (round, turn, place), index, samples);
                }
                turn += 1;
            }
        }
        for runner in &mut self.runners {
            if let Some(peak) = runner
                .arm
                .as_ref()
                .and_then(|arm| kernel::peak_mib(arm.pid()))
            {
                runner.peaks_mib.insert(phase, peak);
            }
        }
    }

    /// One request to one arm. An arm that fails as a whole is out from here on; what it
    /// has read so far stays.
    fn request(
        &mut self,
        phase: Phase,
        (round, turn, place): (usize, usize, usize),
        index: usize,
        samples: &[usize],
    ) {
        let before = self.cpu_s();
        let runner = &mut self.runners[index];
        let name = runner.name;
        let Some(arm) = runner.arm.as_mut() else {
            return;
        };
        let paths: Vec<String> = samples
            .iter()
            .map(|&i| self.items[i].path.clone())
            .collect();
        let (answer, wall_ms) = match arm.read(&paths) {
            Ok(done) => done,
            Err(error) => {
                (self.progress)(&format!("{name} is out: {error:#}"));
                runner.failure = Some(format!("{error:#}"));
                runner.arm = None;
                return;
            }
        };
        let failed = answer
            .images
            .iter()
            .filter(|image| matches!(image, Image::Error(_)));
        let failed = failed.count();
        if round == 0 {
            let readings = samples.iter().zip(answer.images);
            let readings = readings.map(|(&sample, image)| ((phase, sample), image));
            runner.readings.extend(readings);
        }
        let used: Vec<Option<f64>> = before
            .iter()
            .zip(self.cpu_s())
            .map(|(before, after)| Some(after? - (*before)?))
            .collect();
        let others = used.iter().enumerate().filter(|&(other, _)| other != index);
        self.measurements.push(Measurement {
            phase,
            round,
            turn,
            place,
            arm: name,
            samples: samples.iter().map(|&i| self.items[i].id.clone()).collect(),
            wall_ms,
            arm_ms: answer.wall_ms,
            cpu_s: used[index],
            idle_cpu_s: Some(others.filter_map(|(_, used)| *used).sum()),
            load_1m: kernel::load_1m(),
            failed,
        });
    }

    fn cpu_s(&self) -> Vec<Option<f64>> {
        let arms = self.runners.iter().map(|runner| runner.arm.as_ref());
        arms.map(|arm| kernel::cpu_s(arm?.pid())).collect()
    }
}
