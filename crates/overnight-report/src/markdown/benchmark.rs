//! `BENCHMARK_REPORT.md`: speed and memory, with accuracy beside them.

use overnight_record::result::{BenchCase, BenchResult, CaseStatus, ResultStatus};

use super::document::{Align, Document, Table, code, plain};
use super::{explain_missing, front_matter::front_matter, provenance, record_notes, run_line};
use crate::facts::{Kind, Night, StepResult};
use crate::number::{
    counted, dash, fixed, mebibytes, milliseconds, percent, percent_or_dash, rate_with,
};
use crate::verdict::best_case;

pub(super) fn render(night: &Night) -> String {
    let missing = night.missing_or_unplanned(Kind::Bench);
    let results = &night.results.benches;
    let mut document = Document::default();
    document.heading(
        1,
        &format!("Benchmark report: {}", plain(&night.record.project)),
    );
    let lead = if results.is_empty() {
        "Not measured."
    } else {
        "Not all was measured."
    };
    explain_missing(&mut document, lead, &missing);
    for result in results {
        document.paragraph(&headline(result.body()));
    }
    run_line(&mut document, night);
    for result in results {
        section(&mut document, night, result);
    }
    if !results.is_empty() {
        let commands = results
            .iter()
            .map(|result| provenance::command_of(night, result));
        provenance::reproduce(&mut document, night, commands);
    }
    record_notes(&mut document, night);
    front_matter(night, "Benchmark report", missing.is_empty()) + &document.finish()
}

fn headline(bench: &BenchResult) -> String {
    let Some(case) = best_case(bench) else {
        return format!(
            "No case of {} could be measured.",
            code(&bench.backend.name)
        );
    };
    let rate = rate_with(
        case.items_per_s.unwrap_or(0.0),
        case.items_per_s_interval.as_ref(),
    );
    let what = match case.stage {
        overnight_record::result::BenchStage::Pipeline => "image bytes to text",
        overnight_record::result::BenchStage::Detection => "text detection alone",
        overnight_record::result::BenchStage::Recognition => "text recognition alone",
    };
    format!(
        "**{} handles {rate} {} a second** ({what}, batch size {}, {}, {} of {}).",
        code(&bench.backend.name),
        case.stage.item(),
        case.batch_size,
        plain(&bench.backend.device),
        counted(bench.dataset.n, "image"),
        code(&bench.dataset.name),
    )
}

fn section(document: &mut Document, night: &Night, result: &StepResult<BenchResult>) {
    let bench = result.body();
    document.heading(
        2,
        &format!("Step {}: {}", result.step, code(&bench.backend.name)),
    );
    if result.file.status == ResultStatus::Partial {
        document.paragraph("This result is partial: the work was stopped before its end.");
    }
    provenance::hardware(document, provenance::host_of(night, &result.file));
    document.list(&[
        format!("Samples: {}", provenance::dataset(&bench.dataset)),
        format!("Backend: {}", provenance::backend(&bench.backend)),
        format!(
            "Load: {} s to load the backend{}",
            fixed(bench.load_s, 2),
            load_average(bench)
        ),
        format!("Seed: {}", bench.seed),
    ]);
    document.heading(3, "Throughput and latency");
    document.table(&throughput(bench));
    document.paragraph(&method(bench));
    let failed: Vec<String> = bench.cases.iter().filter_map(not_measured).collect();
    document.list(&failed);
    if !bench.stages.is_empty() {
        document.heading(3, "Where the time goes");
        let mut table = Table::new(&[
            ("Stage of the pipeline", Align::Left),
            ("Mean ms per image", Align::Right),
            ("Share", Align::Right),
        ]);
        for stage in &bench.stages {
            table.row([
                plain(&stage.stage),
                crate::number::significant(stage.ms_mean),
                percent(stage.share),
            ]);
        }
        document.table(&table);
    }
    document.heading(3, "Memory");
    document.table(&memory(bench));
    if bench.cases.iter().all(|case| case.vram_mib_peak.is_none()) {
        document.paragraph("No device memory was measured in this run.");
    }
    accuracy(document, bench);
    let notes: Vec<String> = bench.notes.iter().map(|note| plain(note)).collect();
    document.list(&notes);
}

fn load_average(bench: &BenchResult) -> String {
    bench
        .load_average
        .map_or_else(String::new, |[before, after]| {
            format!(
                "; load average of the machine (1 min) {} before and {} after",
                fixed(before, 2),
                fixed(after, 2)
            )
        })
}

