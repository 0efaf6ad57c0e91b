//! What the commands of a night are told.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::Night;

impl Night<'_, '_> {
    /// `.overnight` of the user's checkout.
    pub(super) fn state_dir(&self) -> PathBuf {
        self.spec.project.join(".overnight")
    }

    /// Variables every command of the night gets: steps, gates and checks.
    pub(super) fn environment(&self) -> Vec<(String, OsString)> {
        let artifacts = self.spec.project.join(&self.record.large_artifacts);
        let mut env = self.workspace.environment();
        let mut add = |name: &str, value: OsString| env.push((name.to_owned(), value));
        add("OVERNIGHT_RUN", self.run.as_str().into());
        add("OVERNIGHT_STATE_DIR", self.state_dir().into());
        add("OVERNIGHT_ARTIFACTS_DIR", artifacts.into());
        if self.spec.config_file.is_some() {
            add("OVERNIGHT_CONFIG", self.folder.config().into());
        }
        add("GIT_TERMINAL_PROMPT", "0".into());
        env
    }

    /// The command as it is started: `overnight` is this very program.
    pub(super) fn resolve(&self, argv: &[String]) -> Vec<String> {
        resolve(argv, self.spec.program)
    }
}

fn resolve(argv: &[String], program: &Path) -> Vec<String> {
    let mut argv = argv.to_vec();
    if let Some(first) = argv.first_mut().filter(|first| *first == "overnight") {
        *first = program.to_string_lossy().into_owned();
    }
    argv
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_program_itself_is_replaced() {
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let own = Path::new("/opt/overnight");
        assert_eq!(
            resolve(&words(&["overnight", "audit", "overnight"]), own),
            words(&["/opt/overnight", "audit", "overnight"])
        );
        assert_eq!(resolve(&words(&["make"]), own), words(&["make"]));
        assert!(resolve(&[], own).is_empty());
    }
}
