//! `overnight completions SHELL`.

use clap::CommandFactory as _;
use clap_complete::Shell;
use overnight_record::ExitCode;
use serde_json::json;

use crate::cli::Cli;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  overnight completions bash > ~/.local/share/bash-completion/completions/overnight")]
pub(crate) struct Args {
    /// The shell to complete for
    shell: Shell,
}

pub(crate) fn run(args: &Args, _context: &Context) -> Result<Output, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "overnight", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    let json = json!({ "shell": args.shell.to_string(), "script": script });
    Output::new(ExitCode::Done, script, &json)
}
