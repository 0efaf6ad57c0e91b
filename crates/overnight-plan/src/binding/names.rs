//! Names of datasets and backends in bound commands of this program.

use std::path::Path;

use overnight_record::StepId;

use super::BoundPlan;
use crate::config::Config;
use crate::near::suggestion;

/// Backends that can be used without being configured.
const BUILT_IN_BACKENDS: [&str; 2] = ["ppocr", "tesseract"];

/// A name in a step's command that the configuration does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    /// The step.
    pub step: StepId,
    /// Line of its binding in the configuration, from 1, when it came from a file.
    pub line: Option<usize>,
    /// What is not known.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

/// Looks through every bound `overnight ...` for `--dataset`, `--backend`, `--profile`,
/// `--baseline` and `--candidate` with names that are not configured.
///
/// `FORMAT:PATH` is a dataset without configuration, and a word with a slash or a dot may be
/// a predictions file; those are not judged.
pub fn unknown_names(bound: &BoundPlan, config: &Config) -> Vec<UnknownName> {
    let datasets: Vec<&str> = config.datasets.keys().map(String::as_str).collect();
    let backends = with_built_in(&BUILT_IN_BACKENDS, config.backends.keys());
    let profiles = with_built_in(&crate::config::BUILT_IN_PROFILES, config.profiles.keys());
    let mut unknown = Vec::new();
    for (step, binding) in &bound.bindings {
        let program = Path::new(&binding.argv[0]).file_name();
        if program.is_none_or(|name| name != "overnight") {
            continue;
        }
        for (option, name) in options(&binding.argv[1..]) {
            let (what, known) = match option {
                "--dataset" if !name.contains(':') => ("dataset", &datasets),
                "--backend" => ("backend", &backends),
                "--profile" => ("profile", &profiles),
                "--baseline" | "--candidate" if !name.contains(['/', '.']) => {
                    ("backend", &backends)
                }
                _ => continue,
            };
            if !known.contains(&name) {
                unknown.push(UnknownName {
                    step: *step,
                    line: config.origin.line(&["steps", &step.to_string()]),
                    message: format!("{what} `{name}` is not configured"),
                    hint: match known.is_empty() {
                        true => format!("describe it in [{what}s.{name}]"),
                        false => suggestion(name, &format!("known {what}s"), known),
                    },
                });
            }
        }
    }
    unknown
}

fn with_built_in<'a>(
    built_in: &[&'a str],
    configured: impl Iterator<Item = &'a String>,
) -> Vec<&'a str> {
    let mut names: Vec<&str> = configured.map(String::as_str).collect();
    names.extend(built_in);
    names.sort_unstable();
    names.dedup();
    names
}

/// Options with their values, written `--key value` or `--key=value`.
fn options(words: &[String]) -> impl Iterator<Item = (&str, &str)> {
    words.iter().enumerate().filter_map(|(index, word)| {
        if !word.starts_with("--") {
            return None;
        }
        match word.split_once('=') {
            Some(pair) => Some(pair),
            None => Some((word.as_str(), words.get(index + 1)?.as_str())),
        }
    })
}
