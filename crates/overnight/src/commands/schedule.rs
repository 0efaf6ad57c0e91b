//! `overnight schedule`: text for systemd or cron that starts a night. It installs nothing.

mod cron;
mod systemd;
mod when;

use std::env;
use std::path::{Path, PathBuf};

use jiff::civil::Time;
use overnight_plan::PlanFile;
use overnight_record::{ExitCode, store};
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use when::{Days, time_of_day};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight schedule PLAN.md --at 18:00 --until 07:00 --days mon-fri
  overnight schedule PLAN.md --at 22:30 --write ~/.config/systemd/user
  overnight schedule PLAN.md --at 22:30 --kind cron

Nothing is installed: the commands that do it are printed. Hours are those of the project's
time zone.")]
pub(crate) struct Args {
    /// The plan, a Markdown document
    plan: PathBuf,
    /// When the night begins
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day)]
    at: Time,
    /// When it ends, as in `overnight run --until`
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day)]
    until: Option<Time>,
    /// Evenings on which it begins, such as `mon-fri` or `tue,sat` [default: every day]
    #[arg(long, value_name = "DAYS")]
    days: Option<Days>,
    /// For whom [auto: systemd where it runs, or else cron]
    #[arg(long, value_enum, default_value_t)]
    kind: Kind,
    /// Write the two units of systemd into this folder instead of printing them
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

/// Who starts the night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Kind {
    /// systemd where it runs, or else cron.
    #[default]
    Auto,
    /// A user's service and timer.
    Systemd,
    /// A line of a crontab.
    Cron,
}

/// A night at a certain hour. Every path is absolute.
#[derive(Debug, Clone)]
struct Schedule {
    /// Name of the units.
    name: String,
    /// This program.
    program: PathBuf,
    /// The project.
    project: PathBuf,
    /// The plan, relative to the project where it lies in it.
    plan: String,
    at: Time,
    until: Option<Time>,
    days: Days,
    /// IANA name of the project's time zone.
    timezone: String,
    /// `PATH` of the user's shell: services and cron have a shorter one.
    path: Option<String>,
}

impl Schedule {
    /// The command's words.
    fn command(&self) -> Vec<String> {
        let mut words = vec![
            self.program.display().to_string(),
            "run".to_owned(),
            self.plan.clone(),
        ];
        if let Some(until) = self.until {
            words.extend(["--until".to_owned(), until.strftime("%H:%M").to_string()]);
        }
        words
    }
}

/// Text that starts a night.
#[derive(Debug)]
struct Written {
    /// File name and content.
    files: Vec<(String, String)>,
    /// What to do with them, one command or remark a line.
    how: Vec<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let schedule = schedule(args, context)?;
    let kind = match args.kind {
        // Where systemd is not the first process, its units start nothing.
        Kind::Auto if Path::new("/run/systemd/system").exists() => Kind::Systemd,
        Kind::Auto if args.write.is_some() => Kind::Systemd,
        Kind::Auto => Kind::Cron,
        kind => kind,
    };
    let written = match kind {
        Kind::Cron => cron::line(&schedule),
        Kind::Systemd | Kind::Auto => systemd::units(&schedule),
    };
    let Some(folder) = &args.write else {
        return answer(kind, &written, &[]);
    };
    if kind == Kind::Cron {
        return Err(Failure::with_hint(
            ExitCode::Usage,
            "--write is for units of systemd",
            "add the printed line with `crontab -e`, or use --kind systemd",
        ));
    }
    let mut paths = Vec::new();
    for (name, text) in &written.files {
        let path = folder.join(name);
        store::write_atomically(&path, text.as_bytes())?;
        paths.push(path);
    }
    answer(kind, &written, &paths)
}

fn schedule(args: &Args, context: &Context) -> Result<Schedule, Failure> {
    let in_project = context.project.join(&args.plan);
    let found = args
        .plan
        .canonicalize()
        .or_else(|_| in_project.canonicalize());
    let plan = found.unwrap_or(in_project);
    PlanFile::load(&plan)?;
    let program = env::current_exe().map_err(|error| {
        Failure::new(
            ExitCode::Precondition,
            format!("failed to find the program's own file: {error}"),
        )
    })?;
    let shown = plan.strip_prefix(&context.project).unwrap_or(&plan);
    let schedule = Schedule {
        name: name(&context.project, &plan),
        program,
        project: context.project.clone(),
        plan: shown.display().to_string(),
        at: args.at,
        until: args.until,
        days: args.days.unwrap_or(Days::EVERY),
        timezone: context.config()?.project.timezone.clone(),
        path: env::var("PATH").ok(),
    };
    for text in [
        &schedule.program.display().to_string(),
        &schedule.project.display().to_string(),
        &schedule.plan,
    ] {
        if text.contains(char::is_control) || text.trim() != text || text.ends_with('\\') {
            return Err(Failure::with_hint(
                ExitCode::Usage,
                format!("neither systemd nor cron can be told the path {text:?}"),
                "give it a name without line breaks, and without spaces at its ends",
            ));
        }
    }
    Ok(schedule)
}

/// `overnight-receipts-plan`: letters, digits and hyphens only.
fn name(project: &Path, plan: &Path) -> String {
    let mut name = "overnight".to_owned();
    for part in [project.file_name(), plan.file_stem()] {
        let part = part.unwrap_or_default().to_string_lossy().to_lowercase();
        let words = part.split(|c: char| !c.is_ascii_alphanumeric());
        for word in words.filter(|word| !word.is_empty()) {
            name.push('-');
            name.push_str(word);
        }
    }
    name
}

fn answer(kind: Kind, written: &Written, paths: &[PathBuf]) -> Result<Output, Failure> {
    let mut human = String::new();
    if paths.is_empty() {
        for (name, text) in &written.files {
            human.push_str(&format!("# ---- {name}\n{text}\n"));
        }
    }
    for path in paths {
        human.push_str(&format!("{}\n", path.display()));
    }
    human.push_str("\n# ---- to install it\n");
    for line in &written.how {
        human.push_str(&format!("{line}\n"));
    }
    let files = written.files.iter();
    let files: Vec<_> = files
        .map(|(name, text)| json!({ "name": name, "text": text }))
        .collect();
    let json = json!({
        "schema": "overnight.schedule/1",
        "kind": if kind == Kind::Cron { "cron" } else { "systemd" },
        "files": files,
        "install": written.how,
        "written": paths,
    });
    Output::new(ExitCode::Done, human.trim_start().to_owned(), &json)
}

#[cfg(test)]
mod tests;
