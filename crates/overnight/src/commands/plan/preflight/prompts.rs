//! Commands and scripts known to ask a person, whom nobody can answer at night.
//!
//! A night's commands have a closed stdin: what asks gets the end of its input at once. So
//! these are notes, with the place.

use std::fs;

use overnight_plan::command::{simple_commands, without_wrappers};

use super::scripts::script_of;
use super::{Findings, Note, Scene};

/// Largest script that is read, in bytes.
const MOST_BYTES: u64 = 1 << 20;
/// Places that are named in one script.
const MOST_PLACES: usize = 3;

/// A program that asks, unless one of some options is there.
struct Asker {
    program: &'static str,
    /// The words behind the program, one of them, that ask; any when empty.
    verbs: &'static [&'static str],
    /// Options that keep it from asking.
    quiet: &'static [&'static str],
    /// What to do instead.
    hint: &'static str,
}

const fn asker(
    program: &'static str,
    verbs: &'static [&'static str],
    quiet: &'static [&'static str],
    hint: &'static str,
) -> Asker {
    Asker {
        program,
        verbs,
        quiet,
        hint,
    }
}

const APT: &[&str] = &[
    "install",
    "remove",
    "purge",
    "upgrade",
    "dist-upgrade",
    "full-upgrade",
    "autoremove",
];
const APT_QUIET: &[&str] = &[
    "-y",
    "--yes",
    "--assume-yes",
    "-qq",
    "-yq",
    "-qy",
    "--assume-no",
];
const CONDA: &[&str] = &["install", "create", "remove", "update", "upgrade"];

const ASKERS: &[Asker] = &[
    asker("apt", APT, APT_QUIET, "add -y"),
    asker("apt-get", APT, APT_QUIET, "add -y"),
    asker(
        "dnf",
        &["install", "remove", "upgrade"],
        &["-y", "--assumeyes"],
        "add -y",
    ),
    asker(
        "yum",
        &["install", "remove", "update"],
        &["-y", "--assumeyes"],
        "add -y",
    ),
    asker("pip", &["uninstall"], &["-y", "--yes"], "add -y"),
    asker("pip3", &["uninstall"], &["-y", "--yes"], "add -y"),
    asker("conda", CONDA, &["-y", "--yes"], "add -y"),
    asker("mamba", CONDA, &["-y", "--yes"], "add -y"),
    asker(
        "npm",
        &["init", "login", "adduser"],
        &["-y", "--yes"],
        "add -y, or log in before",
    ),
    asker(
        "npx",
        &[],
        &["-y", "--yes", "--no-install", "--no"],
        "add --yes",
    ),
    asker(
        "docker",
        &["login"],
        &["--password-stdin", "-p", "--password"],
        "log in before",
    ),
    asker("gh", &["auth"], &["--with-token"], "log in before"),
    asker("huggingface-cli", &["login"], &["--token"], "log in before"),
    asker("wandb", &["login"], &["--relogin"], "set WANDB_API_KEY"),
    asker(
        "terraform",
        &["apply", "destroy"],
        &["-auto-approve"],
        "add -auto-approve",
    ),
    asker("ssh-keygen", &[], &["-N", "-l", "-R", "-F"], "add -N"),
    asker("passwd", &[], &["--stdin"], "do it before"),
    asker("su", &[], &[], "do without another user"),
];

/// Programs that ask when they are given one of these options.
const ASKING_OPTIONS: [(&str, &[&str]); 4] = [
    ("rm", &["-i", "-I", "-ri", "-ir", "--interactive"]),
    ("mv", &["-i", "--interactive"]),
    ("cp", &["-i", "-ri", "--interactive"]),
    ("git", &["-i", "--interactive", "-p", "--patch"]),
];

pub(super) fn look(scene: &Scene<'_>, findings: &mut Findings) {
    let remote = || has_https_remote(&scene.context.project);
    for command in scene.commands.iter().filter(|command| !command.is_agent) {
        let step = command.whose.step();
        if let Some((message, hint)) = asks(&command.argv, &remote) {
            findings.note(Note {
                kind: "asks",
                step,
                message: format!("{}{message}", command.whose.prefix()),
                hint: Some(hint),
                ..Note::default()
            });
        }
        let Some(script) = script_of(command) else {
            continue;
        };
        let path = scene.context.project.join(&script);
        let is_small = path.metadata().is_ok_and(|meta| meta.len() <= MOST_BYTES);
        let Some(text) = is_small.then(|| fs::read_to_string(&path).ok()).flatten() else {
            continue;
        };
        for (line, what) in asking_lines(&script, &text, &remote) {
            findings.note(Note {
                kind: "asks",
                step,
                file: Some(script.clone()),
                line: Some(line),
                message: format!("{what} may ask a question that nobody answers"),
                ..Note::default()
            });
        }
    }
}

