//! A user's service and timer of systemd.

use super::{Schedule, Written};

/// Service and timer, and the commands that install them.
pub(super) fn units(schedule: &Schedule) -> Written {
    let name = &schedule.name;
    let (service, timer) = (format!("{name}.service"), format!("{name}.timer"));
    Written {
        files: vec![
            (service.clone(), service_text(schedule)),
            (timer.clone(), timer_text(schedule)),
        ],
        how: vec![
            "# put both files into ~/.config/systemd/user (--write does), then".to_owned(),
            "systemctl --user daemon-reload".to_owned(),
            format!("systemctl --user enable --now {timer}"),
            "# so that it runs while you are not logged in".to_owned(),
            "loginctl enable-linger".to_owned(),
            "# when it runs next; what the last night said".to_owned(),
            format!("systemctl --user list-timers {timer}"),
            format!("journalctl --user -u {service} -e"),
        ],
    }
}

fn service_text(schedule: &Schedule) -> String {
    let project = schedule.project.display().to_string();
    let command = command_line(schedule.command());
    let path = schedule.path.as_deref().map_or_else(String::new, |path| {
        format!(
            "# A service has a short PATH of its own; this is your shell's.\nEnvironment={}\n",
            word(&format!("PATH={path}"))
        )
    });
    format!(
        "\
# Written by `overnight schedule`.
[Unit]
Description=Night shift of {description}

[Service]
Type=oneshot
WorkingDirectory={project}
ExecStart={command}
{path}# Secrets and addresses for notifications, one NAME=value a line; the file may be missing.
EnvironmentFile=-%h/.config/overnight/environment
# To stop a night, the runner is asked; it ends its steps itself.
KillMode=mixed
TimeoutStopSec=5min
# A step that uses up the memory must not take the night with it.
OOMPolicy=continue
",
        description = specifiers(&schedule.plan),
        project = specifiers(&project),
    )
}

fn command_line(mut words: Vec<String>) -> String {
    // systemd starts no program with such a path; `env` does.
    if words[0].contains(['"', '\'', '\\']) {
        words.insert(0, "/usr/bin/env".to_owned());
    }
    let mut line = word(&words[0]);
    for argument in &words[1..] {
        line.push(' ');
        // A dollar sign would name a variable there, but not in the program's path.
        line.push_str(&word(argument).replace('$', "$$"));
    }
    line
}

fn timer_text(schedule: &Schedule) -> String {
    let days = if schedule.days.is_every() {
        String::new()
    } else {
        format!("{} ", schedule.days.for_systemd())
    };
    format!(
        "\
# Written by `overnight schedule`.
[Unit]
Description=Begins the night shift of {description}

[Timer]
OnCalendar={days}*-*-* {at} {zone}
# A night missed because the machine was off begins when it is on again.
Persistent=true

[Install]
WantedBy=timers.target
",
        description = specifiers(&schedule.plan),
        at = schedule.at.strftime("%H:%M:%S"),
        zone = schedule.timezone,
    )
}

/// Text in which systemd would read `%x` as something of its own.
fn specifiers(text: &str) -> String {
    text.replace('%', "%%")
}

/// One word of a command line or of `Environment=`.
fn word(text: &str) -> String {
    let text = specifiers(text);
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:,@%=~$".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text;
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
