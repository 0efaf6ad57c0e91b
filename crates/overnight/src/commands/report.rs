//! `overnight report`: renders the reports of a run again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use overnight_record::{ExitCode, RunId, RunRecord, store};
use overnight_report::HTML_REPORT;
use overnight_run::Redactor;
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight report                            render the last run's reports again
  overnight report 2026-11-23_2200_receipts   those of a certain run
  overnight report --open                     and show them in the browser")]
pub(crate) struct Args {
    /// The run's id [default: the run this is a step of, or else the last one]
    run: Option<String>,
    /// Show the page in the browser
    #[arg(long)]
    open: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let run_dir = find_run(args.run.as_deref(), context)?;
    let rendered = overnight_report::render(&run_dir)?;
    let files = render_run(&run_dir, &context.redactor()?)?;
    let page = files
        .iter()
        .find(|path| path.ends_with(HTML_REPORT))
        .cloned();
    let is_open = args.open && page.as_deref().is_some_and(open_in_browser);
    let shown = |path: &Path| {
        let inside = path.strip_prefix(&context.project);
        inside.unwrap_or(path).display().to_string()
    };
    let mut human = format!("{}\n\n", rendered.headline);
    for path in &files {
        human.push_str(&format!("{}\n", shown(path)));
    }
    for note in &rendered.notes {
        human.push_str(&format!("note: {note}\n"));
    }
    if args.open && !is_open {
        human.push_str("No program to open it was found; open the first file in a browser.\n");
    }
    let json = json!({
        "schema": "overnight.report/1",
        "status": "ok",
        "message": rendered.headline,
        "run": run_dir.file_name().map(|name| name.to_string_lossy()),
        "files": files,
        "notes": rendered.notes,
        "opened": is_open,
    });
    Output::new(ExitCode::Done, human, &json)
}

/// Writes every report of the run in `run_dir`, without secrets, into its `report` folder: the
/// page first, then the named reports. Also what the runner calls.
pub(crate) fn render_run(run_dir: &Path, redactor: &Redactor) -> Result<Vec<PathBuf>, Failure> {
    Ok(overnight_report::write(run_dir, &|text| {
        redactor.redact(text)
    })?)
}

/// The folder of the run that is meant.
fn find_run(wanted: Option<&str>, context: &Context) -> Result<PathBuf, Failure> {
    let logs = context.project.join(&context.config()?.project.logs);
    match wanted {
        None | Some("last") => {
            let around = context.step.step_dir.as_deref().and_then(enclosing_run);
            around.or_else(|| newest(&logs)).ok_or_else(|| {
                Failure::with_hint(
                    ExitCode::Precondition,
                    format!("failed to find a run in {}", logs.display()),
                    "`overnight run PLAN.md` makes one",
                )
            })
        }
        Some(id) => {
            let id: RunId = id.parse()?;
            Ok(logs.join(id.as_str()))
        }
    }
}

/// The run a step's folder lies in.
fn enclosing_run(step_dir: &Path) -> Option<PathBuf> {
    let is_run = |dir: &&Path| dir.join("run.json").is_file();
    step_dir.ancestors().find(is_run).map(Path::to_owned)
}

/// The run that began last; folders that are no runs are passed over.
fn newest(logs: &Path) -> Option<PathBuf> {
    let folders = fs::read_dir(logs).ok()?.filter_map(Result::ok);
    folders
        .filter_map(|entry| {
            let path = entry.path();
            let record: RunRecord = store::read_json(&path.join("run.json")).ok()?;
            Some((record.started, record.run, path))
        })
        .max_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)))
        .map(|(.., path)| path)
}

/// Hands the page to the desktop, which answers for itself; `false` when there is no such program.
fn open_in_browser(page: &Path) -> bool {
    let started = ["xdg-open", "open"].into_iter().find_map(|program| {
        Command::new(program)
            .arg(page)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()
    });
    started.is_some()
}
