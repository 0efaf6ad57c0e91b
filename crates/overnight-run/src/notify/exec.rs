//! A program that is started with the message in its environment.

use std::path::Path;
use std::time::Duration;

use overnight_record::StopFlag;

use super::answer::Answer;
use super::error::DeliveryError;
use super::message::{Message, shorten};
use crate::process::{Captured, run_captured};

/// How long the program may take.
const LIMIT: Duration = Duration::from_secs(20);

pub(super) fn deliver(
    argv: &[String],
    dir: &Path,
    message: &Message,
    stop: &StopFlag,
) -> Result<Answer, DeliveryError> {
    let env = [
        ("OVERNIGHT_TITLE", message.title.clone()),
        ("OVERNIGHT_MESSAGE", message.text()),
        ("OVERNIGHT_EVENT", message.event.name().to_owned()),
        ("OVERNIGHT_RUN", message.run.clone().unwrap_or_default()),
    ]
    .map(|(name, value)| (name.to_owned(), value.into()));
    let seen = run_captured(argv, dir, &env, LIMIT, stop)?;
    match seen.code {
        Some(0) => Ok(Answer {
            status: "exit code 0".to_owned(),
            said: last_line(&seen),
        }),
        code => {
            let how = match code {
                Some(code) => format!("exited with {code}"),
                None if seen.timed_out => format!("ran for more than {} s", LIMIT.as_secs()),
                None if seen.stopped => "was ended with the night".to_owned(),
                None => "was ended by a signal".to_owned(),
            };
            Err(DeliveryError::ProgramFailed {
                how,
                output: last_line(&seen),
            })
        }
    }
}

fn last_line(seen: &Captured) -> String {
    let mut lines = seen.stdout.lines().chain(seen.stderr.lines());
    let last = lines.rfind(|line| !line.trim().is_empty());
    shorten(last.unwrap_or_default().trim(), 200)
}