/// Why a command may ask, and what to do about it.
fn asks(argv: &[String], has_https_remote: &dyn Fn() -> bool) -> Option<(String, String)> {
    let argv = match argv.first().map(String::as_str) {
        Some("sudo")
            if !argv
                .iter()
                .any(|word| word == "-n" || word == "--non-interactive") =>
        {
            let message = "`sudo` may ask for a password".to_owned();
            return Some((message, "add -n, or do without".to_owned()));
        }
        Some("sudo") => argv.get(1..)?,
        _ => without_wrappers(argv),
    };
    let argv = match argv.iter().position(|word| !word.starts_with('-')) {
        // What is left of `sudo -n COMMAND`.
        Some(first) => &argv[first..],
        None => return None,
    };
    let program = argv.first()?.rsplit('/').next()?;
    let words = &argv[1..];
    let has = |options: &[&str]| words.iter().any(|word| options.contains(&word.as_str()));
    let verb = words.iter().find(|word| !word.starts_with('-'));
    let shown = match verb {
        Some(verb) => format!("{program} {verb}"),
        None => program.to_owned(),
    };
    if let Some(asker) = ASKERS.iter().find(|asker| asker.program == program) {
        let is_verb =
            asker.verbs.is_empty() || verb.is_some_and(|verb| asker.verbs.contains(&verb.as_str()));
        return (is_verb && !has(asker.quiet)).then(|| {
            (
                format!("`{shown}` asks before it goes on"),
                asker.hint.to_owned(),
            )
        });
    }
    if matches!(program, "ssh" | "scp" | "sftp") {
        let is_batch = words
            .iter()
            .any(|word| word.to_ascii_lowercase().contains("batchmode=yes"));
        return (!is_batch).then(|| {
            let message = format!("`{program}` may ask for a password or a host key");
            (message, "add -o BatchMode=yes".to_owned())
        });
    }
    if let Some((_, options)) = ASKING_OPTIONS.iter().find(|(known, _)| *known == program)
        && has(options)
        && (program != "git"
            || matches!(
                verb.map(String::as_str),
                Some("add" | "rebase" | "checkout" | "stash" | "commit" | "reset" | "clean")
            ))
    {
        let message = format!("`{shown}` asks, as it was told to");
        return Some((message, "leave the option out".to_owned()));
    }
    if program == "git" {
        return git(verb?, words, has_https_remote);
    }
    if program == "python" || program == "python3" {
        let rest = words.iter().position(|word| word == "-m")?;
        return asks(words.get(rest + 1..)?, has_https_remote);
    }
    None
}

fn git(
    verb: &str,
    words: &[String],
    has_https_remote: &dyn Fn() -> bool,
) -> Option<(String, String)> {
    match verb {
        "commit" => {
            let is_given = words.iter().any(|word| {
                let is_short = word.starts_with('-') && !word.starts_with("--");
                is_short && word.contains(['m', 'F', 'C'])
                    || [
                        "--message",
                        "--file",
                        "--no-edit",
                        "--fixup",
                        "--reuse-message",
                    ]
                    .iter()
                    .any(|option| word.starts_with(option))
            });
            (!is_given).then(|| {
                let message = "`git commit` opens an editor".to_owned();
                (message, "give the message with -m".to_owned())
            })
        }
        "push" | "pull" | "fetch" => has_https_remote().then(|| {
            let message = format!("`git {verb}` over https asks when no credentials are stored");
            (message, "store them, or use a key".to_owned())
        }),
        _ => None,
    }
}

/// Whether a remote of the project is on https without a name and password in it.
fn has_https_remote(project: &std::path::Path) -> bool {
    let text = fs::read_to_string(project.join(".git/config")).unwrap_or_default();
    text.lines().any(|line| {
        line.trim()
            .strip_prefix("url = https://")
            .is_some_and(|rest| !rest.split('/').next().unwrap_or_default().contains('@'))
    })
}

/// Lines of a script that ask, from 1, and what in them does.
fn asking_lines(
    script: &str,
    text: &str,
    has_https_remote: &dyn Fn() -> bool,
) -> Vec<(usize, String)> {
    let first = text.lines().next().unwrap_or_default();
    let is_python = script.ends_with(".py") || first.starts_with("#!") && first.contains("python");
    let is_shell = !is_python && [".sh", ".bash"].iter().any(|end| script.ends_with(end))
        || first.starts_with("#!") && first.ends_with("sh");
    let lines = text.lines().enumerate().filter_map(|(index, line)| {
        let line = line.trim();
        if line.starts_with('#') {
            return None;
        }
        let found = if is_python {
            asks_in_python(line)
        } else if is_shell {
            asks_in_shell(line, has_https_remote)
        } else {
            None
        };
        Some((index + 1, found?))
    });
    lines.take(MOST_PLACES).collect()
}

