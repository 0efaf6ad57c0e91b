//! Scripts and targets of Makefiles that commands name.

use std::fs;

use overnight_plan::command::{MakeCall, is_changeable, script};

use super::commands::{NightCommand, joined};
use super::{Findings, Scene};

pub(super) fn look(scene: &Scene<'_>, findings: &mut Findings) {
    let read = |path: &str| fs::read_to_string(scene.context.project.join(path)).ok();
    for command in scene.commands {
        let step = command.whose.step();
        let prefix = command.whose.prefix();
        if let Some(call) = MakeCall::read(&command.argv) {
            if let Some(missing) = call.missing(&command.folder, &read) {
                let message = format!("{prefix}{missing}");
                findings.problem("missing_target", step, message, None);
            }
        } else if let Some(path) = script_of(command) {
            if !scene.context.project.join(&path).exists() {
                // A program that is named by its path is reported as a program.
                if !(command.is_whole && command.argv[0].ends_with(&path)) {
                    let message = format!("{prefix}the script {path} is not there");
                    findings.problem("missing_script", step, message, None);
                }
            } else if !scene.tree.will_have(&path) {
                let message = format!(
                    "{prefix}the script {path} is not tracked by git, so the night's worktree \
                     will not have it"
                );
                let hint = "commit it, or name it in `share` of [workspace]";
                findings.problem("untracked_script", step, message, Some(hint));
            }
        }
    }
}

/// The script a command runs, relative to the project; absolute when it is written so.
pub(super) fn script_of(command: &NightCommand<'_>) -> Option<String> {
    if command.is_agent {
        return None;
    }
    let path = script(&command.argv).filter(|path| !is_changeable(path))?;
    Some(joined(&command.folder, path))
}
