//! Datasets of bound verbs: on disk, and in the night's reach.

use std::path::PathBuf;

use super::commands::{joined, own_options};
use super::tree::leads_out;
use super::{Findings, Scene};

pub(super) fn look(scene: &Scene<'_>, findings: &mut Findings) {
    for command in scene.commands {
        let step = command.whose.step();
        for (option, name) in own_options(&command.argv) {
            if option != "--dataset" {
                continue;
            }
            // `FORMAT:PATH` from where the command runs, or a name of the configuration; unknown
            // names are found elsewhere.
            let path = match name.split_once(':') {
                Some((_, path)) => PathBuf::from(joined(&command.folder, path)),
                None => match scene.config.datasets.get(name) {
                    Some(dataset) => dataset.path.clone(),
                    None => continue,
                },
            };
            let shown = path.display();
            if !scene.context.project.join(&path).exists() {
                let message = format!("the dataset `{name}` is not there: {shown} does not exist");
                findings.problem("missing_dataset", step, message, None);
            } else if leads_out(&shown.to_string()) && !scene.tree.will_have(&shown.to_string()) {
                let message = format!(
                    "the dataset `{name}` is not where {shown} leads from the night's worktree"
                );
                let hint = "write its path from `/` on";
                findings.problem("unshared_dataset", step, message, Some(hint));
            } else if !scene.tree.will_have(&path.to_string_lossy()) {
                let message = format!(
                    "the dataset `{name}` is not tracked by git, so the night's worktree will not \
                     have {shown}"
                );
                let first = path.components().next().map(|part| {
                    let part = part.as_os_str().to_string_lossy().into_owned();
                    format!("name it in [workspace], such as `share = [\"{part}\"]`")
                });
                findings.problem("unshared_dataset", step, message, first.as_deref());
            }
        }
    }
}
