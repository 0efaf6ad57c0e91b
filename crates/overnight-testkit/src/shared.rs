//! Data that lies beside the repository in `../shared` on development machines.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder or file of `../shared`.
#[derive(Debug)]
pub struct Shared;

impl Shared {
    /// The path of `relative` below `../shared`, or `None` with one line on stderr that says
    /// which test was skipped for want of what. `OVERNIGHT_SHARED` overrules the place.
    pub fn path(test: &str, relative: &str) -> Option<PathBuf> {
        let root = std::env::var_os("OVERNIGHT_SHARED").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
            PathBuf::from,
        );
        let path = root.join(relative);
        if path.exists() {
            return Some(path.canonicalize().unwrap_or(path));
        }
        skip(test, &format!("shared/{relative}"));
        None
    }
}

/// Whether a program is on this machine; says that `test` is skipped when it is not.
pub fn has_program(test: &str, program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        skip(test, program);
    }
    found
}

/// Says on stderr that `test` is skipped because `missing` is not on this machine.
///
/// `./test` collects these lines and lists them at the end, so that a skip is never silent.
pub fn skip(test: &str, missing: &str) {
    let line = format!("SKIPPED {test}: {missing} is not on this machine\n");
    eprint!("{line}");
    if let Some(list) = std::env::var_os("OVERNIGHT_SKIP_LIST") {
        use std::io::Write as _;
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(list);
        if let Ok(mut file) = file {
            // In one piece: other tests write to the list, too.
            let _ = file.write_all(line.as_bytes());
        }
    }
}
