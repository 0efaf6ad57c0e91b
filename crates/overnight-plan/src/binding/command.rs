//! From a configured command to program and arguments.

use crate::config::CommandLine;

/// Words that mean something to a shell and nothing to a program.
const SHELL_WORDS: [&str; 11] = [
    "&&", "||", "|", ";", ">", ">>", "<", "&", "2>&1", "2>", "&>",
];

/// A command ready to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) argv: Vec<String>,
    pub(super) display: String,
}

/// Why a command cannot be started as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CommandError {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl CommandError {
    fn new(message: impl Into<String>, hint: &str) -> Self {
        Self {
            message: message.into(),
            hint: Some(hint.to_owned()),
        }
    }
}

impl Command {
    /// Splits a command line as a POSIX shell splits words, or hands it to `sh -c`.
    pub(super) fn read(line: &CommandLine, shell: bool) -> Result<Self, CommandError> {
        match line {
            CommandLine::Line(line) if line.trim().is_empty() => Err(empty()),
            CommandLine::Line(line) if shell => Ok(Self {
                argv: vec!["sh".to_owned(), "-c".to_owned(), line.clone()],
                display: line.trim().to_owned(),
            }),
            CommandLine::Line(line) => split(line),
            CommandLine::Words(_) if shell => Err(CommandError::new(
                "`shell = true` needs one line, not a list of arguments",
                "write the command as one string, or leave `shell` out",
            )),
            CommandLine::Words(words) => from_words(words.clone()),
        }
    }
}

fn empty() -> CommandError {
    CommandError::new("the command is empty", "name a program")
}

fn split(line: &str) -> Result<Command, CommandError> {
    let words = shell_words::split(line).map_err(|_| {
        CommandError::new(
            format!("a quotation mark is not closed in `{}`", line.trim()),
            "close it, or write the command as a list of arguments",
        )
    })?;
    let is_shell = |word: &&String| {
        SHELL_WORDS.contains(&word.as_str()) || (word.len() > 1 && word.ends_with(';'))
    };
    if let Some(word) = words.iter().find(is_shell) {
        return Err(CommandError::new(
            format!("`{word}` means something to a shell only, and the command is run without one"),
            "add `shell = true`; for `cd DIR && ...` write `directory = \"DIR\"`; an argument \
             that really is this sign goes into a list of arguments",
        ));
    }
    let first = words.first().map_or("", String::as_str);
    if let Some((name, _)) = first.split_once('=')
        && is_variable(name)
    {
        return Err(CommandError::new(
            format!("`{first}` is an assignment, not a program"),
            "put it into `env`, such as `env = { NAME = \"value\" }`",
        ));
    }
    from_words(words)
}

fn from_words(argv: Vec<String>) -> Result<Command, CommandError> {
    if argv.first().is_none_or(|program| program.trim().is_empty()) {
        return Err(empty());
    }
    if argv.iter().any(|word| word.contains('\0')) {
        return Err(CommandError {
            message: "an argument holds a NUL character".to_owned(),
            hint: None,
        });
    }
    Ok(Command {
        display: shell_words::join(&argv),
        argv,
    })
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, CommandError> {
        Command::read(&CommandLine::Line(line.to_owned()), false)
    }

    #[test]
    fn lines_are_split_as_a_shell_would() {
        let command = read("grep -n 'a b' \"c\"d \\; --arms none,sepia").unwrap_err();
        assert!(command.message.contains("`;`"), "{command:?}");
        let command = read("  grep -n 'a b' \"c\"d --arms none,sepia\n").unwrap();
        assert_eq!(
            command.argv,
            ["grep", "-n", "a b", "cd", "--arms", "none,sepia"]
        );
        assert_eq!(command.display, "grep -n 'a b' cd --arms none,sepia");
    }

    #[test]
    fn what_only_a_shell_understands_is_refused() {
        for line in ["cd a && make", "a | b", "a > b", "a; b", "A=1 b", "a 'b"] {
            assert!(read(line).is_err(), "{line} was accepted");
        }
        for line in ["", " ", "''"] {
            assert_eq!(read(line), Err(empty()), "{line:?}");
        }
        let words = CommandLine::Words(vec!["find".to_owned(), ";".to_owned()]);
        assert!(Command::read(&words, false).is_ok());
        assert!(Command::read(&words, true).is_err());
        assert!(Command::read(&CommandLine::Words(Vec::new()), false).is_err());
    }

    #[test]
    fn a_shell_line_is_handed_over_whole() {
        let line = CommandLine::Line("cd a && make > log".to_owned());
        let command = Command::read(&line, true).unwrap();
        assert_eq!(command.argv, ["sh", "-c", "cd a && make > log"]);
        assert_eq!(command.display, "cd a && make > log");
    }
}
