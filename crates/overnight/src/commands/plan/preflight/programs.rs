//! Programs that are not installed.

use std::collections::BTreeSet;
use std::env;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use overnight_plan::command::{script, without_wrappers};

use super::{Findings, Scene};

/// Wrappers that bring programs of their own.
const ENVIRONMENTS: [&str; 6] = ["uv", "poetry", "pdm", "pipenv", "hatch", "conda"];

/// One problem for each program that is not there, with the first that runs it.
pub(super) fn look(scene: &Scene<'_>, findings: &mut Findings) {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for command in scene.commands.iter().filter(|command| command.is_whole) {
        let inner = without_wrappers(&command.argv);
        for argv in [command.argv.as_slice(), inner] {
            let Some(program) = argv.first() else {
                continue;
            };
            // A project's own environment may hold what runs behind a wrapper, and a script
            // named by its path is looked for with the scripts.
            let is_inner = argv.len() < command.argv.len();
            let is_script = is_inner && script(argv).is_some_and(|path| path == program);
            let is_own = is_inner && ENVIRONMENTS.contains(&command.argv[0].as_str());
            if is_script || is_own || !seen.insert(program.clone()) {
                continue;
            }
            let folder = scene.context.project.join(&command.folder);
            // The night runs this very program under that name.
            if program != "overnight" && !is_installed(program, &folder) {
                let message = format!(
                    "{}the program `{program}` was not found",
                    command.whose.prefix()
                );
                let hint = Some(command.whose.remedy());
                findings.problem("missing_program", command.whose.step(), message, hint);
            }
        }
    }
}

/// Whether a program can be started: by its path, from `folder`, or found in PATH.
pub(crate) fn is_installed(program: &str, folder: &Path) -> bool {
    let is_executable = |path: &Path| {
        path.metadata()
            .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    if program.contains('/') {
        return is_executable(&folder.join(program));
    }
    env::var_os("PATH").is_some_and(|path| {
        env::split_paths(&path).any(|place| is_executable(&place.join(program)))
    })
}
