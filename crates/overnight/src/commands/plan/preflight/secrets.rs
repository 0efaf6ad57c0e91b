//! Environment variables that the configuration names: whether they are set, never what they
//! hold.

use std::env;

use overnight_plan::config::Channel;

use super::{Findings, Note, Scene};

pub(super) fn look(scene: &Scene<'_>, findings: &mut Findings) {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    for name in &scene.config.secrets.env {
        if !is_set(name) {
            findings.note(Note {
                kind: "secret_not_set",
                message: format!("the variable {name} of [secrets] is not set"),
                hint: Some("a step that needs it will fail".to_owned()),
                ..Note::default()
            });
        }
    }
    for path in &scene.config.secrets.files {
        if !scene.context.project.join(path).exists() {
            findings.note(Note {
                kind: "secret_not_set",
                message: format!("the file {} of [secrets] is not there", path.display()),
                ..Note::default()
            });
        }
    }
    for (name, channel) in &scene.config.notify.channels {
        let hook = match channel {
            Channel::Webhook(hook) | Channel::Ntfy(hook) | Channel::Slack(hook) => hook,
            Channel::Exec(_) => continue,
        };
        for variable in [&hook.url_env, &hook.token_env].into_iter().flatten() {
            if !is_set(variable) {
                let message = format!(
                    "the channel `{name}` cannot speak: the variable {variable} is not set"
                );
                let hint = "set it where the night is started";
                findings.problem("missing_variable", None, message, Some(hint));
            }
        }
    }
}
