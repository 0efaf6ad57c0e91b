//! `DATASET_OPTIMIZATION_REPORT.md`: does enhancement help, does another format pay?

use overnight_record::result::{EnhanceResult, StorageResult};

use super::document::{Align, Document, Table, code, plain};
use super::{explain_missing, front_matter::front_matter, provenance, record_notes, run_line};
use crate::facts::{Kind, Night, StepResult};
use crate::number::{
    bytes, count, counted, dash, fixed, milliseconds, p_value, percent, percent_or_dash,
    points_with, ratio_with, significant,
};

pub(super) fn render(night: &Night) -> String {
    let results = &night.results;
    let enhancement = night.missing_or_unplanned(Kind::Enhance);
    let storage = night.missing_or_unplanned(Kind::Storage);
    let mut document = Document::default();
    document.heading(
        1,
        &format!("Dataset optimization: {}", plain(&night.record.project)),
    );
    let mut decisions = Vec::new();
    for result in &results.enhances {
        decisions.push(format!(
            "**Enhancement:** {}",
            plain(&result.body().verdict)
        ));
    }
    for result in &results.storages {
        decisions.push(format!("**Storage:** {}", plain(&result.body().verdict)));
    }
    document.list(&decisions);
    explain_missing(&mut document, "Enhancement was not measured.", &enhancement);
    explain_missing(&mut document, "Storage was not measured.", &storage);
    run_line(&mut document, night);
    for result in &results.enhances {
        enhance(&mut document, result);
    }
    for result in &results.storages {
        formats(&mut document, result);
    }
    let enhances = results
        .enhances
        .iter()
        .map(|r| provenance::command_of(night, r));
    let storages = results
        .storages
        .iter()
        .map(|r| provenance::command_of(night, r));
    let commands: Vec<_> = enhances.chain(storages).collect();
    if !commands.is_empty() {
        provenance::reproduce(&mut document, night, commands);
    }
    record_notes(&mut document, night);
    let is_complete = enhancement.is_empty() && storage.is_empty();
    front_matter(night, "Dataset optimization", is_complete) + &document.finish()
}

fn enhance(document: &mut Document, result: &StepResult<EnhanceResult>) {
    let body = result.body();
    document.heading(2, &format!("Step {}: enhancement", result.step));
    let first = body.arms.first();
    document.paragraph(&provenance::definition(
        &body.profile,
        Some((&body.definition, &body.unit)),
        &counted(body.dataset.n, "sample"),
        &body.dataset.name,
        first.and_then(|arm| arm.cer.interval.as_ref()),
    ));
    let mut table = Table::new(&[
        ("Arm", Align::Left),
        ("CER micro [interval]", Align::Right),
        ("CER median", Align::Right),
        ("Against none [interval]", Align::Right),
        ("Better / equal / worse", Align::Right),
        ("Test", Align::Right),
        ("Coverage", Align::Right),
    ]);
    for arm in &body.arms {
        let paired = arm.against_none.as_ref();
        table.row([
            code(&arm.name),
            percent_or_dash(arm.cer.micro, arm.cer.interval.as_ref()),
            percent_or_dash(arm.cer.median, None),
            paired.map_or_else(dash, |p| points_with(p.difference, p.interval.as_ref())),
            paired.map_or_else(dash, |p| format!("{} / {} / {}", p.wins, p.ties, p.losses)),
            paired
                .and_then(|p| p.test.as_ref())
                .map_or_else(dash, |test| format!("p {}", p_value(test.p))),
            percent(arm.coverage),
        ]);
    }
    document.table(&table);
    let test = body
        .arms
        .iter()
        .find_map(|arm| arm.against_none.as_ref()?.test.as_ref());
    if let Some(test) = test {
        document.paragraph(&format!("Test: {}.", plain(&test.name)));
    }
    document.heading(3, "What it costs");
    let mut table = Table::new(&[
        ("Arm", Align::Left),
        ("Enhancement, median per image", Align::Right),
        ("Enhancement per megapixel", Align::Right),
        ("Decoded image to text, median", Align::Right),
        ("What it computes", Align::Left),
    ]);
    for arm in &body.arms {
        table.row([
            code(&arm.name),
            milliseconds(arm.filter_ms_p50),
            milliseconds(arm.filter_ms_per_mp),
            arm.total_ms_p50.map_or_else(dash, milliseconds),
            plain(&arm.definition),
        ]);
    }
    document.table(&table);
    document.list(&[
        format!("Samples: {}", provenance::dataset(&body.dataset)),
        format!("Backend: {}", provenance::backend(&body.backend)),
        format!("Seed: {}", body.seed),
    ]);
}

fn formats(document: &mut Document, result: &StepResult<StorageResult>) {
    let body = result.body();
    document.heading(2, &format!("Step {}: storage", result.step));
    let mut table = Table::new(&[
        ("Arm", Align::Left),
        ("Images", Align::Right),
        ("Bytes", Align::Right),
        ("Of the source [interval]", Align::Right),
        ("Decode ms/Mpx", Align::Right),
        ("Of the source [interval]", Align::Right),
        ("Encode ms/Mpx", Align::Right),
        ("Mean PSNR", Align::Right),
    ]);
    for arm in &body.arms {
        table.row([
            code(&arm.name),
            images(arm.n, arm.n_failed),
            bytes(arm.bytes_total),
            ratio_with(arm.bytes_ratio, arm.bytes_ratio_interval.as_ref()),
            significant(arm.decode_ms_per_mp),
            ratio_with(arm.decode_ratio, arm.decode_ratio_interval.as_ref()),
            arm.encode_ms_per_mp.map_or_else(dash, significant),
            arm.psnr_db_mean
                .map_or_else(|| "no loss".to_owned(), |db| format!("{} dB", fixed(db, 1))),
        ]);
    }
    document.table(&table);
    let interval = body
        .arms
        .iter()
        .find_map(|arm| arm.bytes_ratio_interval.as_ref());
    if let Some(interval) = interval {
        document.paragraph(&format!(
            "Brackets: {} % interval, {}. Decoding is timed from memory.",
            fixed(interval.level * 100.0, 0),
            plain(&interval.method)
        ));
    }
    let mut lines: Vec<String> = body
        .arms
        .iter()
        .map(|arm| format!("{}: {}", code(&arm.name), plain(&arm.definition)))
        .collect();
    lines.push(format!("Samples: {}", provenance::dataset(&body.dataset)));
    document.list(&lines);
    if !body.failures.is_empty() {
        document.heading(3, "Images left out");
        let mut table = Table::new(&[
            ("Image", Align::Left),
            ("Status", Align::Left),
            ("Why", Align::Left),
        ]);
        for failure in &body.failures {
            table.row([
                code(&failure.id),
                failure.status.name().replace('_', " "),
                failure.error.as_deref().map_or_else(dash, plain),
            ]);
        }
        document.table(&table);
    }
}

fn images(n: usize, n_failed: usize) -> String {
    if n_failed == 0 {
        count(n)
    } else {
        format!("{} ({} left out)", count(n), count(n_failed))
    }
}
