//! The simple commands in a line for a shell.

/// Words that end one command and begin another.
const BETWEEN: [&str; 6] = ["&&", "||", ";", "|", "&", "|&"];

/// One simple command of a line and the folder it runs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimpleCommand {
    /// Its words, as far as they are known without a shell.
    pub argv: Vec<String>,
    /// Where it runs, relative to where the line does; empty for there.
    pub folder: String,
}

/// Takes a line for a shell apart into its simple commands. Good enough to look for names:
/// lines that are whole programs (loops, here-documents) give words that are no programs.
///
/// ```
/// let found = overnight_plan::command::simple_commands("cd a && make b | tee c");
/// assert_eq!(found[0].argv, ["make", "b"]);
/// assert_eq!(found[0].folder, "a");
/// ```
pub fn simple_commands(line: &str) -> Vec<SimpleCommand> {
    let mut found = Vec::new();
    for line in line.lines() {
        let words = shell_words::split(line).unwrap_or_default();
        let mut folder = String::new();
        let mut argv: Vec<String> = Vec::new();
        for word in words.iter().chain([&";".to_owned()]) {
            let inner = word.trim_start_matches('(');
            let ends = inner.len() > 1 && inner.ends_with([';', ')']);
            let is_between = BETWEEN.contains(&word.as_str());
            if !is_between && !inner.is_empty() && inner != ")" {
                argv.push(inner.trim_end_matches([';', ')']).to_owned());
            }
            if is_between || ends || inner == ")" {
                finish(&mut found, &mut folder, std::mem::take(&mut argv));
            }
        }
    }
    found
}

fn finish(found: &mut Vec<SimpleCommand>, folder: &mut String, argv: Vec<String>) {
    match argv.as_slice() {
        [] => {}
        [cd, to] if cd == "cd" => {
            *folder = match folder.as_str() {
                _ if to.starts_with('/') => to.clone(),
                "" => to.clone(),
                from => format!("{from}/{to}"),
            };
        }
        _ => {
            // Assignments in front of the program are not the program.
            let is_assignment = |word: &String| {
                word.split_once('=').is_some_and(|(name, _)| {
                    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                })
            };
            let argv: Vec<String> = argv.into_iter().skip_while(is_assignment).collect();
            if !argv.is_empty() {
                found.push(SimpleCommand {
                    argv,
                    folder: folder.clone(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(line: &str) -> Vec<String> {
        simple_commands(line)
            .iter()
            .map(|command| format!("{}: {}", command.folder, command.argv.join(" ")))
            .collect()
    }

    #[test]
    fn lines_are_taken_apart() {
        assert_eq!(
            of("(cd a && A=1 make b); python 'c d.py' || x | y\ncd /t && z"),
            ["a: make b", "a: python c d.py", "a: x", "a: y", "/t: z"]
        );
        assert_eq!(of("cd a && cd b && c"), ["a/b: c"]);
        assert_eq!(of("a 'b"), [""; 0]);
        assert_eq!(of("A=1"), [""; 0]);
        assert_eq!(of(""), [""; 0]);
    }

    proptest! {
        #[test]
        fn no_line_panics(line in "[a-z;&|()'\" =\n/]{0,40}") {
            let _ = simple_commands(&line);
        }
    }
}