fn throughput(bench: &BenchResult) -> Table {
    let mut table = Table::new(&[
        ("Stage", Align::Left),
        ("Batch", Align::Right),
        ("Items/s [interval]", Align::Right),
        ("Item", Align::Left),
        ("p50 ms/batch", Align::Right),
        ("p90 ms/batch", Align::Right),
        ("CPU load", Align::Right),
        ("Timed batches", Align::Right),
    ]);
    for case in &bench.cases {
        let ms = |value: Option<f64>| value.map_or_else(dash, crate::number::significant);
        table.row([
            case.stage.name().to_owned(),
            case.batch_size.to_string(),
            case.items_per_s.map_or_else(
                || status(case.status),
                |rate| rate_with(rate, case.items_per_s_interval.as_ref()),
            ),
            case.stage.item().to_owned(),
            ms(case.batch_ms_p50),
            ms(case.batch_ms_p90),
            case.cpu_load.map_or_else(dash, |load| fixed(load, 2)),
            case.batch_ms.len().to_string(),
        ]);
    }
    table
}

fn status(status: CaseStatus) -> String {
    match status {
        CaseStatus::Ok => dash(),
        CaseStatus::Unsupported => "not supported".to_owned(),
        CaseStatus::Failed => "failed".to_owned(),
        CaseStatus::NotRun => "not run".to_owned(),
    }
}

fn not_measured(case: &BenchCase) -> Option<String> {
    (case.status != CaseStatus::Ok).then(|| {
        format!(
            "{}, batch size {}: {}. {}",
            case.stage.name(),
            case.batch_size,
            status(case.status),
            case.error.as_deref().map_or_else(String::new, plain)
        )
    })
}

fn method(bench: &BenchResult) -> String {
    let interval = bench
        .cases
        .iter()
        .find_map(|case| case.items_per_s_interval.as_ref());
    let interval = interval.map_or_else(String::new, |i| {
        format!(
            " Brackets: {} % interval, {}.",
            fixed(i.level * 100.0, 0),
            plain(&i.method)
        )
    });
    format!(
        "Wall-clock time of whole batches after untimed warm-up; the 90th percentile stands only from 64 measurements on. CPU load is processor seconds per wall-clock second.{interval}"
    )
}

fn memory(bench: &BenchResult) -> Table {
    let mut table = Table::new(&[
        ("Stage", Align::Left),
        ("Batch", Align::Right),
        ("Resident before", Align::Right),
        ("Resident peak", Align::Right),
        ("Device peak", Align::Right),
    ]);
    for case in bench
        .cases
        .iter()
        .filter(|case| case.status == CaseStatus::Ok)
    {
        let mib = |value: Option<f64>| value.map_or_else(dash, mebibytes);
        table.row([
            case.stage.name().to_owned(),
            case.batch_size.to_string(),
            mib(case.rss_mib_before),
            mib(case.rss_mib_peak),
            mib(case.vram_mib_peak),
        ]);
    }
    table
}

/// Accuracy beside speed: a fast reader that reads wrong is not fast.
fn accuracy(document: &mut Document, bench: &BenchResult) {
    document.heading(3, "Accuracy of the very readings that were timed");
    let Some(accuracy) = &bench.accuracy else {
        document.paragraph("No error rate: the dataset has no references for these images.");
        return;
    };
    let cer = &accuracy.cer;
    let mut table = Table::new(&[
        ("Backend", Align::Left),
        ("CER micro [interval]", Align::Right),
        ("CER median", Align::Right),
        ("Edits / reference length", Align::Right),
        ("Pipeline images/s", Align::Right),
        ("p50 per batch", Align::Right),
        ("Batch", Align::Right),
    ]);
    let pipeline = best_case(bench)
        .filter(|case| case.stage == overnight_record::result::BenchStage::Pipeline);
    table.row([
        code(&bench.backend.name),
        percent_or_dash(cer.micro, cer.interval.as_ref()),
        percent_or_dash(cer.median, None),
        provenance::edits(cer),
        pipeline
            .and_then(|case| case.items_per_s)
            .map_or_else(dash, crate::number::significant),
        pipeline
            .and_then(|case| case.batch_ms_p50)
            .map_or_else(dash, milliseconds),
        pipeline.map_or_else(dash, |case| case.batch_size.to_string()),
    ]);
    document.table(&table);
    document.paragraph(&provenance::definition(
        &accuracy.profile,
        Some((&accuracy.definition, &accuracy.unit)),
        &counted(accuracy.n, "sample"),
        &bench.dataset.name,
        cer.interval.as_ref(),
    ));
}