fn asks_in_python(line: &str) -> Option<String> {
    const CALLS: [&str; 9] = [
        "input(",
        "getpass(",
        "click.confirm(",
        "click.prompt(",
        "typer.confirm(",
        "typer.prompt(",
        "Confirm.ask(",
        "Prompt.ask(",
        "questionary.",
    ];
    let code = line.split(" #").next().unwrap_or(line);
    CALLS.into_iter().find_map(|call| {
        code.match_indices(call)
            .any(|(at, _)| {
                let before = code[..at].chars().next_back();
                let is_name = before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.');
                let is_method_of_module = code[..at].ends_with("getpass.");
                let is_defined = code[..at].trim_end().ends_with("def");
                (!is_name || is_method_of_module) && !is_defined
            })
            .then(|| format!("`{}`", call.trim_end_matches(['(', '.'])))
    })
}

fn asks_in_shell(line: &str, has_https_remote: &dyn Fn() -> bool) -> Option<String> {
    for command in simple_commands(line) {
        let mut words = command.argv.iter().skip_while(|word| {
            ["if", "then", "do", "else", "!", "while", "until", "{"].contains(&word.as_str())
        });
        let argv: Vec<String> = words.by_ref().cloned().collect();
        match argv.first().map(String::as_str) {
            // With a prompt it is a person that is read from, else mostly a file or a pipe.
            Some("read") if argv.iter().any(|w| w.starts_with('-') && w.contains('p')) => {
                return Some("`read -p`".to_owned());
            }
            Some("select") if argv.iter().any(|word| word == "in") => {
                return Some("`select`".to_owned());
            }
            _ => {}
        }
        let is_fed = line.contains("yes |") || line.contains("<<") || line.contains("echo ");
        if !is_fed && let Some((message, _)) = asks(&argv, has_https_remote) {
            return Some(
                message
                    .split(" asks")
                    .next()
                    .unwrap_or(&message)
                    .split(" may")
                    .next()
                    .unwrap_or(&message)
                    .to_owned(),
            );
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> bool {
        let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
        asks(&argv, &|| true).is_some()
    }

    #[test]
    fn commands_that_ask_are_known() {
        for line in [
            "apt-get install tesseract-ocr",
            "sudo apt-get install -y x",
            "sudo -n apt-get install x",
            "env A=b pip uninstall x",
            "python -m pip uninstall x",
            "rm -i x",
            "git push origin main",
            "git rebase -i HEAD~2",
            "git add -p",
            "git commit -a",
            "docker login registry",
            "ssh host ls",
            "npx cowsay",
            "conda install x",
        ] {
            assert!(asked(line), "{line}");
        }
        for line in [
            "apt-get install -y tesseract-ocr",
            "apt-get update",
            "pip install x",
            "pip uninstall -y x",
            "rm -rf x",
            "git commit -am x",
            "git log -p",
            "git status",
            "ssh -o BatchMode=yes host ls",
            "npx --yes cowsay",
            "make -i all",
            "sudo -n",
            "-i",
        ] {
            assert!(!asked(line), "{line}");
        }
        assert!(asks(&["git", "push"].map(str::to_owned), &|| false).is_none());
        assert!(asks(&[], &|| true).is_none());
    }

    #[test]
    fn lines_of_scripts_that_ask_are_named() {
        let lines = |script: &str, text: &str| -> Vec<String> {
            asking_lines(script, text, &|| true)
                .into_iter()
                .map(|(line, what)| format!("{line} {what}"))
                .collect()
        };
        let shell = "#!/bin/sh\n# read -p no\nread -r -p 'Go on? ' a\nwhile read line; do x; done < f\n\
                     if ! rm -i x; then y; fi\nyes | apt-get install x\napt-get install x && z\n";
        assert_eq!(
            lines("a.sh", shell),
            ["3 `read -p`", "5 `rm x`", "7 `apt-get install`"]
        );
        let python = "import x\nname = input('?')\n# input()\ndef input(a): pass\nx.input(1)\nraw_input()\n\
                      getpass.getpass()\nif click.confirm('a'): pass\n";
        assert_eq!(
            lines("a.py", python),
            ["2 `input`", "7 `getpass`", "8 `click.confirm`"]
        );
        assert_eq!(lines("a.rb", "input('a')\nread -p a"), [""; 0]);
        assert_eq!(
            lines("tool", "#!/usr/bin/env python3\ninput()\n"),
            ["2 `input`"]
        );
    }
}
