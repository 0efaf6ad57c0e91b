//! `overnight doctor`: what is on this machine, what is missing, and how to get it.

mod checks;
mod programs;
mod served;
mod weights;
mod workers;

use std::borrow::Cow;
use std::fmt::Write as _;

use overnight_record::ExitCode;
use serde::Serialize;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight doctor                  what is here and what is missing
  overnight doctor --format json    the same for scripts
  overnight doctor --deep           also let every served model read a tiny image

Exit codes: 0 everything is here; 1 something optional is missing; 3 something
essential is missing.")]
pub(crate) struct Args {
    /// Send a tiny image to every served model whose server answers, for a few tokens each
    #[arg(long)]
    deep: bool,
}

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// It is here.
    Ok,
    /// It is not here, or not usable.
    Missing,
    /// Worth knowing; nothing depends on it.
    Note,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Missing => "missing",
            Self::Note => "note",
        }
    }
}

/// One thing looked at.
#[derive(Debug, Clone, Serialize)]
struct Check {
    /// What was looked for.
    name: Cow<'static, str>,
    /// What it is for, in a few words.
    purpose: &'static str,
    /// Whether nothing works without it.
    essential: bool,
    state: State,
    /// What was found: a version, a place, an amount.
    found: String,
    /// How to get it; absent when it is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

#[derive(Debug, Serialize)]
struct Report {
    schema: &'static str,
    status: &'static str,
    checks: Vec<Check>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let checks = checks::all(context, args.deep);
    let missing = |essential| {
        let is_missing = |check: &&Check| check.state == State::Missing;
        let missing = checks.iter().filter(is_missing);
        missing.filter(|check| check.essential == essential).count()
    };
    let (essential, optional) = (missing(true), missing(false));
    let (exit, status, verdict) = match (essential, optional) {
        (0, 0) => (ExitCode::Done, "ok", "Everything is here.".to_owned()),
        (0, n) => (
            ExitCode::Findings,
            "findings",
            format!("{n} optional missing: the steps that need them will be skipped."),
        ),
        (n, _) => (
            ExitCode::Precondition,
            "skipped",
            format!("{n} essential missing: no night can run here."),
        ),
    };
    let human = format!("{}\n{verdict}\n", render(&checks));
    let report = Report {
        schema: "overnight.doctor/1",
        status,
        checks,
    };
    Output::new(exit, human, &report)
}

fn render(checks: &[Check]) -> String {
    let width = checks.iter().map(|c| c.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for check in checks {
        let (state, name) = (check.state.name(), &check.name);
        let _ = writeln!(text, "{state:<8} {name:<width$}  {}", check.found);
        if let Some(remedy) = &check.remedy {
            let _ = writeln!(text, "{:<8} {:<width$}  for {}", "", "", check.purpose);
            let _ = writeln!(text, "{:<8} {:<width$}  get it: {remedy}", "", "");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_thing_says_what_for_and_how_to_get_it() {
        let check = |name: &'static str, state, found: &str, remedy: Option<&str>| Check {
            name: name.into(),
            purpose: "reading images",
            essential: false,
            state,
            found: found.to_owned(),
            remedy: remedy.map(str::to_owned),
        };
        let text = render(&[
            check("git", State::Ok, "git version 2.47.1", None),
            check(
                "tesseract",
                State::Missing,
                "not found",
                Some("apt-get install it"),
            ),
        ]);
        insta::assert_snapshot!(text, @r"
        ok       git        git version 2.47.1
        missing  tesseract  not found
                            for reading images
                            get it: apt-get install it
        ");
    }
}
