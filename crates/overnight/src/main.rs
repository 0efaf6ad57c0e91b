//! The doorway: arguments in, exit code out.

mod artifact;
mod cli;
mod commands;
mod context;
mod failure;
mod key_values;
mod machine;
mod moment;
mod order_free;
mod output;
mod parts;
mod progress;
mod rates;
mod reading;
mod signals;
mod table;
mod wiring;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    // Before anything else: a shim starts with every step of a night.
    if let Some(folder) = shim_folder() {
        return shim(&folder);
    }
    let cli = cli::Cli::parse();
    output::conclude(&cli.global, commands::dispatch(&cli))
}

/// The folder of the attempt this process is to be the shim of.
fn shim_folder() -> Option<PathBuf> {
    let mut arguments = env::args_os().skip(1);
    let is_shim = arguments.next()? == overnight_run::shim::SHIM_ARGUMENT;
    arguments.next().filter(|_| is_shim).map(PathBuf::from)
}

fn shim(folder: &Path) -> ExitCode {
    match overnight_run::shim::run(folder, &|name| env::var(name).ok()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("error: {error}");
            ExitCode::from(overnight_record::ExitCode::Temporary.number())
        }
    }
}
