//! Every command a night would start, taken apart.

use std::collections::BTreeMap;
use std::path::Path;

use overnight_plan::command::simple_commands;
use overnight_plan::{BoundPlan, Config};
use overnight_record::StepId;

/// Whose command it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Step(StepId),
    Check,
    Gate,
}

impl Whose {
    pub(super) fn step(self) -> Option<StepId> {
        match self {
            Self::Step(step) => Some(step),
            Self::Check | Self::Gate => None,
        }
    }

    /// What to do about a program that is not there.
    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::Step(_) => "install it, or bind the step to another one",
            Self::Check => "install it, or write another check",
            Self::Gate => "install it, or write another gate",
        }
    }

    /// In front of a message about a command that belongs to no step.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Step(_) => "",
            Self::Check => "a check: ",
            Self::Gate => "a gate: ",
        }
    }
}

/// One simple command.
#[derive(Debug)]
pub(super) struct NightCommand<'a> {
    pub(super) whose: Whose,
    /// Program and arguments; at least the program.
    pub(super) argv: Vec<String>,
    /// Folder it runs in, relative to the project; empty for the project.
    pub(super) folder: String,
    /// Further environment variables.
    pub(super) env: Option<&'a BTreeMap<String, String>>,
    /// Whether the words are all there is: not a part of a line for a shell, whose words may
    /// be anything.
    pub(super) is_whole: bool,
    /// Whether its last arguments hold a prompt rather than words of a command.
    pub(super) is_agent: bool,
}

/// The commands of steps, checks and gates, in this order.
pub(super) fn all<'a>(bound: &'a BoundPlan, config: &Config) -> Vec<NightCommand<'a>> {
    let mut found = Vec::new();
    for (step, binding) in &bound.bindings {
        let folder = binding.directory.as_deref().map(Path::to_string_lossy);
        let folder = folder.unwrap_or_default();
        let whose = Whose::Step(*step);
        let first = found.len();
        take_apart(&mut found, whose, &binding.argv, &folder);
        for command in &mut found[first..] {
            command.env = Some(&binding.env);
            command.is_agent = binding.is_agent;
        }
    }
    for check in bound.checks.values() {
        take_apart(&mut found, Whose::Check, &check.argv, "");
    }
    for gate in &config.workspace.gate {
        take_apart(&mut found, Whose::Gate, gate, "");
    }
    found
}

fn take_apart(found: &mut Vec<NightCommand<'_>>, whose: Whose, argv: &[String], folder: &str) {
    let command = |argv: Vec<String>, folder: String, is_whole| NightCommand {
        whose,
        argv,
        folder,
        env: None,
        is_whole,
        is_agent: false,
    };
    if argv.is_empty() {
        return;
    }
    found.push(command(argv.to_vec(), folder.to_owned(), true));
    let program = argv[0].rsplit('/').next();
    if let (Some("sh" | "bash"), [_, option, line, ..]) = (program, argv)
        && option == "-c"
    {
        for inner in simple_commands(line) {
            found.push(command(inner.argv, joined(folder, &inner.folder), false));
        }
    }
}

/// A path below a folder; both relative to the project, either may be empty. Without `.` and
/// `..`, unless it leads out of the project.
pub(super) fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let both = match path.starts_with('/') {
        true => return path.to_owned(),
        false => [folder, path],
    };
    for part in both.iter().flat_map(|both| both.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Options of a bound `overnight ...` with their values; nothing for other programs.
pub(super) fn own_options(argv: &[String]) -> Vec<(&str, &str)> {
    let program = argv.first().and_then(|program| program.rsplit('/').next());
    if program != Some("overnight") {
        return Vec::new();
    }
    let words = &argv[1..];
    words
        .iter()
        .enumerate()
        .filter_map(|(index, word)| match word.split_once('=') {
            _ if !word.starts_with("--") => None,
            Some(pair) => Some(pair),
            None => Some((word.as_str(), words.get(index + 1)?.as_str())),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_for_a_shell_are_taken_apart() {
        let argv = ["sh", "-c", "cd a && ./x.sh | tee log"].map(str::to_owned);
        let mut found = Vec::new();
        take_apart(&mut found, Whose::Gate, &argv, "sub");
        let shown: Vec<String> = found
            .iter()
            .map(|c| format!("{} {} {}", c.folder, c.argv[0], c.is_whole))
            .collect();
        assert_eq!(
            shown,
            ["sub sh true", "sub/a ./x.sh false", "sub/a tee false"]
        );
    }

    #[test]
    fn paths_are_joined() {
        for (folder, path, whole) in [
            ("", "./a", "a"),
            ("a/", "b", "a/b"),
            (".", "b", "b"),
            ("a", "/b", "/b"),
            ("a", "", "a"),
            ("a/b", "../c", "a/c"),
            ("a", "../../c", "../c"),
        ] {
            assert_eq!(joined(folder, path), whole);
        }
    }
}
