//! The script a command runs.

/// Programs that run the command behind their own words, and their options that take a value.
const WRAPPERS: [(&[&str], &[&str]); 13] = [
    (
        &["uv", "run"],
        &[
            "--with",
            "--python",
            "-p",
            "--extra",
            "--group",
            "--only-group",
            "--directory",
            "--project",
            "--env-file",
            "--package",
            "--index",
            "--with-requirements",
        ],
    ),
    (&["poetry", "run"], &[]),
    (&["pdm", "run"], &[]),
    (&["pipenv", "run"], &[]),
    (&["hatch", "run"], &[]),
    (
        &["conda", "run"],
        &["-n", "--name", "-p", "--prefix", "--cwd"],
    ),
    (&["env"], &["-u", "-C", "--unset", "--chdir"]),
    (&["nice"], &["-n"]),
    (&["ionice"], &["-c", "-n"]),
    (&["timeout"], &["-k", "-s", "--kill-after", "--signal"]),
    (&["nohup"], &[]),
    (&["time"], &["-f", "-o"]),
    (&["stdbuf"], &["-i", "-o", "-e"]),
];

/// Programs that run a script, their options that take a value, and those that hold the
/// program themselves.
const INTERPRETERS: [(&str, &[&str], &[&str]); 8] = [
    (
        "python",
        &["-W", "-X", "--check-hash-based-pycs"],
        &["-c", "-m"],
    ),
    ("bash", &["-o", "-O", "--rcfile", "--init-file"], &["-c"]),
    ("sh", &["-o"], &["-c"]),
    ("zsh", &["-o"], &["-c"]),
    (
        "node",
        &["-r", "--require", "--import"],
        &["-e", "--eval", "-p", "--print"],
    ),
    ("ruby", &["-r", "-I"], &["-e"]),
    ("perl", &["-I", "-M"], &["-e", "-E"]),
    ("Rscript", &[], &["-e"]),
];

/// The path of the script a command runs: an argument of an interpreter, also behind `uv run`
/// and the like, or a program named by its path.
///
/// ```
/// let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
/// let command = words("uv run --with x python -u tools/a.py --fast b.py");
/// assert_eq!(overnight_plan::command::script(&command), Some("tools/a.py"));
/// assert_eq!(overnight_plan::command::script(&words("python -m http.server")), None);
/// ```
pub fn script(argv: &[String]) -> Option<&str> {
    let argv = without_wrappers(argv);
    let program = argv.first()?;
    let name = program.rsplit('/').next().unwrap_or(program);
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let interpreter = INTERPRETERS.iter().find(|(known, ..)| *known == stem);
    let Some((_, valued, own_program)) = interpreter else {
        let is_path = program.contains('/') || is_script_name(program);
        return is_path.then_some(program.as_str());
    };
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        if own_program.contains(&word.as_str()) {
            return None;
        } else if valued.contains(&word.as_str()) {
            words.next();
        } else if word == "--" {
            return words.next().map(String::as_str);
        } else if word == "-" {
            return None;
        } else if !word.starts_with(['-', '+']) {
            return Some(word);
        }
    }
    None
}

/// The command behind `uv run`, `env A=b`, `timeout 5m` and the like; the command itself when
/// there is none.
pub fn without_wrappers(argv: &[String]) -> &[String] {
    let mut rest = argv;
    while let Some(inner) = unwrapped(rest).filter(|inner| !inner.is_empty()) {
        rest = inner;
    }
    rest
}

fn unwrapped(argv: &[String]) -> Option<&[String]> {
    let program = argv.first()?.rsplit('/').next()?;
    let (words, valued) = WRAPPERS.iter().find(|(words, _)| {
        words[0] == program
            && words.len() <= argv.len()
            && words[1..].iter().zip(&argv[1..]).all(|(a, b)| a == b)
    })?;
    let mut at = words.len();
    while let Some(word) = argv.get(at) {
        if word == "--" {
            return argv.get(at + 1..);
        }
        let is_assignment = program == "env" && word.contains('=');
        if valued.contains(&word.as_str()) {
            at += 1;
        } else if !word.starts_with('-') && !is_assignment {
            break;
        } else if program == "uv" && matches!(word.as_str(), "-m" | "--module") {
            return None;
        }
        at += 1;
    }
    // `timeout 5m COMMAND`.
    argv.get(at + usize::from(program == "timeout")..)
}

fn is_script_name(word: &str) -> bool {
    [".py", ".sh", ".js", ".rb", ".pl"]
        .iter()
        .any(|extension| word.len() > extension.len() && word.ends_with(extension))
}

/// Whether a path is made when the command runs: it holds a variable, a pattern or `~`.
pub fn is_changeable(path: &str) -> bool {
    path.starts_with('~') || path.contains(['$', '*', '?', '{', '`'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Option<String> {
        let argv = shell_words::split(line).unwrap();
        script(&argv).map(str::to_owned)
    }

    #[test]
    fn scripts_are_found_behind_their_interpreters() {
        for line in [
            "python a/x.py --out y.py",
            "python3.11 -u -W ignore a/x.py",
            ".venv/bin/python a/x.py",
            "uv run a/x.py",
            "uv run --with torch --python 3.11 python a/x.py",
            "env A=b -u C python a/x.py",
            "timeout -k 5 10m nice -n 5 bash -x a/x.py",
            "poetry run python -- a/x.py",
            "a/x.py --fast",
            "node -r dotenv a/x.py",
        ] {
            assert_eq!(of(line).as_deref(), Some("a/x.py"), "{line}");
        }
        assert_eq!(of("x.sh").as_deref(), Some("x.sh"));
    }

    #[test]
    fn commands_without_a_script_have_none() {
        for line in [
            "make all",
            "python -m pytest tests/x.py",
            "python -c 'import x'",
            "bash -c 'x.sh'",
            "uv run -m pytest",
            "uv run ruff check x.py",
            "python -",
            "python",
            "overnight audit code x.py",
            "env",
        ] {
            assert_eq!(of(line), None, "{line}");
        }
        assert_eq!(script(&[]), None);
    }
}
