//! What the options of a night and of its steps say about each other.

use overnight_record::StepId;

use super::agent::PROMPT;
use super::check::Checker;
use super::origin::Places;
use super::validate::report;
use super::{Channel, CommandLine, Config, Hook, Step};

/// Reports contradictions, each at a key with a hint.
struct Reporter<'a, 'c> {
    places: &'a Places,
    checker: &'a mut Checker<'c>,
}

impl Reporter<'_, '_> {
    fn report(&mut self, key: &[&str], message: impl Into<String>, hint: &str) {
        report(
            self.places,
            self.checker,
            key,
            message.into(),
            Some(hint.to_owned()),
        );
    }
}

/// Checks `[run]`, `[secrets]`, `[notify]`, `[agent]` and the steps.
pub(super) fn validate(config: &Config, places: &Places, checker: &mut Checker<'_>) {
    let mut reporter = Reporter { places, checker };
    if config.run.retry_pause > config.run.retry_pause_max {
        reporter.report(
            &["run", "retry_pause"],
            "the first pause is longer than the longest, `retry_pause_max`",
            "shorten the one or lengthen the other",
        );
    }
    for name in &config.secrets.env {
        variable(&mut reporter, &["secrets", "env"], name);
    }
    notify(config, &mut reporter);
    agent_command(config, &mut reporter);
    for (address, step) in &config.steps {
        let canonical = address.parse().map(|id: StepId| id.to_string());
        if let Ok(canonical) = canonical.as_ref().map(String::as_str)
            && canonical != address
        {
            let hint = format!("write [steps.\"{canonical}\"]");
            let message = "the address has zeros in front".to_owned();
            reporter.report(&["steps", address], message, &hint);
        }
        agent_step(config, address, step, &mut reporter);
        parallel_step(address, step, &mut reporter);
    }
}

fn notify(config: &Config, reporter: &mut Reporter<'_, '_>) {
    if let Some(ping) = &config.notify.ping {
        url(reporter, &["notify", "ping"], ping);
    }
    for (name, channel) in &config.notify.channels {
        let (Channel::Webhook(hook) | Channel::Ntfy(hook) | Channel::Slack(hook)) = channel else {
            continue;
        };
        let place = |key| ["notify", "channels", name, key];
        let Hook {
            url: own,
            url_env,
            token_env,
        } = hook;
        match (own, url_env) {
            (None, None) => reporter.report(
                &place("url"),
                "the channel has no address",
                "write `url`, or `url_env` with the name of the variable that holds it",
            ),
            (Some(_), Some(_)) => reporter.report(
                &place("url_env"),
                "`url_env` does not go together with `url`",
                "keep one of the two",
            ),
            (Some(own), None) => url(reporter, &place("url"), own),
            (None, Some(_)) => {}
        }
        for (key, name) in [("url_env", url_env), ("token_env", token_env)] {
            if let Some(name) = name {
                variable(reporter, &place(key), name);
            }
        }
    }
}

fn url(reporter: &mut Reporter<'_, '_>, key: &[&str], text: &str) {
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    if rest.is_none_or(|rest| rest.is_empty() || rest.contains(char::is_whitespace)) {
        // What is no address may be a secret in the wrong place, so it is not shown.
        reporter.report(
            key,
            "it is no address of the web",
            "it begins with https:// or http://",
        );
    }
}

fn variable(reporter: &mut Reporter<'_, '_>, key: &[&str], name: &str) {
    let is_name = !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        reporter.report(
            key,
            "it is no name of an environment variable",
            "write the name of the variable, not its value",
        );
    }
}

fn agent_command(config: &Config, reporter: &mut Reporter<'_, '_>) {
    match &config.agent.command {
        None if config.agent.enabled => reporter.report(
            &["agent", "enabled"],
            "an agent that is enabled needs a `command`",
            "write for example `command = [\"my-agent\", \"-p\", \"{prompt}\"]`",
        ),
        None => {}
        Some(words) => {
            let is_program_fixed = words.first().is_some_and(|first| !first.contains(PROMPT));
            let has_prompt = words.iter().any(|word| word.contains(PROMPT));
            if !has_prompt || !is_program_fixed {
                reporter.report(
                    &["agent", "command"],
                    "no argument behind the program holds `{prompt}`",
                    "put it where the agent takes its prompt, as in `[\"my-agent\", \"-p\", \
                     \"{prompt}\"]`",
                );
            }
        }
    }
}

