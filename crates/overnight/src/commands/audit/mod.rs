//! `overnight audit docs|links|code`.

mod code;
mod display;
mod docs;
mod docs_rules;
mod external;
mod links;
mod moves;
mod repository;
mod scope;
mod tool;

use std::collections::BTreeMap;
use std::path::PathBuf;

use overnight_audit::{AuditOutcome, FixLevel};
use overnight_record::ExitCode;
use overnight_record::result::{ResultFile, ResultStatus, ToolStatus};
use serde_json::Value;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight audit docs                 front matter, names and folders of documents
  overnight audit links --fix          broken links, the safely mendable ones mended
  overnight audit links --fix=all --diff   what mending the suggested ones too would change
  overnight audit code src             ruff and mypy on one folder

What is judged is set in [audit.docs], [audit.links] and [audit.code] of overnight.toml.
Exit codes: 0 clean; 1 findings remain; 3 none of the tools needed is installed.")]
pub(crate) struct Args {
    #[command(subcommand)]
    subject: Subject,
}

/// What is audited.
#[derive(Debug, clap::Subcommand)]
enum Subject {
    /// Judge documents: front matter, file names, folders
    Docs(Selection),
    /// Judge the links of Markdown files
    Links(Selection),
    /// Judge Python code with ruff check, ruff format and mypy
    Code(Selection),
}

/// What all audits are asked.
#[derive(Debug, clap::Args)]
struct Selection {
    /// Mend what can be mended without asking; with `=all`, what is only suggested too
    #[arg(
        long,
        value_name = "LEVEL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "safe"
    )]
    fix: Option<Level>,
    /// Print the fixes as a unified diff and change nothing (documents and links)
    #[arg(long)]
    diff: bool,
    /// Ask whether links to other sites answer: HEAD, then GET, once a second per host (links
    /// only)
    #[arg(long)]
    external: bool,
    /// Files or folders to look at [default: what overnight.toml says]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Which fixes are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Level {
    /// Those that leave one answer
    Safe,
    /// The suggested ones too
    All,
}

impl Selection {
    /// The fixes to make; those a diff shows are the safe ones unless told otherwise.
    fn level(&self) -> FixLevel {
        match (self.fix, self.diff) {
            (Some(Level::All), _) => FixLevel::All,
            (Some(Level::Safe), _) | (None, true) => FixLevel::Safe,
            (None, false) => FixLevel::None,
        }
    }

    /// Whether safe fixes are written.
    fn writes(&self) -> bool {
        self.fix.is_some() && !self.diff
    }
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let outcome = match &args.subject {
        Subject::Docs(selection) => docs::run(selection, context),
        Subject::Links(selection) => links::run(selection, context),
        Subject::Code(selection) => code::run(selection, context),
    }?;
    answer(outcome, context)
}

fn answer(outcome: AuditOutcome, context: &Context) -> Result<Output, Failure> {
    let status = status(&outcome);
    let exit = match status {
        _ if outcome.was_stopped => ExitCode::Interrupted,
        ResultStatus::Ok => ExitCode::Done,
        _ => ExitCode::Findings,
    };
    let human = if outcome.diffs.is_empty() {
        display::render(&outcome)
    } else {
        outcome.diffs.concat().trim_end_matches('\n').to_owned()
    };
    let message = display::verdict(&outcome);
    let open = outcome.open();
    let result = outcome.result;
    let counts = [
        ("files", result.files),
        ("items", result.items),
        ("findings_before", result.findings.len()),
        ("findings_after", open),
        ("changed_files", result.changed_files.len()),
    ];
    let summary: BTreeMap<String, Value> = counts
        .into_iter()
        .map(|(name, count)| (name.to_owned(), Value::from(count)))
        .collect();
    let mut file = ResultFile::new(status, result);
    file.message = (status != ResultStatus::Ok).then_some(message);
    file.summary = summary;
    Output::from_result(exit, human, file, context)
}

/// A tool that is missing leaves findings unknown; one that failed, or a file that could not
/// be written, means that the audit is not whole.
fn status(outcome: &AuditOutcome) -> ResultStatus {
    let tools = &outcome.result.tools;
    let any = |status| tools.iter().any(|tool| tool.status == status);
    if outcome.was_stopped || !outcome.failures.is_empty() {
        ResultStatus::Partial
    } else if any(ToolStatus::Failed) {
        if any(ToolStatus::Ran) {
            ResultStatus::Partial
        } else {
            ResultStatus::Failed
        }
    } else if outcome.open() > 0 || any(ToolStatus::Missing) {
        ResultStatus::Findings
    } else {
        ResultStatus::Ok
    }
}
