//! `overnight notify`: whether messages arrive, and those that did not.

use jiff::Timestamp;
use overnight_record::ExitCode;
use overnight_run::Ledger;
use overnight_run::notify::{Channels, Delivered, Message, Posted, flush};
use serde_json::{Value, json};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight notify test          a test message to every channel of overnight.toml
  overnight notify test phone    to one of them
  overnight notify flush         deliver what did not arrive last night

Exit codes: 0 everything arrived; 1 something did not; 3 no channel is configured.")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Send a test message and say what came back
    Test {
        /// The channel, by its name in overnight.toml [default: all of them]
        channel: Option<String>,
    },
    /// Deliver the messages that did not arrive, also those that were given up
    Flush,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let channels = channels(context)?;
    match &args.verb {
        Verb::Test { channel } => test(&channels, channel.as_deref(), context),
        Verb::Flush => deliver_rest(&channels, context),
    }
}

/// The channels of the configuration, with addresses and tokens from the environment.
fn channels(context: &Context) -> Result<Channels, Failure> {
    let config = context.config()?;
    let lookup = |name: &str| std::env::var(name).ok();
    // What is wrong with a channel is said when it is used.
    let (channels, _) = Channels::resolve(
        &config.notify,
        &lookup,
        context.project.clone(),
        context.redactor()?,
    );
    Ok(channels)
}

/// What became of one message on one channel.
struct Line {
    channel: String,
    title: String,
    is_delivered: bool,
    said: String,
}

impl Line {
    fn json(&self) -> Value {
        json!({
            "channel": self.channel,
            "title": self.title,
            "delivered": self.is_delivered,
            "said": self.said,
        })
    }
}

fn test(channels: &Channels, only: Option<&str>, context: &Context) -> Result<Output, Failure> {
    let names = channels.names();
    if names.is_empty() {
        return Err(Failure::with_hint(
            ExitCode::Precondition,
            "no channel is configured",
            "write a table [notify.channels.NAME] into overnight.toml; docs/notifications.md \
             shows one of each kind",
        ));
    }
    if let Some(name) = only
        && !names.iter().any(|known| known == name)
    {
        return Err(Failure::with_hint(
            ExitCode::Usage,
            format!("there is no channel `{name}` in overnight.toml"),
            format!("the channels are {}", names.join(", ")),
        ));
    }
    let project = context.project.file_name().unwrap_or_default();
    let message = Message::test(&project.to_string_lossy(), Timestamp::now());
    let mut lines = Vec::new();
    for name in names {
        if only.is_some_and(|only| only != name) {
            continue;
        }
        let answer = channels.deliver(&name, &message, &context.stop);
        lines.push(Line {
            channel: name,
            title: message.title.clone(),
            is_delivered: answer.is_ok(),
            said: match answer {
                Ok(answer) if answer.said.is_empty() => answer.status,
                Ok(answer) => format!("{}: {}", answer.status, answer.said),
                Err(error) => error.to_string(),
            },
        });
    }
    answer(&lines, "")
}

fn deliver_rest(channels: &Channels, context: &Context) -> Result<Output, Failure> {
    let mut ledger = Ledger::open_existing(&context.state_dir())?;
    let posted = flush(&mut ledger, channels, Timestamp::now, &context.stop)?;
    let lines: Vec<Line> = posted.iter().map(line_of).collect();
    answer(&lines, "Every message has arrived.\n")
}

fn line_of(posted: &Posted) -> Line {
    let (is_delivered, said) = match &posted.delivered {
        Delivered::Yes(answer) => (true, answer.status.clone()),
        Delivered::No { error, .. } => (false, error.to_string()),
    };
    Line {
        channel: posted.letter.channel.clone(),
        title: posted.letter.message.title.clone(),
        is_delivered,
        said,
    }
}

fn answer(lines: &[Line], when_empty: &str) -> Result<Output, Failure> {
    let widest = lines.iter().map(|line| line.channel.chars().count()).max();
    let widest = widest.unwrap_or(0);
    let mut human = String::new();
    for line in lines {
        let state = if line.is_delivered {
            "arrived"
        } else {
            "failed "
        };
        human.push_str(&format!(
            "{state}  {:widest$}  {}\n",
            line.channel, line.said
        ));
    }
    if lines.is_empty() {
        human.push_str(when_empty);
    }
    let all_arrived = lines.iter().all(|line| line.is_delivered);
    let (exit, status) = if all_arrived {
        (ExitCode::Done, "ok")
    } else {
        (ExitCode::Findings, "findings")
    };
    let json = json!({
        "schema": "overnight.notify/1",
        "status": status,
        "messages": lines.iter().map(Line::json).collect::<Vec<_>>(),
    });
    Output::new(exit, human, &json)
}
