//! `overnight score --boxes-gt GT.zip --boxes-pred PRED.zip`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use overnight_record::ExitCode;
use overnight_record::result::{BoxPage, BoxScore, BoxScoreResult, ResultFile, ResultStatus};
use overnight_study::boxes::{BoxForm, BoxMetric, BoxSpec, score_boxes};
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::table::{Table, percent};

/// Pages listed for people.
const MOST_LISTED: usize = 10;

#[derive(Debug, clap::Args)]
pub(super) struct BoxArgs {
    /// Zip file of the true boxes, instead of dataset and predictions
    #[arg(long, value_name = "ZIP", help_heading = "Boxes")]
    boxes_gt: Option<PathBuf>,
    /// Zip file of the boxes that were found
    #[arg(long, value_name = "ZIP", help_heading = "Boxes")]
    boxes_pred: Option<PathBuf>,
    /// Measure of boxes [default: cleval]
    #[arg(long, value_enum, help_heading = "Boxes")]
    metric: Option<Metric>,
    /// How a line gives its box [default: quad]
    #[arg(long, value_enum, help_heading = "Boxes")]
    box_type: Option<Form>,
    /// Lines of the predictions have a confidence after the box
    #[arg(long, help_heading = "Boxes")]
    confidences: bool,
    /// Texts are compared in upper case
    #[arg(long, help_heading = "Boxes")]
    ignore_case: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Metric {
    /// Characters found and read (CLEval)
    Cleval,
    /// Boxes at an IoU above 0.5 (ICDAR 2015)
    Hmean,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Form {
    /// left,top,right,bottom
    Ltrb,
    /// x1,y1,...,x4,y4
    Quad,
    /// x1,y1,...,xn,yn
    Poly,
}

impl BoxArgs {
    /// Every option about boxes, as clap knows it. With one of them no texts are asked for.
    pub(super) const NAMES: [&'static str; 6] = [
        "boxes_gt",
        "boxes_pred",
        "metric",
        "box_type",
        "confidences",
        "ignore_case",
    ];

    /// What is asked for; `None` when it is not about boxes. `about_texts` are the options
    /// given that are not.
    pub(super) fn spec(&self, about_texts: &[&str]) -> Result<Option<BoxSpec>, Failure> {
        let usage =
            |message: String, hint: &str| Err(Failure::with_hint(ExitCode::Usage, message, hint));
        let (ground_truth, predictions) = match (&self.boxes_gt, &self.boxes_pred) {
            (Some(ground_truth), Some(predictions)) => (ground_truth, predictions),
            (None, None) => {
                return match self.given() {
                    Some(option) => usage(
                        format!("{option} is about boxes, and none are given"),
                        "name two zip files of boxes with --boxes-gt and --boxes-pred, or leave \
                         the option out",
                    ),
                    None => Ok(None),
                };
            }
            (Some(_), None) => {
                return usage(
                    "--boxes-gt needs the boxes that were found".to_owned(),
                    "name their zip file with --boxes-pred",
                );
            }
            (None, Some(_)) => {
                return usage(
                    "--boxes-pred needs the true boxes".to_owned(),
                    "name their zip file with --boxes-gt",
                );
            }
        };
        if let Some(option) = about_texts.first() {
            return usage(
                format!("{option} is about texts and cannot be used with --boxes-gt"),
                "score texts and boxes with a command each",
            );
        }
        Ok(Some(BoxSpec {
            ground_truth: ground_truth.clone(),
            predictions: predictions.clone(),
            metric: match self.metric {
                None | Some(Metric::Cleval) => BoxMetric::Cleval,
                Some(Metric::Hmean) => BoxMetric::Hmean,
            },
            form: match self.box_type {
                Some(Form::Ltrb) => BoxForm::Ltrb,
                None | Some(Form::Quad) => BoxForm::Quad,
                Some(Form::Poly) => BoxForm::Poly,
            },
            has_confidence: self.confidences,
            case_sensitive: !self.ignore_case,
        }))
    }

    /// An option given that means nothing without boxes.
    fn given(&self) -> Option<&'static str> {
        [
            ("--metric", self.metric.is_some()),
            ("--box-type", self.box_type.is_some()),
            ("--confidences", self.confidences),
            ("--ignore-case", self.ignore_case),
        ]
        .into_iter()
        .find_map(|(name, is_given)| is_given.then_some(name))
    }
}

pub(super) fn run(spec: &BoxSpec, context: &Context) -> Result<Output, Failure> {
    let scored = score_boxes(spec)?;
    let exit = match scored.status {
        ResultStatus::Ok => ExitCode::Done,
        _ => ExitCode::Findings,
    };
    let human = human(&scored.result, scored.message.as_deref());
    let mut file = ResultFile::new(scored.status, scored.result);
    let body = &file.body;
    file.summary = BTreeMap::from([
        ("metric".to_owned(), json!(body.metric)),
        ("n".to_owned(), json!(body.n)),
        ("detection_hmean".to_owned(), json!(body.detection.hmean)),
        (
            "end_to_end_hmean".to_owned(),
            json!(body.end_to_end.as_ref().map(|score| score.hmean)),
        ),
    ]);
    file.message = scored.message;
    Output::from_result(exit, human, file, context)
}

fn human(result: &BoxScoreResult, message: Option<&str>) -> String {
    let pages = if result.n == 1 { "page" } else { "pages" };
    let mut text = format!(
        "{} against {} {pages} of {}\n\nmetric {}: {}; counts in {}\n",
        result.predictions,
        result.n,
        result.ground_truth,
        result.metric,
        result.definition,
        match result.unit.as_str() {
            "box" => "boxes",
            _ => "characters",
        },
    );
    text.push_str(&totals(result));
    if let Some(splits) = &result.splits {
        text.push_str(&format!(
            "regions in several boxes: {}; boxes over several regions: {}; characters held twice: {}\n",
            splits.n_split, splits.n_merged, splits.n_char_overlapped
        ));
    }
    text.push_str(&worst_pages(result));
    if let Some(message) = message {
        text.push_str(&format!("\n{message}\n"));
    }
    text
}

const RATES: [&str; 7] = [
    "recall",
    "precision",
    "H-mean",
    "true",
    "found",
    "right",
    "wrong",
];

fn cells(score: &BoxScore) -> [String; 7] {
    [
        percent(Some(score.recall), 2),
        percent(Some(score.precision), 2),
        percent(Some(score.hmean), 2),
        score.n_gt.to_string(),
        score.n_det.to_string(),
        score.tp.to_string(),
        score.fp.to_string(),
    ]
}

fn totals(result: &BoxScoreResult) -> String {
    let mut header = vec!["%"];
    header.extend(RATES);
    let mut table = Table::new(1, &header);
    let rows = [
        ("detection", Some(&result.detection)),
        ("end-to-end", result.end_to_end.as_ref()),
    ];
    for (name, score) in rows {
        if let Some(score) = score {
            table.row(std::iter::once(name.to_owned()).chain(cells(score)));
        }
    }
    table.render()
}

/// The pages with the lowest H-mean, of end-to-end where there is one.
fn worst_pages(result: &BoxScoreResult) -> String {
    if result.n < 2 {
        return String::new();
    }
    let score = |page: &BoxPage| page.end_to_end.clone().unwrap_or(page.detection.clone());
    let mut worst: Vec<&BoxPage> = result.pages.iter().collect();
    worst.sort_by(|a, b| score(a).hmean.total_cmp(&score(b).hmean));
    worst.truncate(MOST_LISTED);
    let mut header = vec!["page"];
    header.extend(RATES);
    let mut table = Table::new(1, &header);
    for page in &worst {
        table.row(std::iter::once(page.id.clone()).chain(cells(&score(page))));
    }
    let by = if result.end_to_end.is_some() {
        "end-to-end"
    } else {
        "detection"
    };
    let which = if worst.len() < result.n {
        format!("the {} worst of {} pages", worst.len(), result.n)
    } else {
        format!("all {} pages, worst first", result.n)
    };
    format!("\n{by}, {which}:\n{}", table.render())
}
