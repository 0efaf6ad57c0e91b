//! Commands of this very program that it does not understand: a slip of the pen there would
//! end a step at three in the morning.

use clap::Parser as _;
use clap::error::ErrorKind;

use super::{Findings, Scene};
use crate::cli::Cli;

pub(super) fn look(scene: &Scene<'_>, findings: &mut Findings) {
    for command in scene.commands.iter().filter(|command| command.is_whole) {
        if command
            .argv
            .first()
            .is_none_or(|program| program != "overnight")
        {
            continue;
        }
        let Err(error) = Cli::try_parse_from(&command.argv) else {
            continue;
        };
        if matches!(
            error.kind(),
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
        ) {
            continue;
        }
        let said = error.to_string();
        let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.next().unwrap_or("it is not understood");
        let message = format!(
            "{}`{}`: {}",
            command.whose.prefix(),
            command.argv.join(" "),
            first.trim_start_matches("error: ")
        );
        let verb = command.argv.get(1).map_or("", String::as_str);
        let hint = format!("`overnight {verb} --help` shows what it takes");
        findings.problem("usage", command.whose.step(), message, Some(&hint));
    }
}
