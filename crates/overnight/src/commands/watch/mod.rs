//! `overnight watch`: a night in the terminal while it runs.

mod keys;
mod plain;
mod screen;
mod view;

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use overnight_record::ExitCode;
use overnight_run::Ledger;
use ratatui::crossterm::event::{self, Event};

use super::run::find_run;
use super::status;
use crate::cli::Format;
use crate::context::Context;
use crate::failure::Failure;
use crate::moment::{LogTail, Moment, Watched};
use crate::output::Output;

use keys::Wish;
use screen::Screen;
use view::{Sight, Ui};

/// How often the night is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How long a key is waited for at most; a request to stop is noticed as soon.
const WAIT: Duration = Duration::from_millis(100);

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight watch              the last night, while it runs and after
  overnight watch --once       one picture as plain text, then exit

Keys: q quits, j and k or the arrows select a step, l shows its log, g goes back to the
step that runs, ? explains.")]
pub(crate) struct Args {
    /// The run's id [default: the last one]
    run: Option<String>,
    /// Print one picture as plain text and exit; so it is, too, without a terminal
    #[arg(long)]
    once: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let ledger = Ledger::open_existing(&context.state_dir())?;
    let row = find_run(&ledger, args.run.as_deref())?;
    let logs = context.project.join(&context.config()?.project.logs);
    let mut watched = Watched::open(ledger, row, &logs)?;
    let is_terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    if !args.once && is_terminal && context.global.format == Format::Human {
        follow(&mut watched, context)?;
    }
    let moment = watched.moment(Timestamp::now())?;
    let stopped = context.stop.is_requested();
    let human = if args.once || !is_terminal {
        plain::picture(&sight(&watched, moment.clone(), &Ui::default()))
    } else {
        // What was seen is gone from the screen; one line says how it was left.
        format!("{}\n", status::headline(&moment))
    };
    let mut output = status::answer(&moment, human)?;
    if stopped {
        output.exit = ExitCode::Interrupted;
    }
    Ok(output)
}

/// Shows the night until the user has seen enough or the process is asked to stop.
fn follow(watched: &mut Watched, context: &Context) -> Result<(), Failure> {
    let mut screen = Screen::enter()?;
    let mut ui = Ui::default();
    let mut seen = sight(watched, watched.moment(Timestamp::now())?, &ui);
    let mut looked = Instant::now();
    while !context.stop.is_requested() {
        screen.draw(|frame| view::draw(frame, &seen, &ui))?;
        if screen.waits_for_key(WAIT)? {
            match event::read().map_err(screen::failed)? {
                Event::Key(key) => match keys::wish(&key) {
                    Some(Wish::Quit) => return Ok(()),
                    Some(wish) => {
                        ui.follow_wish(wish, &seen.moment);
                        seen.log = log(watched, &seen.moment, &ui);
                    }
                    None => {}
                },
                Event::Resize(..) => screen.clear()?,
                _ => {}
            }
        }
        if looked.elapsed() >= LOOK {
            looked = Instant::now();
            let looked_at = watched
                .read_on()
                .and_then(|()| watched.moment(Timestamp::now()));
            match looked_at {
                Ok(moment) => seen = sight(watched, moment, &ui),
                // The ledger may be busy for a moment; the last picture stays.
                Err(failure) => seen.trouble = Some(failure.chain().join(": ")),
            }
        }
    }
    Ok(())
}

fn sight(watched: &Watched, moment: Moment, ui: &Ui) -> Sight {
    Sight {
        log: log(watched, &moment, ui),
        moment,
        trouble: None,
    }
}

fn log(watched: &Watched, moment: &Moment, ui: &Ui) -> LogTail {
    let step = view::chosen(moment, ui);
    step.map_or_else(LogTail::default, |step| watched.log_of(step))
}
