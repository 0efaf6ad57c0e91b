//! What was read in the night.

use crate::facts::Night;
use crate::gap::failures;
use crate::number::{count, dash, duration, significant};
use crate::text;

/// One inference.
pub(in crate::page) struct InferView {
    pub(in crate::page) step: String,
    pub(in crate::page) backend: String,
    pub(in crate::page) dataset: String,
    pub(in crate::page) n: String,
    pub(in crate::page) now: String,
    pub(in crate::page) cached: String,
    pub(in crate::page) failures: String,
    pub(in crate::page) rate: String,
    pub(in crate::page) wall: String,
}

pub(super) fn views(night: &Night) -> Vec<InferView> {
    let infers = night.results.infers.iter();
    if infers.len() < 2 {
        return Vec::new();
    }
    infers
        .map(|result| {
            let body = result.body();
            InferView {
                step: result.step.to_string(),
                backend: text::line(&body.backend.name),
                dataset: text::line(&body.dataset.name),
                n: count(body.n),
                now: count(body.n_inferred),
                cached: count(body.n_cached),
                failures: failures(&body.statuses),
                rate: body.images_per_s.map_or_else(dash, significant),
                wall: duration(body.wall_s),
            }
        })
        .collect()
}