fn agent_step(config: &Config, address: &str, step: &Step, reporter: &mut Reporter<'_, '_>) {
    if step.agent.is_none() {
        return;
    }
    let key = ["steps", address, "agent"];
    if step.run.is_some() {
        reporter.report(
            &key,
            "`agent` does not go together with `run`",
            "keep one of the two",
        );
    }
    if !config.agent.enabled {
        reporter.report(
            &key,
            "the agent is not enabled",
            "set `enabled = true` and a `command` in [agent], or leave the step unbound",
        );
    }
    if config.workspace.gate.is_empty() {
        reporter.report(
            &key,
            "an agent's changes are only kept behind a gate, and there is none",
            "write one, such as `gate = [[\"make\", \"quality-check\"]]` in [workspace]",
        );
    }
    if step.parallel {
        reporter.report(
            &["steps", address, "parallel"],
            "an agent changes files, so its step never runs beside others",
            "leave `parallel` out",
        );
    }
    if step.shell {
        reporter.report(
            &["steps", address, "shell"],
            "`shell` belongs to `run`; no shell sees a prompt",
            "leave `shell` out",
        );
    }
}

/// A step that runs beside others must leave tracked files alone.
fn parallel_step(address: &str, step: &Step, reporter: &mut Reporter<'_, '_>) {
    let Some(run) = step.run.as_ref().filter(|_| step.parallel) else {
        return;
    };
    let words = match run {
        CommandLine::Words(words) => words.clone(),
        CommandLine::Line(line) => shell_words::split(line).unwrap_or_default(),
    };
    if let Some(reason) = changes_files(&words) {
        reporter.report(
            &["steps", address, "parallel"],
            format!("the step changes tracked files ({reason}), so it cannot run beside others"),
            "leave `parallel` out",
        );
    }
}

