//! Steps that run nothing, names nobody configured, folders that are not there.

use overnight_plan::unknown_names;

use super::{Findings, Scene};

pub(super) fn look(scene: &Scene<'_>, findings: &mut Findings) {
    let bound = scene.bound;
    if bound.plan.steps().next().is_none() {
        findings.problem(
            "no_steps",
            None,
            "the plan has no steps",
            Some("write them as checkboxes below the tasks, indented"),
        );
    }
    for step in bound.unbound() {
        let message = format!("runs nothing: {}", step.text);
        findings.problem("unbound", Some(step.id), message, None);
    }
    for name in unknown_names(bound, scene.config) {
        findings.problem(
            "unknown_name",
            Some(name.step),
            name.message,
            Some(&name.hint),
        );
    }
    for (step, binding) in &bound.bindings {
        if let Some(directory) = &binding.directory
            && !scene.context.project.join(directory).is_dir()
        {
            let message = format!("the folder {} is not in the project", directory.display());
            findings.problem("missing_folder", Some(*step), message, None);
        }
    }
}
