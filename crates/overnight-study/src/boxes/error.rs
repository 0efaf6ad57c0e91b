//! Why boxes could not be scored.

use std::path::PathBuf;

use overnight_record::{Diagnose, ExitCode};

/// A scoring of boxes that could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum BoxError {
    /// The file cannot be opened.
    #[error("failed to read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no archive, or a part of it is broken.
    #[error("failed to read {path} as a zip file: {reason}")]
    Archive {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It holds more than is read.
    #[error("failed to read {archive}: {what} more than {limit}")]
    TooLarge {
        /// The archive.
        archive: PathBuf,
        /// What is too large, with its verb.
        what: String,
        /// The limit with its unit.
        limit: String,
    },
    /// More boxes lie over each other than are compared.
    #[error(
        "failed to score page `{id}` of {predictions} against {ground_truth}: too many boxes lie over each other"
    )]
    TooDense {
        /// The page.
        id: String,
        /// The archive of the ground truth.
        ground_truth: PathBuf,
        /// The archive of the predictions.
        predictions: PathBuf,
    },
    /// Two files are the same page.
    #[error("failed to use {archive}: {first} and {second} are both the page `{id}`")]
    RepeatedPage {
        /// The archive.
        archive: PathBuf,
        /// The page.
        id: String,
        /// Its first file.
        first: String,
        /// Its second file.
        second: String,
    },
    /// A prediction has no ground truth.
    #[error(
        "failed to score {archive}: {entry} is the page `{id}`, which {ground_truth} does not have"
    )]
    UnknownPage {
        /// The archive of the predictions.
        archive: PathBuf,
        /// The file in it.
        entry: String,
        /// The page.
        id: String,
        /// The archive of the ground truth.
        ground_truth: PathBuf,
    },
    /// The ground truth has no page.
    #[error("failed to score against {archive}: it has no file that ends in .txt")]
    NoPage {
        /// The archive.
        archive: PathBuf,
    },
    /// The metric counts characters, and the ground truth has none.
    #[error(
        "failed to score against {archive}: its boxes have no text, whose characters cleval counts"
    )]
    NoText {
        /// The archive.
        archive: PathBuf,
    },
    /// The lines are of another form than was said.
    #[error(
        "failed to use {archive}: in every line the text begins with numbers that belong to the box"
    )]
    Misread {
        /// The archive.
        archive: PathBuf,
        /// The option that says so.
        option: &'static str,
    },
    /// A line is not a box.
    #[error("{archive}: {entry} line {line}: {reason}")]
    Line {
        /// The archive.
        archive: PathBuf,
        /// The file in it.
        entry: String,
        /// The line from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
        /// What a line looks like.
        expected: String,
    },
}

impl Diagnose for BoxError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::NoPage { .. } => ExitCode::Precondition,
            _ => ExitCode::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => None,
            Self::Archive { .. } | Self::NoPage { .. } => Some(
                "an archive holds one text file a page, such as gt_img_1.txt or res_img_1.txt"
                    .to_owned(),
            ),
            Self::TooLarge { .. } => {
                Some("score the pages in several archives, and add up the counts".to_owned())
            }
            Self::TooDense { .. } => {
                Some("look whether the boxes are in pixels, and each is there only once".to_owned())
            }
            Self::RepeatedPage { .. } => {
                Some("a page is known by the name of its file, whatever folder it is in".to_owned())
            }
            Self::UnknownPage { .. } => Some(
                "the two files of a page have the same name but for gt_ and res_ before it"
                    .to_owned(),
            ),
            Self::NoText { .. } => Some("use --metric hmean, which counts boxes".to_owned()),
            Self::Misread { option, .. } => Some(format!("add {option}")),
            Self::Line { expected, .. } => Some(format!("a line is {expected}")),
        }
    }
}
