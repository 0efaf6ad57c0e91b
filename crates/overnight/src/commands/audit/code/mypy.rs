//! mypy, on each configured path by itself.

use overnight_audit::code::parse_mypy;
use overnight_record::Finding;
use overnight_run::workspace::ensure_own_folder;

use super::{Job, Report, complaint};
use crate::commands::audit::tool::Tool;
use crate::failure::Failure;

const COMMON: [&str; 3] = ["--no-error-summary", "--no-color-output", "--no-pretty"];
/// For versions before 1.11, which know no `--output`.
const AS_TEXT: [&str; 2] = ["--show-column-numbers", "--show-error-codes"];

/// Checks each path; an error that two paths share is counted with the first.
pub(super) fn run(
    tool: &Tool,
    job: &Job<'_>,
    paths: &[String],
    report: &mut Report,
) -> Result<(), Failure> {
    let state = job.context.state_dir();
    ensure_own_folder(&state)?;
    let cache = format!("--cache-dir={}", state.join("cache/mypy").display());
    for path in paths {
        let mut words = COMMON.to_vec();
        words.push(&cache);
        let paths = std::slice::from_ref(path);
        let mut json = words.clone();
        json.push("--output=json");
        let mut command = tool.command(&json, paths);
        let mut answer = job.capture(&command);
        if answer
            .as_ref()
            .is_ok_and(|answer| answer.stderr.contains("unrecognized arguments"))
        {
            words.extend(AS_TEXT);
            command = tool.command(&words, paths);
            answer = job.capture(&command);
        }
        let mut note = None;
        let reading = answer.and_then(|answer| match answer.code {
            Some(0 | 1) => {
                parse_mypy(&answer.stdout, &job.context.project).map_err(|error| error.to_string())
            }
            // Code 2: nothing was checked, or checking ended at a file that does not parse.
            Some(2) => match parse_mypy(&answer.stdout, &job.context.project) {
                Ok(found) if !found.is_empty() => {
                    note = Some("stopped before everything was checked".to_owned());
                    Ok(found)
                }
                _ => Err(complaint(&answer)),
            },
            _ => Err(complaint(&answer)),
        });
        let reading = reading.map(|found| new_ones(found, &report.findings));
        report.add("mypy", tool, command, reading, note);
    }
    Ok(())
}

fn new_ones(found: Vec<Finding>, known: &[Finding]) -> Vec<Finding> {
    found
        .into_iter()
        .filter(|finding| !known.contains(finding))
        .collect()
}
