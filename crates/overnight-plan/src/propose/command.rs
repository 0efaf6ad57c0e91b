//! Commands in the inline code of a step.

use super::{ProposedRun, Surroundings};
use crate::command::{MakeCall, is_changeable, script, simple_commands, without_wrappers};

/// Programs whose name in front makes inline code a command.
const PROGRAMS: [&str; 38] = [
    "bash",
    "bun",
    "cargo",
    "cmake",
    "deno",
    "docker",
    "dvc",
    "git",
    "go",
    "hatch",
    "just",
    "make",
    "mvn",
    "mypy",
    "node",
    "nox",
    "npm",
    "npx",
    "overnight",
    "pip",
    "pip3",
    "pixi",
    "pnpm",
    "poetry",
    "pre-commit",
    "pytest",
    "python",
    "python3",
    "rsync",
    "ruff",
    "sh",
    "snakemake",
    "task",
    "tesseract",
    "tox",
    "uv",
    "uvx",
    "yarn",
];

/// Programs that do their whole work without arguments.
const ALONE: [&str; 4] = ["make", "pytest", "tox", "nox"];

/// Signs that mean something to a shell.
const SHELL_SIGNS: [char; 8] = ['|', '&', ';', '<', '>', '$', '*', '?'];

/// What a step's inline code holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// A command that can be run.
    Command(ProposedRun),
    /// A command that cannot run here, and why.
    Missing(String),
    /// No command.
    Nothing,
}

/// The commands in the text, one after another.
pub(super) fn from_text(text: &str, around: &Surroundings<'_>) -> Found {
    let mut runs = Vec::new();
    for code in inline_code(text) {
        match from_code(code.trim(), around) {
            Found::Command(run) => runs.push(run),
            Found::Missing(missing) => return Found::Missing(missing),
            Found::Nothing => {}
        }
    }
    match runs.as_slice() {
        [] => Found::Nothing,
        [run] => Found::Command(run.clone()),
        [first, ..] if runs.iter().all(|run| run.directory == first.directory) => {
            let lines: Vec<&str> = runs.iter().map(|run| run.line.as_str()).collect();
            Found::Command(ProposedRun {
                line: lines.join(" && "),
                shell: true,
                directory: first.directory.clone(),
                needs: Vec::new(),
            })
        }
        // Commands in different folders: each in a shell of its own.
        _ => {
            let lines: Vec<String> = runs.iter().map(in_subshell).collect();
            Found::Command(ProposedRun {
                line: lines.join(" && "),
                shell: true,
                directory: None,
                needs: Vec::new(),
            })
        }
    }
}

fn in_subshell(run: &ProposedRun) -> String {
    match &run.directory {
        Some(directory) => format!("(cd {} && {})", shell_words::quote(directory), run.line),
        None => format!("({})", run.line),
    }
}

/// What stands between back-ticks: between a run of them and the next run of that length.
pub(super) fn inline_code(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let after = &rest[start..];
        let length = after.len() - after.trim_start_matches('`').len();
        let body = &after[length..];
        let Some(end) = closing(body, length) else {
            rest = body;
            continue;
        };
        found.push(&body[..end]);
        rest = &body[end + length..];
    }
    found
}

fn closing(body: &str, length: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(start) = body[at..].find('`').map(|start| at + start) {
        let run = body[start..].len() - body[start..].trim_start_matches('`').len();
        if run == length {
            return Some(start);
        }
        at = start + run;
    }
    None
}

fn from_code(code: &str, around: &Surroundings<'_>) -> Found {
    let is_placeholder = code.contains("...")
        || code.contains('…')
        || code.contains('<') && code.contains('>')
        || code.contains(['{', '}'])
        || code.chars().any(char::is_control);
    if is_placeholder {
        return Found::Nothing;
    }
    let (directory, line) = match split_directory(code) {
        Some((directory, line)) => (Some(directory), line),
        None => (None, code.to_owned()),
    };
    let Ok(words) = shell_words::split(&line) else {
        return Found::Nothing;
    };
    let Some(line) = runnable(&line, &words) else {
        return Found::Nothing;
    };
    if let Some(directory) = &directory
        && !(around.exists)(directory)
    {
        return Found::Missing(format!("the folder `{directory}` is not in the project"));
    }
    for command in simple_commands(&line) {
        let folder = joined(directory.as_deref().unwrap_or(""), &command.folder);
        if let Some(missing) = missing(&command.argv, &folder, around) {
            return Found::Missing(missing);
        }
    }
    Found::Command(ProposedRun {
        shell: line.contains(SHELL_SIGNS) || words.first().is_some_and(|w| w.contains('=')),
        line,
        directory,
        needs: Vec::new(),
    })
}

fn joined(folder: &str, path: &str) -> String {
    if folder.is_empty() || path.starts_with('/') {
        path.to_owned()
    } else if path.is_empty() {
        folder.to_owned()
    } else {
        format!("{folder}/{path}")
    }
}

/// What a command needs and the project does not have.
fn missing(argv: &[String], folder: &str, around: &Surroundings<'_>) -> Option<String> {
    if let Some(call) = MakeCall::read(argv) {
        return call.missing(folder, around.read);
    }
    if let Some(script) = script(argv) {
        let is_there = is_changeable(script) || (around.exists)(&joined(folder, script));
        return (!is_there).then(|| format!("the script `{script}` is not in the project"));
    }
    // A name this program has never heard of may be a word of the plan.
    let program = without_wrappers(argv).first()?;
    let is_known = PROGRAMS.contains(&program.as_str()) || (around.has_program)(program);
    (!is_known).then(|| format!("no program `{program}` is installed"))
}

/// `cd DIR && rest`, where the folder lies inside the project.
fn split_directory(code: &str) -> Option<(String, String)> {
    let (first, rest) = code.split_once("&&")?;
    let words = shell_words::split(first).ok()?;
    let [cd, directory] = words.as_slice() else {
        return None;
    };
    let directory = directory.trim_end_matches('/');
    let is_inside = !directory.is_empty()
        && !directory.starts_with(['/', '~'])
        && !directory.contains(['$', '*', '?'])
        && !directory.split('/').any(|part| part == "..");
    (cd == "cd" && is_inside).then(|| (directory.to_owned(), rest.trim().to_owned()))
}

/// The line to run, when the words are a command.
fn runnable(line: &str, words: &[String]) -> Option<String> {
    let first = words.first()?;
    let program = first.rsplit('/').next().unwrap_or(first);
    if first.ends_with(".py") {
        return Some(format!("python {line}"));
    }
    if first.ends_with(".sh") {
        return Some(format!("bash {line}"));
    }
    let is_known = PROGRAMS.contains(&program) && (words.len() > 1 || ALONE.contains(&program));
    let has_option = words[1..].iter().any(|word| is_option(word)) && is_program_like(program);
    (is_known || has_option).then(|| line.to_owned())
}

fn is_option(word: &str) -> bool {
    let name = word.trim_start_matches('-');
    word.starts_with('-') && name.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn is_program_like(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.+".contains(c))
}
