//! Scoring found boxes against a ground truth, both as archives in the form that the programs
//! of the ICDAR competitions and CLEval read: a zip file with one text file a page, one box
//! a line.

mod archive;
mod error;
mod line;
mod page;

use std::path::PathBuf;

use overnight_metrics::boxes::{BoxCounts, Cleval, ClevalCounts, Hmean, Splits, TextBox};
use overnight_record::result::{BoxPage, BoxScore, BoxScoreResult, BoxSplits, ResultStatus};
use rayon::prelude::*;

use crate::predictions::counted;
use archive::Archive;
use page::Reading;

pub use error::BoxError;
pub use line::BoxForm;

/// A measure of boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoxMetric {
    /// Characters found and read (Y. Baek et al., CVPRW 2020).
    Cleval,
    /// Boxes found and read, one to one at an IoU above 0.5 (ICDAR 2015).
    Hmean,
}

impl BoxMetric {
    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cleval => "cleval",
            Self::Hmean => "hmean",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Cleval => "character",
            Self::Hmean => "box",
        }
    }

    fn definition(self, case_sensitive: bool) -> String {
        let rule = match self {
            Self::Cleval => {
                "CLEval 0.1.1: area precision 0.3, granularity penalty 1, vertical below 0.5"
            }
            Self::Hmean => {
                "ICDAR 2015: one to one, IoU above 0.5, found boxes more than half in a \
                 don't-care region left out"
            }
        };
        let case = if case_sensitive {
            "as it is"
        } else {
            "ignored"
        };
        format!("{rule}; case {case}; ### is don't care")
    }
}

/// What to score and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoxSpec {
    /// Zip file of the ground truth.
    pub ground_truth: PathBuf,
    /// Zip file of the predictions.
    pub predictions: PathBuf,
    /// The measure.
    pub metric: BoxMetric,
    /// How a line gives its box.
    pub form: BoxForm,
    /// Whether the lines of the predictions have a confidence after the box.
    pub has_confidence: bool,
    /// Whether texts must agree in case.
    pub case_sensitive: bool,
}

/// What was scored, and what a reader must know beside the numbers.
#[derive(Debug, Clone)]
pub struct ScoredBoxes {
    /// The typed result.
    pub result: BoxScoreResult,
    /// `ok`, or `findings` when a page has no prediction.
    pub status: ResultStatus,
    /// What is remarkable, in one line.
    pub message: Option<String>,
}

/// Scores the pages of two archives.
///
/// Every page of the ground truth is scored. One without a file among the predictions counts
/// as one on which nothing was found, and is reported; a prediction without ground truth is
/// an error.
///
/// # Errors
/// [`BoxError`].
pub fn score_boxes(spec: &BoxSpec) -> Result<ScoredBoxes, BoxError> {
    let ground_truth = Archive::read(&spec.ground_truth)?;
    let predictions = Archive::read(&spec.predictions)?;
    if let Some(entry) = predictions
        .pages
        .iter()
        .find(|entry| ground_truth.page(&entry.id).is_none())
    {
        return Err(BoxError::UnknownPage {
            archive: spec.predictions.clone(),
            entry: entry.name.clone(),
            id: entry.id.clone(),
            ground_truth: spec.ground_truth.clone(),
        });
    }
    if ground_truth.pages.is_empty() {
        return Err(BoxError::NoPage {
            archive: spec.ground_truth.clone(),
        });
    }
    let gt = Reading::of(&ground_truth, spec.form, false)?;
    let found = Reading::of(&predictions, spec.form, spec.has_confidence)?;
    if spec.metric == BoxMetric::Cleval && !gt.has_text {
        return Err(BoxError::NoText {
            archive: spec.ground_truth.clone(),
        });
    }
    let end_to_end = gt.has_text && found.has_text;
    let rows: Vec<Row> = ground_truth
        .pages
        .par_iter()
        .map(|entry| {
            let regions = gt.page(entry)?;
            let predicted = predictions.page(&entry.id);
            let boxes = predicted.map_or_else(|| Ok(Vec::new()), |entry| found.page(entry))?;
            if page::is_too_dense(&regions, &boxes) {
                return Err(BoxError::TooDense {
                    id: entry.id.clone(),
                    ground_truth: spec.ground_truth.clone(),
                    predictions: spec.predictions.clone(),
                });
            }
            let sums = Sums::of(spec, &regions, &boxes, end_to_end);
            Ok(Row {
                id: entry.id.clone(),
                is_predicted: predicted.is_some(),
                sums,
            })
        })
        .collect::<Result<_, BoxError>>()?;
    Ok(conclude(
        spec,
        rows,
        ground_truth.n_ignored + predictions.n_ignored,
    ))
}

