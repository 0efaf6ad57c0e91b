//! `make`: what is asked for, and what a Makefile has.

use std::collections::BTreeSet;

use super::without_wrappers;

/// Names `make` looks for, in its order.
const NAMES: [&str; 3] = ["GNUmakefile", "makefile", "Makefile"];

/// Options of `make` that take a value as the next word.
const VALUED: [&str; 8] = [
    "-I",
    "-l",
    "-o",
    "-W",
    "--include-dir",
    "--old-file",
    "--assume-new",
    "--eval",
];

/// What a command asks `make` for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MakeCall {
    /// `-C`: folders it changes to, one after another.
    pub folders: Vec<String>,
    /// `-f`: the file it reads; the usual names when `None`.
    pub file: Option<String>,
    /// The targets; the first of the file when there is none.
    pub targets: Vec<String>,
}

impl MakeCall {
    /// Reads a command; `None` when it is not `make`.
    pub fn read(argv: &[String]) -> Option<Self> {
        let argv = without_wrappers(argv);
        let program = argv.first()?.rsplit('/').next()?;
        if !matches!(program, "make" | "gmake") {
            return None;
        }
        let mut call = Self::default();
        let mut words = argv[1..].iter();
        while let Some(word) = words.next() {
            let (option, glued) = split_option(word);
            match option {
                "-C" | "--directory" => {
                    let folder = glued.map(str::to_owned).or_else(|| words.next().cloned());
                    call.folders.extend(folder);
                }
                "-f" | "--file" | "--makefile" => {
                    call.file = glued.map(str::to_owned).or_else(|| words.next().cloned());
                }
                _ if VALUED.contains(&option) && glued.is_none() => {
                    words.next();
                }
                _ if word.starts_with('-') || word.contains('=') => {}
                _ => call.targets.push(word.clone()),
            }
        }
        Some(call)
    }

    /// Why `make` cannot do what is asked: the file or a target is missing. `folder` is where
    /// the command runs, relative to the project, `read` gives the text of a file of the
    /// project. What a Makefile only makes up as it is read is taken to be there.
    pub fn missing(&self, folder: &str, read: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let mut place = folder.trim_end_matches('/').to_owned();
        for folder in &self.folders {
            place = joined(&place, folder);
        }
        let made_up = |path: &str| super::is_changeable(path);
        if made_up(&place) || self.file.as_deref().is_some_and(made_up) {
            return None;
        }
        let names: Vec<&str> = match &self.file {
            Some(file) => vec![file.as_str()],
            None => NAMES.to_vec(),
        };
        let found = names
            .iter()
            .find_map(|name| Some((joined(&place, name), read(&joined(&place, name))?)));
        let Some((path, text)) = found else {
            let name = self.file.as_deref().unwrap_or("Makefile");
            return Some(format!("there is no {}", joined(&place, name)));
        };
        let targets = MakeTargets::read(&text);
        let is_there = |target: &str| {
            made_up(target) || targets.has(target) || read(&joined(&place, target)).is_some()
        };
        let absent = self.targets.iter().find(|target| !is_there(target))?;
        Some(format!("{path} has no target `{absent}`"))
    }
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() || folder == "." || name.starts_with('/') {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// `-Cdir` and `--directory=dir` hold their value.
fn split_option(word: &str) -> (&str, Option<&str>) {
    if word.starts_with("--") {
        return match word.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (word, None),
        };
    }
    for short in ["-C", "-f"] {
        if let Some(value) = word.strip_prefix(short).filter(|value| !value.is_empty()) {
            return (short, Some(value));
        }
    }
    (word, None)
}

/// The targets of a Makefile, as far as its text tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MakeTargets {
    names: BTreeSet<String>,
    /// Whether it may have targets that its text does not name: includes, patterns, variables.
    is_open: bool,
}

impl MakeTargets {
    /// Reads the text of a Makefile.
    pub fn read(text: &str) -> Self {
        let mut found = Self::default();
        let mut is_in_define = false;
        for line in logical_lines(text) {
            let first = line.split_whitespace().next().unwrap_or_default();
            match first {
                "define" => is_in_define = true,
                "endef" => is_in_define = false,
                _ if is_in_define || line.starts_with('\t') || first.starts_with('#') => {}
                "include" | "-include" | "sinclude" => found.is_open = true,
                _ => found.rule(&line),
            }
        }
        found
    }

