//! The doorway: arguments in, exit code out.

mod artifact;
mod cli;
mod commands;
mod context;
mod failure;
mod machine;
mod moment;
mod output;
mod progress;
mod rates;
mod reading;
mod signals;
mod table;
mod wiring;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    output::conclude(&cli.global, commands::dispatch(&cli))
}
