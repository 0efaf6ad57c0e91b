//! What a verb hands back, and the one place that prints it.

use std::io::Write as _;

use anstream::{eprintln, stdout};
use overnight_record::result::{ResultBody, ResultFile};
use overnight_record::{ExitCode, store};
use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::{Color, Format, GlobalArgs};
use crate::context::{Context, StepEnvironment};
use crate::failure::Failure;

/// The answer of a verb.
#[derive(Debug)]
pub(crate) struct Output {
    /// The exit code.
    pub(crate) exit: ExitCode,
    /// For people; printed as it is.
    pub(crate) human: String,
    /// For programs; also what goes into `result.json`.
    pub(crate) json: Value,
}

impl Output {
    /// An answer from a typed result, completed with where it comes from.
    pub(crate) fn from_result<B: ResultBody + Serialize>(
        exit: ExitCode,
        human: String,
        mut result: ResultFile<B>,
        context: &Context,
    ) -> Result<Self, Failure> {
        result.provenance = Some(context.provenance());
        Self::new(exit, human, &result)
    }

    /// An answer from any serialisable value.
    pub(crate) fn new(
        exit: ExitCode,
        human: String,
        value: &impl Serialize,
    ) -> Result<Self, Failure> {
        let json = serde_json::to_value(value).map_err(|error| {
            Failure::new(
                ExitCode::Temporary,
                format!("failed to write the result as JSON: {error}"),
            )
        })?;
        Ok(Self { exit, human, json })
    }
}

/// Prints the answer or the failure, leaves `result.json` when a night asked for it, and
/// names the exit code.
pub(crate) fn conclude(
    global: &GlobalArgs,
    answer: Result<Output, Failure>,
) -> std::process::ExitCode {
    match global.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    let (exit, json) = match answer {
        Ok(output) => {
            print(global.format, &output);
            (output.exit, output.json)
        }
        Err(failure) => {
            explain(&failure);
            let json = failure_document(&failure);
            if global.format == Format::Json {
                print_json(&json);
            }
            (failure.exit_code(), json)
        }
    };
    if let Some(path) = StepEnvironment::read().result
        && let Err(error) = store::write_json(&path, &json)
    {
        explain(&Failure::from(error));
        return std::process::ExitCode::from(ExitCode::Temporary.number());
    }
    std::process::ExitCode::from(exit.number())
}

fn print(format: Format, output: &Output) {
    match format {
        Format::Human => {
            // A reader that closed the pipe has seen enough.
            let _ = writeln!(stdout(), "{}", output.human.trim_end());
        }
        Format::Json => print_json(&output.json),
    }
}

fn print_json(json: &Value) {
    let _ = writeln!(stdout(), "{json:#}");
}

fn explain(failure: &Failure) {
    let error = clap::builder::styling::AnsiColor::Red.on_default().bold();
    let hint = clap::builder::styling::AnsiColor::Cyan.on_default().bold();
    let chain = failure.chain();
    eprintln!("{error}error{error:#}: {}", chain[0]);
    for cause in &chain[1..] {
        eprintln!("  caused by: {}", cause.replace('\n', "\n    "));
    }
    if let Some(text) = failure.hint() {
        eprintln!("  {hint}hint{hint:#}: {text}");
    }
}

fn failure_document(failure: &Failure) -> Value {
    let status = if failure.exit_code() == ExitCode::Precondition {
        "skipped"
    } else {
        "failed"
    };
    json!({
        "schema": "overnight.error/1",
        "status": status,
        "message": failure.chain().join(": "),
        "hint": failure.hint(),
        "exit_code": failure.exit_code().number(),
    })
}
