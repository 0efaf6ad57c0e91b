//! The preprocessor's section: enhancement and storage.

use super::definition;
use crate::facts::{Kind, Missing, Night};
use crate::number::{
    bytes, counted, dash, fixed, milliseconds, percent_or_dash, points_with, ratio_with,
    significant,
};
use crate::plot::{self, Svg};
use crate::text;
use crate::verdict::sentence;

/// Everything the section shows.
pub(super) struct PreprocessorView {
    pub(super) missing_enhance: Vec<Missing>,
    pub(super) missing_storage: Vec<Missing>,
    pub(super) enhances: Vec<EnhanceView>,
    pub(super) storages: Vec<StorageView>,
}

/// One enhancement study.
pub(super) struct EnhanceView {
    pub(super) step: String,
    pub(super) verdict: String,
    pub(super) definition: String,
    pub(super) plot: Option<Svg>,
    pub(super) arms: Vec<EnhanceRow>,
}

/// One of its arms.
pub(super) struct EnhanceRow {
    pub(super) name: String,
    pub(super) meaning: String,
    pub(super) cer: String,
    pub(super) difference: String,
    pub(super) counts: String,
    pub(super) filter: String,
    pub(super) total: String,
}

/// One storage study.
pub(super) struct StorageView {
    pub(super) step: String,
    pub(super) verdict: String,
    pub(super) about: String,
    pub(super) plot: Option<Svg>,
    pub(super) arms: Vec<StorageRow>,
    pub(super) failures: Vec<String>,
    pub(super) left_out: String,
}

/// One of its arms.
pub(super) struct StorageRow {
    pub(super) name: String,
    pub(super) meaning: String,
    pub(super) n: String,
    pub(super) bytes: String,
    pub(super) bytes_ratio: String,
    pub(super) decode: String,
    pub(super) decode_ratio: String,
    pub(super) encode: String,
    pub(super) psnr: String,
}

impl PreprocessorView {
    pub(super) fn new(night: &Night) -> Self {
        Self {
            missing_enhance: night.missing_or_unplanned(Kind::Enhance),
            missing_storage: night.missing_or_unplanned(Kind::Storage),
            enhances: enhances(night),
            storages: storages(night),
        }
    }
}

fn enhances(night: &Night) -> Vec<EnhanceView> {
    let results = night.results.enhances.iter();
    results
        .map(|result| {
            let body = result.body();
            let rows: Vec<_> = body
                .arms
                .iter()
                .filter_map(|arm| Some((arm.name.as_str(), arm.against_none.as_ref()?)))
                .collect();
            EnhanceView {
                step: result.step.to_string(),
                verdict: sentence(&body.verdict),
                definition: definition(
                    &body.profile,
                    Some((&body.definition, &body.unit)),
                    &counted(body.dataset.n, "sample"),
                    &body.dataset.name,
                    body.arms.first().and_then(|arm| arm.cer.interval.as_ref()),
                ),
                plot: plot::forest(
                    plot::Size::Whole,
                    "Difference to no enhancement, on the same samples",
                    &rows,
                ),
                arms: body
                    .arms
                    .iter()
                    .map(|arm| EnhanceRow {
                        name: text::line(&arm.name),
                        meaning: text::line(&arm.definition),
                        cer: percent_or_dash(arm.cer.micro, arm.cer.interval.as_ref()),
                        difference: arm
                            .against_none
                            .as_ref()
                            .map_or_else(dash, |p| points_with(p.difference, p.interval.as_ref())),
                        counts: arm.against_none.as_ref().map_or_else(dash, |p| {
                            format!("{} / {} / {}", p.wins, p.ties, p.losses)
                        }),
                        filter: milliseconds(arm.filter_ms_p50),
                        total: arm.total_ms_p50.map_or_else(dash, milliseconds),
                    })
                    .collect(),
            }
        })
        .collect()
}

fn storages(night: &Night) -> Vec<StorageView> {
    let results = night.results.storages.iter();
    results
        .map(|result| {
            let body = result.body();
            let interval = body
                .arms
                .iter()
                .find_map(|arm| arm.bytes_ratio_interval.as_ref());
            let interval = interval.map_or_else(String::new, |i| {
                format!(
                    " Brackets: {} % interval, {}.",
                    fixed(i.level * 100.0, 0),
                    i.method
                )
            });
            StorageView {
                step: result.step.to_string(),
                verdict: sentence(&body.verdict),
                about: text::line(&format!(
                    "{} of {}; decoding is timed from memory.{interval}",
                    counted(body.dataset.n, "image"),
                    body.dataset.name
                )),
                plot: plot::storage(body),
                arms: body
                    .arms
                    .iter()
                    .map(|arm| StorageRow {
                        name: text::line(&arm.name),
                        meaning: text::line(&arm.definition),
                        n: if arm.n_failed == 0 {
                            arm.n.to_string()
                        } else {
                            format!("{} ({} left out)", arm.n, arm.n_failed)
                        },
                        bytes: bytes(arm.bytes_total),
                        bytes_ratio: ratio_with(arm.bytes_ratio, arm.bytes_ratio_interval.as_ref()),
                        decode: significant(arm.decode_ms_per_mp),
                        decode_ratio: ratio_with(
                            arm.decode_ratio,
                            arm.decode_ratio_interval.as_ref(),
                        ),
                        encode: arm.encode_ms_per_mp.map_or_else(dash, significant),
                        psnr: arm.psnr_db_mean.map_or_else(
                            || "no loss".to_owned(),
                            |db| format!("{} dB", fixed(db, 1)),
                        ),
                    })
                    .collect(),
                left_out: format!("{} left out", counted(body.failures.len(), "image")),
                failures: body
                    .failures
                    .iter()
                    .map(|failure| {
                        let why = failure.error.as_deref().unwrap_or("no reason recorded");
                        text::clipped(&format!("{} ({}): {why}", failure.id, failure.status), 200)
                    })
                    .collect(),
            }
        })
        .collect()
}