/// What in a command is known to change tracked files.
fn changes_files(words: &[String]) -> Option<String> {
    const GIT: [&str; 9] = [
        "add",
        "am",
        "apply",
        "checkout",
        "cherry-pick",
        "commit",
        "merge",
        "rebase",
        "reset",
    ];
    let has = |word: &str| words.iter().any(|own| own == word);
    let pair = |first: &str, seconds: &[&str]| {
        words.windows(2).find_map(|two| {
            let is_program = two[0].rsplit('/').next() == Some(first);
            (is_program && seconds.contains(&two[1].as_str()))
                .then(|| format!("`{first} {}`", two[1]))
        })
    };
    if has("--fix") {
        return Some("`--fix`".to_owned());
    }
    let is_dry = has("--check") || has("--diff");
    pair("git", &GIT).or_else(|| pair("ruff", &["format"]).filter(|_| !is_dry))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::Config;

    /// The problems of a configuration without their columns.
    fn problems(text: &str) -> Vec<String> {
        match Config::parse(text, Path::new("overnight.toml")) {
            Ok(_) => Vec::new(),
            Err(crate::config::ConfigError::Invalid { problems, .. }) => problems
                .iter()
                .map(|p| format!("{} {}: {}", p.line, p.key, p.message))
                .collect(),
            Err(other) => panic!("{other}"),
        }
    }

    const AGENT: &str = "[workspace]\ngate = [[\"make\"]]\n[agent]\nenabled = true\n\
                         command = [\"a\", \"-p={prompt}\"]\n";

    #[test]
    fn an_agent_is_only_bound_when_it_can_be_trusted() {
        let step = "[steps.\"1.1.1\"]\nagent = true\n";
        assert_eq!(problems(&format!("{AGENT}{step}")), [""; 0]);
        let words = format!("{AGENT}[steps.\"1.1.1\"]\nagent = \"Mend it.\"\ntimeout = \"5m\"\n");
        assert_eq!(problems(&words), [""; 0]);
        assert_eq!(
            problems(step),
            [
                "2 steps.\"1.1.1\".agent: the agent is not enabled",
                "2 steps.\"1.1.1\".agent: an agent's changes are only kept behind a gate, and \
                 there is none",
            ]
        );
        let both = format!("{AGENT}{step}run = \"a\"\nshell = true\nparallel = true\n");
        assert_eq!(
            problems(&both),
            [
                "7 steps.\"1.1.1\".agent: `agent` does not go together with `run`",
                "9 steps.\"1.1.1\".shell: `shell` belongs to `run`; no shell sees a prompt",
                "10 steps.\"1.1.1\".parallel: an agent changes files, so its step never runs \
                 beside others",
            ]
        );
        for (command, line) in [
            (
                "[\"a\", \"-p\"]",
                "5 agent.command: no argument behind the program",
            ),
            (
                "[\"{prompt}\"]",
                "5 agent.command: no argument behind the program",
            ),
            (
                "[\"{prompt}\", \"{prompt}\"]",
                "5 agent.command: no argument behind",
            ),
            ("[]", "5 agent.command: the command is empty"),
        ] {
            let text = AGENT.replace("[\"a\", \"-p={prompt}\"]", command);
            let found = problems(&text);
            assert!(found.len() == 1 && found[0].starts_with(line), "{found:?}");
        }
        assert_eq!(
            problems("[agent]\nenabled = true\n"),
            ["2 agent.enabled: an agent that is enabled needs a `command`"]
        );
        for (value, message) in [
            ("false", "`agent = false` binds nothing"),
            ("\" \"", "it is empty"),
            ("1", "text or true was expected, not a whole number"),
        ] {
            let found = problems(&format!("{AGENT}[steps.\"1.1.1\"]\nagent = {value}\n"));
            assert_eq!(found, [format!("7 steps.\"1.1.1\".agent: {message}")]);
        }
    }

    #[test]
    fn a_step_runs_a_command_or_an_agent() {
        assert_eq!(
            problems("\n[steps.\"1.1.1\"]\ntimeout = \"5m\"\n"),
            ["2 steps.\"1.1.1\": the key `run` is missing"]
        );
        assert_eq!(
            problems("[steps.\"01.1.1\"]\nrun = \"a\"\n"),
            ["1 steps.\"01.1.1\": the address has zeros in front"]
        );
    }

    #[test]
    fn a_channel_has_one_address() {
        let channel = |kind: &str, more: &str| {
            problems(&format!("[notify.channels.c]\nkind = \"{kind}\"\n{more}"))
        };
        assert_eq!(channel("slack", "url_env = \"HOOK\"\n"), [""; 0]);
        assert_eq!(channel("exec", "command = \"a\"\n"), [""; 0]);
        for kind in ["webhook", "ntfy", "slack"] {
            assert_eq!(
                channel(kind, "token_env = \"A\"\n"),
                ["1 notify.channels.c.url: the channel has no address"]
            );
            assert_eq!(
                channel(kind, "url = \"https://a\"\nurl_env = \"A\"\n"),
                ["4 notify.channels.c.url_env: `url_env` does not go together with `url`"]
            );
        }
        let secret = channel("ntfy", "url_env = \"https://ntfy.sh/secret\"\n");
        assert_eq!(
            secret,
            ["3 notify.channels.c.url_env: it is no name of an environment variable"]
        );
        assert_eq!(
            channel("ntfy", "url = \"ntfy.sh/secret\"\n"),
            ["3 notify.channels.c.url: it is no address of the web"]
        );
        assert_eq!(
            problems("[secrets]\nenv = [\"A\", \"sk-123\"]\n[notify]\nping = \"https://\"\n"),
            [
                "2 secrets.env: it is no name of an environment variable",
                "4 notify.ping: it is no address of the web",
            ]
        );
    }

    #[test]
    fn what_changes_files_runs_alone() {
        let parallel = |run: &str| {
            problems(&format!(
                "[run]\njobs = 4\n[steps.\"1.1.1\"]\nrun = {run}\nparallel = true\n"
            ))
        };
        for run in [
            "\"overnight audit docs --fix\"",
            "[\"git\", \"commit\", \"-am\", \"x\"]",
            "\"uv run ruff format .\"",
            "\"/usr/bin/git add .\"",
        ] {
            let found = parallel(run);
            assert!(
                found.len() == 1 && found[0].starts_with("5 steps.\"1.1.1\".parallel"),
                "{run}: {found:?}"
            );
        }
        for run in [
            "\"ruff format --check .\"",
            "\"git status\"",
            "\"make fix\"",
            "\"a 'b\"",
        ] {
            assert_eq!(parallel(run), [""; 0], "{run}");
        }
        assert_eq!(
            problems("[run]\nretry_pause = \"1h\"\n"),
            ["2 run.retry_pause: the first pause is longer than the longest, `retry_pause_max`"]
        );
    }
}
