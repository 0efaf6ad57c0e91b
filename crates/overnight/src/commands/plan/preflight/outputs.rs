//! Where large outputs go: into the checkout and past git, or into the night's change.

use std::path::Path;

use overnight_plan::config::WorkspaceMode;

use super::commands::{joined, own_options};
use super::{Findings, Note, Scene};

pub(super) fn look(scene: &Scene<'_>, findings: &mut Findings) {
    if scene.tree.mode() == Some(WorkspaceMode::InPlace) {
        return;
    }
    for output in &scene.config.workspace.outputs {
        let shown = output.display().to_string();
        if let Some(file) = scene.tree.tracked_below(&shown) {
            let message = format!(
                "git tracks {file}, so what steps save to the output folder {shown} stays in the \
                 night's worktree"
            );
            let hint = "take it out of git (`git rm --cached`), or name a folder below it in \
                        `outputs` of [workspace]";
            findings.problem("tracked_output", None, message, Some(hint));
        }
    }
    let exists = |path: &Path| scene.context.project.join(path).exists();
    for command in scene.commands {
        for (option, place) in own_options(&command.argv) {
            let path = joined(&command.folder, place);
            if option != "--out" || !scene.tree.is_in_worktree(&path, &exists) {
                continue;
            }
            let folder = match place.ends_with('/') {
                true => path.as_str(),
                false => path.rsplit_once('/').map_or(".", |(folder, _)| folder),
            };
            findings.note(Note {
                kind: "output_in_worktree",
                step: command.whose.step(),
                message: format!("`--out {place}` becomes a part of the night's change"),
                hint: Some(format!(
                    "to keep it from git, write `outputs = [\"{folder}\"]` in [workspace]"
                )),
                ..Note::default()
            });
        }
    }
}
