//! `overnight demo`: a whole night on the example project.

mod example;
mod repository;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anstream::eprintln;
use clap::Parser as _;
use overnight_record::{ExitCode, PlanAddress};
use serde_json::json;

use crate::cli::Cli;
use crate::commands::{Command, run};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight demo                     a whole night in ./overnight-demo
  overnight demo /tmp/night          the same elsewhere
  overnight demo --only 1            the auditor's phase only

What is missing on this machine makes its steps skipped; `overnight doctor` says what
that is. The whole night exits with 0 only when every step is done and every criterion
holds, and the example's type errors are left for you: expect 1.")]
pub(crate) struct Args {
    /// Folder to make, which must not exist or be empty
    #[arg(value_name = "DIR", default_value = "overnight-demo")]
    dir: PathBuf,
    /// Only these phases, tasks and steps of the example's plan, such as `1,3.2`
    #[arg(long, value_name = "ADDRESSES", value_delimiter = ',')]
    only: Vec<PlanAddress>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    refuse_used_folder(&args.dir)?;
    let files = example::write(&args.dir)?;
    let dir = args.dir.canonicalize().map_err(|error| {
        Failure::new(
            ExitCode::Temporary,
            format!("failed to open {}: {error}", args.dir.display()),
        )
    })?;
    repository::create(&dir, &context.stop)?;
    eprintln!(
        "wrote the example project, {files} files, to {}",
        dir.display()
    );
    let night = night(&dir, &args.only, &context.for_project(&dir)?)?;
    let shown = dir.display();
    let human = format!(
        "{}\nproject    {shown}: go there (cd {shown}) for the commands above\n",
        night.human.trim_end()
    );
    let document = json!({
        "schema": "overnight.demo/1",
        "status": night.json.get("status"),
        "project": dir,
        "files": files,
        "night": night.json,
    });
    Output::new(night.exit, human, &document)
}

/// Runs the example's plan as `overnight run` does: through its own command line.
fn night(dir: &Path, only: &[PlanAddress], context: &Context) -> Result<Output, Failure> {
    let plan = dir.join(example::PLAN);
    let mut words = vec!["overnight".into(), "run".into(), plan.into_os_string()];
    for address in only {
        words.extend(["--only".into(), address.to_string().into()]);
    }
    match Cli::try_parse_from(words).map(|cli| cli.command) {
        Ok(Command::Run(arguments)) => run::run(&arguments, context),
        Ok(_) | Err(_) => Err(Failure::new(
            ExitCode::Usage,
            "failed to call `overnight run` for the example's plan",
        )),
    }
}

fn refuse_used_folder(dir: &Path) -> Result<(), Failure> {
    match fs::read_dir(dir).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::with_hint(
            ExitCode::Usage,
            format!("the folder {} is not empty", dir.display()),
            format!(
                "name another one, such as `overnight demo {}-2`",
                dir.display()
            ),
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::with_hint(
            ExitCode::Usage,
            format!("failed to use {} as a folder: {error}", dir.display()),
            "name a folder that does not exist yet",
        )),
    }
}