    /// Whether `make` may know this target.
    pub fn has(&self, target: &str) -> bool {
        self.is_open || self.names.contains(target)
    }

    fn rule(&mut self, line: &str) {
        let line = line.split(" #").next().unwrap_or(line);
        // `$(eval ...)` and the like make rules of their own.
        if line.trim_start().starts_with("$(") {
            self.is_open = true;
            return;
        }
        let Some((targets, rest)) = line.split_once(':') else {
            return;
        };
        let is_assignment = targets.contains('=') || rest.trim_start_matches(':').starts_with('=');
        if is_assignment {
            return;
        }
        for target in targets.split_whitespace() {
            match target {
                ".PHONY" => {
                    let names = rest.split_whitespace().map(str::to_owned);
                    self.names.extend(names.filter(|name| !name.contains('$')));
                }
                ".DEFAULT" => self.is_open = true,
                _ if target.contains(['$', '%']) => self.is_open = true,
                _ => {
                    self.names.insert(target.to_owned());
                }
            }
        }
    }
}

/// Lines with those that end in a backslash joined to the next.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open = String::new();
    for line in text.lines() {
        match line.strip_suffix('\\') {
            Some(begun) => {
                open.push_str(begun);
                open.push(' ');
            }
            None => {
                open.push_str(line);
                lines.push(std::mem::take(&mut open));
            }
        }
    }
    lines.push(open);
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAKEFILE: &str = "\
PREFIX := a:b
A = b : c
.PHONY: all check \\
  lint
all: build # words: here
build check:: dep
\techo not: a target
define TEMPLATE
inner:
endef
ifeq ($(X),y)
conditional: ; true
endif
";

    fn call(line: &str) -> MakeCall {
        MakeCall::read(&shell_words::split(line).unwrap()).unwrap()
    }

    #[test]
    fn targets_are_read_from_the_text() {
        let targets = MakeTargets::read(MAKEFILE);
        for target in ["all", "check", "lint", "build", "conditional"] {
            assert!(targets.has(target), "{target}");
        }
        for target in ["inner", "echo", "PREFIX", "A", "dep", "words", "al"] {
            assert!(!targets.has(target), "{target}");
        }
        for text in [
            "include x.mk\n",
            "%.o: %.c\n",
            "$(X): a\n",
            "$(eval x)\n",
            ".DEFAULT:\n",
        ] {
            assert!(MakeTargets::read(text).has("anything"), "{text}");
        }
    }

    #[test]
    fn calls_are_read() {
        let read = call("uv run make -j4 -C a --directory=b -Cc -f x.mk V=1 one -l 2 two");
        assert_eq!(read.folders, ["a", "b", "c"]);
        assert_eq!(read.file.as_deref(), Some("x.mk"));
        assert_eq!(read.targets, ["one", "two"]);
        assert_eq!(
            MakeCall::read(&["cmake".to_owned(), "all".to_owned()]),
            None
        );
        assert_eq!(MakeCall::read(&[]), None);
    }

    #[test]
    fn what_is_missing_is_named() {
        let read = |path: &str| (path == "tools/Makefile").then(|| MAKEFILE.to_owned());
        let missing = |folder, line: &str| call(line).missing(folder, &read);
        assert_eq!(missing("tools", "make all lint"), None);
        assert_eq!(missing("", "make -C tools"), None);
        assert_eq!(missing("tools/", "make $(X)"), None);
        assert_eq!(
            missing("tools", "make all fmt").as_deref(),
            Some("tools/Makefile has no target `fmt`")
        );
        assert_eq!(missing("", "make").as_deref(), Some("there is no Makefile"));
        assert_eq!(
            missing("a", "make -f b.mk").as_deref(),
            Some("there is no a/b.mk")
        );
    }

    proptest! {
        #[test]
        fn no_makefile_panics(text in "[a-z:=$%#\\\\\t\r\n. ()]{0,80}") {
            let _ = MakeTargets::read(&text).has("a");
        }
    }
}
