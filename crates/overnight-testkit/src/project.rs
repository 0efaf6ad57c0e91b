//! A temporary project and the built program run in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A temporary folder that is a project; removed when dropped.
#[derive(Debug)]
pub struct TestProject {
    dir: tempfile::TempDir,
}

impl Default for TestProject {
    fn default() -> Self {
        Self::new()
    }
}

impl TestProject {
    /// An empty folder.
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file, with its folders.
    pub fn file(&self, relative: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(relative);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, content).expect("a file");
        self
    }

    /// Copies a file or a folder from outside.
    pub fn copy(&self, from: &Path, relative: &str) -> &Self {
        copy_tree(from, &self.path().join(relative));
        self
    }

    /// Makes it a git repository with everything committed on `main`.
    pub fn commit_all(&self) -> &Self {
        if !self.path().join(".git").exists() {
            self.git(&["init", "-q", "-b", "main"]);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "test state"]);
        self
    }

    /// Runs git in it and returns what it printed.
    pub fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.org"])
            .args(args)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .expect("git runs");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {args:?}: {error}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Reads a file as text.
    pub fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path().join(relative)).expect("a readable file")
    }

    /// Every file below it with its bytes, except below the folders named; links are listed
    /// with their targets, not followed.
    pub fn tree(&self, except: &[&str]) -> BTreeMap<String, Vec<u8>> {
        let mut tree = BTreeMap::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(self.path().join(&folder)).expect("a folder") {
                let entry = entry.expect("an entry");
                let relative = folder.join(entry.file_name());
                let name = relative.to_string_lossy().into_owned();
                let kind = entry.file_type().expect("a file type");
                if except.contains(&name.as_str()) {
                } else if kind.is_dir() {
                    folders.push(relative);
                } else if kind.is_symlink() {
                    let target = fs::read_link(entry.path()).expect("a link");
                    tree.insert(name, target.to_string_lossy().into_owned().into_bytes());
                } else {
                    tree.insert(name, fs::read(entry.path()).expect("a file"));
                }
            }
        }
        tree
    }
}

fn copy_tree(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("a folder");
        for entry in fs::read_dir(from).expect("a folder") {
            let entry = entry.expect("an entry");
            copy_tree(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::create_dir_all(to.parent().expect("a parent")).expect("folders");
        // Content only: fixtures may be read-only, their copies must not be.
        fs::write(to, fs::read(from).expect("a file")).expect("a file");
    }
}

/// The built program with a scrubbed environment and a closed stdin.
#[derive(Debug)]
pub struct Overnight {
    command: Command,
}

/// What a run of the program left.
#[derive(Debug)]
pub struct Answer {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it printed on stdout.
    pub stdout: String,
    /// What it printed on stderr.
    pub stderr: String,
}

impl Overnight {
    /// The program at `binary` (in integration tests `env!("CARGO_BIN_EXE_overnight")`),
    /// to be run in `project`.
    pub fn new(binary: &str, project: &TestProject) -> Self {
        let mut command = Command::new(binary);
        command
            .current_dir(project.path())
            .env_clear()
            .stdin(Stdio::null());
        // What a user's machine gives every program, and the models other tests already fetched.
        for name in [
            "PATH",
            "HOME",
            "XDG_CACHE_HOME",
            "TMPDIR",
            "OVERNIGHT_MODELS",
        ] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("LC_ALL", "C.UTF-8");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Test");
            command.env(format!("GIT_{who}_EMAIL"), "test@example.org");
        }
        Self { command }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(mut self, args: I) -> Self {
        self.command.args(args);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it in another folder.
    #[must_use]
    pub fn in_dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Answer {
        let output = self.command.output().expect("the program starts");
        Answer {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The command itself, for tests that kill it midway.
    pub fn into_command(self) -> Command {
        self.command
    }
}

impl Answer {
    /// Asserts the exit code, showing both streams when it differs.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Its stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("one JSON document on stdout")
    }
}
