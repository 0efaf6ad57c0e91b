//! The profiler's section: throughput, where the time goes, memory.

use overnight_record::result::{BenchStage, CaseStatus};

use super::definition;
use crate::facts::{Kind, Missing, Night};
use crate::number::{counted, dash, fixed, mebibytes, percent_or_dash, rate_with, significant};
use crate::plot::{self, Svg};
use crate::text;
use crate::verdict::speed;

/// Everything the section shows.
pub(super) struct ProfilerView {
    pub(super) missing: Vec<Missing>,
    pub(super) benches: Vec<BenchView>,
}

/// One benchmark.
pub(super) struct BenchView {
    pub(super) step: String,
    pub(super) headline: String,
    pub(super) about: String,
    pub(super) plots: Vec<Svg>,
    pub(super) cases: Vec<CaseView>,
    pub(super) accuracy: Option<String>,
    pub(super) notes: Vec<String>,
}

/// One stage at one batch size.
pub(super) struct CaseView {
    pub(super) stage: &'static str,
    pub(super) batch: usize,
    pub(super) rate: String,
    pub(super) p50: String,
    pub(super) p90: String,
    pub(super) cpu: String,
    pub(super) peak: String,
    pub(super) device: String,
    pub(super) n: usize,
    pub(super) problem: Option<String>,
}

impl ProfilerView {
    pub(super) fn new(night: &Night) -> Self {
        let benches = night.results.benches.iter();
        Self {
            missing: night.missing_or_unplanned(Kind::Bench),
            benches: benches
                .map(|result| {
                    let bench = result.body();
                    let plots = [
                        plot::throughput(bench, BenchStage::Pipeline),
                        plot::stages(bench),
                        plot::throughput(bench, BenchStage::Detection),
                        plot::throughput(bench, BenchStage::Recognition),
                        plot::memory(bench),
                    ];
                    let plots: Vec<Svg> = plots.into_iter().flatten().collect();
                    BenchView {
                        step: result.step.to_string(),
                        headline: headline(bench),
                        about: about(bench),
                        plots,
                        cases: bench.cases.iter().map(case).collect(),
                        accuracy: accuracy(bench),
                        notes: bench.notes.iter().map(|note| text::line(note)).collect(),
                    }
                })
                .collect(),
        }
    }
}

fn headline(bench: &overnight_record::result::BenchResult) -> String {
    let none = || format!("No case of {} could be measured.", bench.backend.name);
    text::line(&speed(bench).unwrap_or_else(none))
}

fn about(bench: &overnight_record::result::BenchResult) -> String {
    let load = bench
        .load_average
        .map_or_else(String::new, |[before, after]| {
            format!(
                "; load average {} before, {} after",
                fixed(before, 2),
                fixed(after, 2)
            )
        });
    let interval = bench
        .cases
        .iter()
        .find_map(|case| case.items_per_s_interval.as_ref());
    let interval = interval.map_or_else(String::new, |i| {
        format!(
            ". Brackets and whiskers: {} % interval, {}",
            fixed(i.level * 100.0, 0),
            i.method
        )
    });
    text::line(&format!(
        "{}, {}, {}; {} of {}; {} s to load{load}{interval}.",
        bench.backend.runtime,
        bench.backend.device,
        counted(bench.backend.threads, "thread"),
        counted(bench.dataset.n, "image"),
        bench.dataset.name,
        fixed(bench.load_s, 2),
    ))
}

fn case(case: &overnight_record::result::BenchCase) -> CaseView {
    let number = |value: Option<f64>| value.map_or_else(dash, significant);
    let mib = |value: Option<f64>| value.map_or_else(dash, mebibytes);
    CaseView {
        stage: case.stage.name(),
        batch: case.batch_size,
        rate: case.items_per_s.map_or_else(dash, |rate| {
            format!(
                "{} {}/s",
                rate_with(rate, case.items_per_s_interval.as_ref()),
                case.stage.item()
            )
        }),
        p50: number(case.batch_ms_p50),
        p90: number(case.batch_ms_p90),
        cpu: case.cpu_load.map_or_else(dash, |load| fixed(load, 2)),
        peak: mib(case.rss_mib_peak),
        device: mib(case.vram_mib_peak),
        n: case.batch_ms.len(),
        problem: match case.status {
            CaseStatus::Ok => None,
            CaseStatus::Unsupported => Some("not supported"),
            CaseStatus::Failed => Some("failed"),
            CaseStatus::NotRun => Some("not run"),
        }
        .map(|what| {
            let why = case
                .error
                .as_deref()
                .map_or_else(String::new, |e| format!(": {e}"));
            text::clipped(&format!("{what}{why}"), 200)
        }),
    }
}

fn accuracy(bench: &overnight_record::result::BenchResult) -> Option<String> {
    let accuracy = bench.accuracy.as_ref()?;
    let cer = &accuracy.cer;
    Some(format!(
        "Accuracy of the very readings that were timed: CER {}. {}",
        percent_or_dash(cer.micro, cer.interval.as_ref()),
        definition(
            &accuracy.profile,
            Some((&accuracy.definition, &accuracy.unit)),
            &counted(accuracy.n, "sample"),
            &bench.dataset.name,
            cer.interval.as_ref()
        )
    ))
}
