//! A line of a crontab.

use super::{Schedule, Written};

/// The lines, and how to add them.
pub(super) fn line(schedule: &Schedule) -> Written {
    let days = if schedule.days.is_every() {
        "*".to_owned()
    } else {
        schedule.days.for_cron()
    };
    let words = schedule.command();
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    // The folder is made as a night would make it: cron would not run the rest if the log
    // could not be opened.
    let command = format!(
        "cd {} && mkdir -p .overnight && {} >> .overnight/schedule.log 2>&1",
        quoted(&schedule.project.display().to_string()),
        words.join(" ")
    );
    let mut text = format!(
        "# Written by `overnight schedule`. Put it last: the first lines hold for all below them.\n\
         CRON_TZ={}\n",
        schedule.timezone
    );
    if let Some(path) = &schedule.path {
        text.push_str(&format!("PATH={path}\n"));
    }
    text.push_str(&format!(
        "{} {} * * {days} {}\n",
        schedule.at.minute(),
        schedule.at.hour(),
        // Cron ends the command at a percent sign.
        command.replace('%', "\\%")
    ));
    Written {
        files: vec![("crontab".to_owned(), text)],
        how: vec![
            "crontab -e          # and add the lines above at the end".to_owned(),
            "# Debian's cron does not know CRON_TZ: there, write the hour in the machine's time \
             zone."
                .to_owned(),
            "# Cron gives no variables of your shell: a step that needs some reads them itself."
                .to_owned(),
        ],
    }
}

/// A word of `sh`.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:,@=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
