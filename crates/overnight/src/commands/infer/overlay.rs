//! `--overlay`: what was read, drawn by the reports' pen on the study's pictures.

use std::path::{Path, PathBuf};

use overnight_record::store::{self, Replacement};
use overnight_record::{ExitCode, Prediction};
use overnight_report::overlay::{Entry, Heading, Picture, index, sheet};
use overnight_study::dataset::Dataset;
use overnight_study::infer::Inferred;
use overnight_study::overlay::{Drawn, OverlaySpec, Reduced, draw};

use crate::context::Context;
use crate::failure::Failure;

/// The page that lists the samples.
fn index_path(folder: &Path) -> PathBuf {
    folder.join("index.html")
}

/// Fails where nothing could be written, before there is anything to draw.
pub(super) fn check(folder: &Path) -> Result<(), Failure> {
    Ok(Replacement::begin(&index_path(folder)).map(drop)?)
}

/// Draws every prediction into `folder`. Returns the page that lists them, and how many were
/// left because somebody wants to stop.
pub(super) fn write(
    context: &Context,
    dataset: &Dataset,
    inferred: &Inferred<'_>,
    folder: &Path,
) -> Result<(PathBuf, usize), Failure> {
    let pen = |prediction: &Prediction, reduced: Option<&Reduced>| {
        let picture = reduced.map(|reduced| Picture {
            jpeg: &reduced.jpeg,
            width: reduced.width,
            height: reduced.height,
        });
        sheet(prediction, picture.as_ref())
    };
    let spec = OverlaySpec {
        dataset,
        folder,
        draw: &pen,
    };
    let drawn = draw(
        &spec,
        inferred.predictions(),
        &context.progress(),
        &context.stop,
    )?;
    let n_left = dataset.len() - drawn.len();
    let backend = &inferred.result.backend;
    let heading = Heading {
        dataset: dataset.name(),
        backend: &backend.name,
        runtime: &backend.runtime,
        n_left,
    };
    let entries: Vec<Entry> = drawn.into_iter().map(entry).collect();
    let page = index(&heading, &entries).map_err(|error| {
        Failure::new(
            ExitCode::Temporary,
            format!("failed to list the overlays: {error}"),
        )
    })?;
    let path = index_path(folder);
    store::write_atomically(&path, page.as_bytes())?;
    Ok((path, n_left))
}

fn entry(drawn: Drawn) -> Entry {
    Entry {
        id: drawn.id,
        file: drawn.file,
        status: drawn.status,
        n_lines: drawn.n_lines,
        confidence: drawn.confidence,
        weakest: drawn.weakest,
        ms: drawn.ms,
        says: drawn.says,
    }
}
