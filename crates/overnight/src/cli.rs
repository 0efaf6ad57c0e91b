//! The command line as clap sees it. Each verb's own arguments live with the verb.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::commands::Command;

/// Runs the night shift of an OCR project: repairs documents and code, measures OCR
/// backends, compares them, tries preprocessing, and leaves one report.
#[derive(Debug, Parser)]
#[command(
    name = "overnight",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(after_help = "Examples:
  overnight demo                              a whole night on a sample project
  overnight plan explain PLAN.md              what each step of a plan would run
  overnight run PLAN.md                       run it
  overnight run PLAN.md --resume last         go on after a crash

Exit codes: 0 done and clean; 1 done, with findings, failed steps or unmet criteria;
2 wrong usage or configuration; 3 a precondition is missing; 75 temporary failure;
130 interrupted.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options every verb takes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct GlobalArgs {
    /// Folder of the project [default: the nearest parent with overnight.toml or .git].
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help_heading = "Global options"
    )]
    pub(crate) project: Option<PathBuf>,
    /// Output on stdout: text for people, or one JSON document.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        help_heading = "Global options"
    )]
    pub(crate) format: Format,
    /// More about what happens, on stderr (-v information, -vv everything).
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub(crate) verbose: u8,
    /// Colours.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        help_heading = "Global options"
    )]
    pub(crate) color: Color,
    /// Answer every question with yes.
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) yes: bool,
}

/// The form of the answer on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// Text for people.
    #[default]
    Human,
    /// One JSON document.
    Json,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal without `NO_COLOR`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
