//! Finding a Python tool, without ever installing one.

use std::ffi::OsString;
use std::fs;
use std::time::Duration;

use overnight_audit::code::{PIN_FILES, Pin, pinned_version};
use overnight_run::{Captured, ProcessError, run_captured};

use crate::context::Context;

const VERSION_TIME_LIMIT: Duration = Duration::from_secs(60);

/// A tool that answered when asked for its version.
#[derive(Debug)]
pub(super) struct Tool {
    /// The words that start it.
    argv: Vec<String>,
    /// Its version as it printed it.
    pub(super) version: String,
    /// Where it was found, and how that differs from what the project pins.
    pub(super) origin: String,
}

/// Looks in the project's virtual environment, on the PATH, and among Python's modules.
pub(super) fn find(name: &str, pin: Option<&Pin>, context: &Context) -> Option<Tool> {
    let own = context.project.join(".venv/bin").join(name);
    let mut places = Vec::new();
    if own.is_file() {
        places.push((vec![own.to_string_lossy().into_owned()], ".venv/bin"));
    }
    places.push((vec![name.to_owned()], "PATH"));
    let module = ["python3", "-m", name].map(str::to_owned).to_vec();
    places.push((module, "python3 -m"));
    places.into_iter().find_map(|(argv, place)| {
        let tool = |version: String| {
            let number = version.split_whitespace().nth(1).unwrap_or_default();
            let origin = match pin {
                Some(pin) if pin.version != number => format!(
                    "found in {place}; the project pins {} ({}), this is {number}",
                    pin.version, pin.file
                ),
                _ => format!("found in {place}"),
            };
            Tool {
                argv: argv.clone(),
                version,
                origin,
            }
        };
        let mut asked = argv.clone();
        asked.push("--version".to_owned());
        let answer = capture(&asked, VERSION_TIME_LIMIT, context).ok()?;
        let line = answer.stdout.lines().next().unwrap_or_default().trim();
        (answer.code == Some(0) && line.starts_with(name)).then(|| tool(line.to_owned()))
    })
}

impl Tool {
    /// The command line with these arguments and paths.
    pub(super) fn command(&self, arguments: &[&str], paths: &[String]) -> Vec<String> {
        let mut argv = self.argv.clone();
        argv.extend(arguments.iter().map(|word| (*word).to_owned()));
        argv.push("--".to_owned());
        argv.extend(paths.iter().map(|path| {
            // The empty path is the project's own folder.
            if path.is_empty() {
                ".".to_owned()
            } else {
                path.clone()
            }
        }));
        argv
    }
}

/// Runs a command in the project's folder, in a neutral language and without colours.
pub(super) fn capture(
    argv: &[String],
    limit: Duration,
    context: &Context,
) -> Result<Captured, ProcessError> {
    let env: Vec<(String, OsString)> = [
        ("NO_COLOR", "1"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("PYTHONUTF8", "1"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.into()))
    .collect();
    run_captured(argv, &context.project, &env, limit, &context.stop)
}

/// The version of a tool the project pins.
pub(super) fn pin(name: &str, context: &Context) -> Option<Pin> {
    PIN_FILES.iter().find_map(|file| {
        let text = fs::read_to_string(context.project.join(file)).ok()?;
        pinned_version(name, file, &text)
    })
}