/// Counts of a page.
#[derive(Debug)]
struct Row {
    id: String,
    is_predicted: bool,
    sums: Sums,
}

/// Counts of a page or of several, in the units of the metric.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    detection: ClevalCounts,
    end_to_end: Option<ClevalCounts>,
    splits: Option<Splits>,
}

impl Sums {
    fn of(spec: &BoxSpec, regions: &[TextBox], found: &[TextBox], end_to_end: bool) -> Self {
        match spec.metric {
            BoxMetric::Cleval => {
                let cleval = Cleval {
                    case_sensitive: spec.case_sensitive,
                    end_to_end,
                };
                let page = cleval.page(regions, found);
                Self {
                    detection: page.detection,
                    end_to_end: page.end_to_end,
                    splits: Some(page.splits),
                }
            }
            BoxMetric::Hmean => {
                let hmean = Hmean {
                    case_sensitive: spec.case_sensitive,
                    ..Hmean::ICDAR_2015
                };
                let page = hmean.page(regions, found);
                Self {
                    detection: whole(page.detection),
                    end_to_end: end_to_end.then(|| whole(page.end_to_end)),
                    splits: None,
                }
            }
        }
    }

    fn add(&mut self, other: &Self) {
        self.detection += other.detection;
        if let Some(counts) = other.end_to_end {
            *self.end_to_end.get_or_insert_default() += counts;
        }
        if let Some(splits) = other.splits {
            *self.splits.get_or_insert_default() += splits;
        }
    }
}

/// Whole boxes in the form of the counts that have more to say.
fn whole(counts: BoxCounts) -> ClevalCounts {
    ClevalCounts {
        n_gt: counts.n_gt,
        n_det: counts.n_det,
        tp: counts.tp,
        fp: counts.n_det - counts.tp,
        ..ClevalCounts::default()
    }
}

fn score(counts: &ClevalCounts) -> BoxScore {
    let rates = counts.rates();
    BoxScore {
        recall: rates.recall,
        precision: rates.precision,
        hmean: rates.hmean,
        n_gt: counts.n_gt,
        n_det: counts.n_det,
        tp: counts.tp,
        fp: counts.fp,
        granularity_recall: counts.granularity_recall,
        granularity_precision: counts.granularity_precision,
    }
}

fn splits(splits: &Splits) -> BoxSplits {
    BoxSplits {
        n_split: splits.n_split,
        n_merged: splits.n_merged,
        n_char_overlapped: splits.n_char_overlapped,
    }
}

fn conclude(spec: &BoxSpec, rows: Vec<Row>, n_ignored: usize) -> ScoredBoxes {
    let mut sums = Sums::default();
    rows.iter().for_each(|row| sums.add(&row.sums));
    let n = rows.len();
    let n_unpredicted = rows.iter().filter(|row| !row.is_predicted).count();
    let mut remarks = Vec::new();
    if n_unpredicted > 0 {
        remarks.push(format!(
            "{n_unpredicted} of {} without a prediction, counted as if nothing had been found",
            counted(n, "page", "pages")
        ));
    }
    if n_ignored > 0 {
        remarks.push(format!(
            "{} not ending in .txt ignored",
            counted(n_ignored, "file", "files")
        ));
    }
    let result = BoxScoreResult {
        metric: spec.metric.name().to_owned(),
        definition: spec.metric.definition(spec.case_sensitive),
        unit: spec.metric.unit().to_owned(),
        box_type: spec.form.name().to_owned(),
        ground_truth: spec.ground_truth.to_string_lossy().into_owned(),
        predictions: spec.predictions.to_string_lossy().into_owned(),
        n,
        n_unpredicted,
        detection: score(&sums.detection),
        end_to_end: sums.end_to_end.as_ref().map(score),
        splits: sums.splits.as_ref().map(splits),
        pages: rows
            .into_iter()
            .map(|row| BoxPage {
                id: row.id,
                is_predicted: row.is_predicted,
                detection: score(&row.sums.detection),
                end_to_end: row.sums.end_to_end.as_ref().map(score),
                splits: row.sums.splits.as_ref().map(splits),
            })
            .collect(),
    };
    ScoredBoxes {
        status: if n_unpredicted == 0 {
            ResultStatus::Ok
        } else {
            ResultStatus::Findings
        },
        message: (!remarks.is_empty()).then(|| remarks.join("; ")),
        result,
    }
}
