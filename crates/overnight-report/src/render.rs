//! All reports of a run folder, in memory or on disk.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use overnight_record::store::{self, StoreError};
use overnight_record::{Diagnose, ExitCode};

use crate::facts::{self, FactsError};
use crate::{junit, markdown, page, verdict};

/// File name of the report for the browser.
pub const HTML_REPORT: &str = "index.html";

/// One rendered report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// Its file name, without folders.
    pub name: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Every report of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The run, in one sentence.
    pub headline: String,
    /// What is wrong with the record itself, one sentence each; the reports show it too.
    pub notes: Vec<String>,
    /// The page for the browser first, then the named reports, then the one for machines.
    pub files: Vec<ReportFile>,
}

/// Reports that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The folder is not a readable run.
    #[error(transparent)]
    Facts(#[from] FactsError),
    /// A report could not be written; the old one is untouched.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The page could not be put together.
    #[error("failed to lay out the page of {dir}")]
    Page {
        /// The run's folder.
        dir: PathBuf,
        /// Why.
        source: askama::Error,
    },
}

impl Diagnose for ReportError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Facts(error) => error.exit_code(),
            Self::Store(error) => error.exit_code(),
            Self::Page { .. } => ExitCode::Temporary,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Facts(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Page { .. } => None,
        }
    }
}

/// Renders every report of the run in `run_dir`; reads files only, and only below it or
/// where its results point.
///
/// # Errors
/// [`ReportError`] when the folder has no readable `run.json`. Steps that failed, results
/// that are missing or broken are no errors: the reports say so.
pub fn render(run_dir: &Path) -> Result<Rendered, ReportError> {
    let night = facts::load(run_dir)?;
    let page = page::render(&night).map_err(|source| ReportError::Page {
        dir: run_dir.to_owned(),
        source,
    })?;
    let mut files = vec![ReportFile {
        name: HTML_REPORT,
        bytes: page.into_bytes(),
    }];
    for (name, text) in markdown::render(&night) {
        files.push(ReportFile {
            name,
            bytes: text.into_bytes(),
        });
    }
    files.push(ReportFile {
        name: junit::JUNIT_REPORT,
        bytes: junit::render(&night).into_bytes(),
    });
    Ok(Rendered {
        headline: verdict::verdict(&night).headline,
        notes: night.notes,
        files,
    })
}

/// What every text passes before it is written, to take secrets out of it.
pub type Clear<'a> = dyn Fn(&str) -> Cow<'_, str> + 'a;

/// Renders every report and writes it into `<run_dir>/report/`, each file replaced whole and
/// passed through `clear` before. Returns the paths in the order of [`Rendered::files`].
///
/// # Errors
/// As [`render`], or when a file cannot be written.
pub fn write(run_dir: &Path, clear: &Clear<'_>) -> Result<Vec<PathBuf>, ReportError> {
    let folder = run_dir.join("report");
    let mut paths = Vec::new();
    for file in render(run_dir)?.files {
        let path = folder.join(file.name);
        store::write_atomically(&path, cleared(&file.bytes, clear).as_bytes())?;
        paths.push(path);
    }
    Ok(paths)
}

/// Every report is text; should one not be, it is made so rather than written unseen.
fn cleared(bytes: &[u8], clear: &Clear<'_>) -> String {
    clear(&String::from_utf8_lossy(bytes)).into_owned()
}

/// Copies the named reports of `run_dir`, as [`write`] left them, into `folder`, each file
/// replaced whole; other files there are not touched. Returns the copies.
///
/// # Errors
/// [`ReportError::Store`] when a report is missing or a copy cannot be written.
pub fn copy_named(run_dir: &Path, folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let mut copies = Vec::new();
    for name in markdown::NAMED_REPORTS {
        let path = run_dir.join("report").join(name);
        let bytes = fs::read(&path).map_err(|source| StoreError::Read { path, source })?;
        let copy = folder.join(name);
        store::write_atomically(&copy, &bytes)?;
        copies.push(copy);
    }
    Ok(copies)
}
