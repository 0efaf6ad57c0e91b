//! `overnight audit code`: runs ruff and mypy as they are installed, and reads their reports.

mod mypy;
mod parts;
mod ruff;

use std::time::Duration;

use overnight_audit::{AuditOutcome, Files, is_python, summarise};
use overnight_plan::parse_duration;
use overnight_record::result::{AuditResult, ToolRun, ToolStatus};
use overnight_record::{ExitCode, Finding, Progress as _};
use overnight_run::{Captured, ProcessError};

use super::tool::{self, Tool};
use super::{Selection, repository, scope};
use crate::context::Context;
use crate::failure::Failure;

/// What every tool of this audit is told.
struct Job<'a> {
    context: &'a Context,
    limit: Duration,
    fix: bool,
}

/// What the tools said so far.
#[derive(Default)]
struct Report {
    findings: Vec<Finding>,
    tools: Vec<ToolRun>,
    changed_files: Vec<String>,
}

/// A tool's findings, or why there are none.
type Reading = Result<Vec<Finding>, String>;

pub(super) fn run(selection: &Selection, context: &Context) -> Result<AuditOutcome, Failure> {
    let config = &context.config()?.audit.code;
    let paths = |configured: &[_], key| {
        if configured.is_empty() {
            Ok(Vec::new())
        } else {
            scope::paths(selection, configured, key, context)
        }
    };
    let ruff_paths = paths(&config.ruff, "[audit.code] ruff")?;
    let mypy_paths = paths(&config.mypy, "[audit.code] mypy")?;
    let job = Job {
        context,
        limit: parse_duration(&config.timeout)?,
        fix: selection.writes(),
    };
    let all: Vec<String> = ruff_paths.iter().chain(&mypy_paths).cloned().collect();
    let listing = repository::listing(context);
    let files = Files {
        project: &context.project,
        listing: listing.as_deref(),
    }
    .collect(&all, is_python)?
    .len();
    let mut report = Report::default();
    if files > 0 {
        let progress = context.progress();
        progress.begin("checking code", 2);
        if !ruff_paths.is_empty() {
            report.ruff(&job, &ruff_paths);
        }
        progress.advance(1);
        if !mypy_paths.is_empty() {
            report.mypy(&job, &mypy_paths)?;
        }
        progress.end();
    }
    report.outcome(files, context)
}

impl Report {
    fn ruff(&mut self, job: &Job<'_>, paths: &[String]) {
        let pin = tool::pin("ruff", job.context);
        match tool::find("ruff", pin.as_ref(), job.context) {
            Some(tool) => ruff::run(&tool, job, paths, self),
            None => {
                self.missing("ruff check", "ruff", job.context);
                self.missing("ruff format", "ruff", job.context);
            }
        }
    }

    fn mypy(&mut self, job: &Job<'_>, paths: &[String]) -> Result<(), Failure> {
        let pin = tool::pin("mypy", job.context);
        match tool::find("mypy", pin.as_ref(), job.context) {
            Some(tool) => mypy::run(&tool, job, paths, self)?,
            None => self.missing("mypy", "mypy", job.context),
        }
        Ok(())
    }

    fn missing(&mut self, tool: &str, package: &str, context: &Context) {
        self.tools.push(ToolRun {
            tool: tool.to_owned(),
            version: None,
            command: Vec::new(),
            status: ToolStatus::Missing,
            message: Some(format!(
                "get it with: pip install {}",
                wanted(package, context)
            )),
            before: 0,
            after: 0,
        });
    }

    /// Records one tool's run with its findings.
    fn add(
        &mut self,
        name: &str,
        tool: &Tool,
        command: Vec<String>,
        reading: Reading,
        note: Option<String>,
    ) {
        let (status, findings, problem) = match reading {
            Ok(findings) => (ToolStatus::Ran, findings, None),
            Err(problem) => (ToolStatus::Failed, Vec::new(), Some(problem)),
        };
        let message = [Some(tool.origin.clone()), note, problem]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("; ");
        self.tools.push(ToolRun {
            tool: name.to_owned(),
            version: Some(tool.version.clone()),
            command,
            status,
            message: Some(message),
            before: findings.len(),
            after: findings.iter().filter(|finding| finding.is_open()).count(),
        });
        self.findings.extend(findings);
    }

    fn outcome(self, files: usize, context: &Context) -> Result<AuditOutcome, Failure> {
        let is_missing = |tool: &ToolRun| tool.status == ToolStatus::Missing;
        if !self.tools.is_empty() && self.tools.iter().all(is_missing) {
            let mut packages: Vec<&str> = self
                .tools
                .iter()
                .filter_map(|tool| tool.tool.split(' ').next())
                .collect();
            packages.dedup();
            let wanted: Vec<String> = packages.iter().map(|name| wanted(name, context)).collect();
            return Err(Failure::with_hint(
                ExitCode::Precondition,
                format!(
                    "no tool to audit code with: {} not installed",
                    packages.join(" and ")
                ),
                format!("pip install {}", wanted.join(" ")),
            ));
        }
        debug_assert_eq!(
            self.tools.iter().map(|tool| tool.before).sum::<usize>(),
            self.findings.len(),
            "every finding belongs to one tool"
        );
        Ok(AuditOutcome {
            failures: Vec::new(),
            diffs: Vec::new(),
            was_stopped: context.stop.is_requested(),
            result: AuditResult {
                audit: "code".to_owned(),
                files,
                items: files,
                rules: summarise(&self.findings),
                findings: self.findings,
                tools: self.tools,
                changed_files: self.changed_files,
            },
        })
    }
}

/// The package with the version the project pins, for pip.
fn wanted(package: &str, context: &Context) -> String {
    match tool::pin(package, context) {
        Some(pin) => format!("{package}=={}", pin.version),
        None => package.to_owned(),
    }
}

impl Job<'_> {
    /// Runs a command; what kept it from its end is one line.
    fn capture(&self, command: &[String]) -> Result<Captured, String> {
        let answer =
            tool::capture(command, self.limit, self.context).map_err(|error: ProcessError| {
                let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
                format!("{error}{}", cause.unwrap_or_default())
            })?;
        if answer.timed_out {
            Err(format!(
                "ran past its time limit of {} s",
                self.limit.as_secs()
            ))
        } else if answer.stopped {
            Err("interrupted".to_owned())
        } else {
            Ok(answer)
        }
    }
}

/// Why a tool failed: the last lines it left, on one.
fn complaint(answer: &Captured) -> String {
    let text = if answer.stderr.trim().is_empty() {
        &answer.stdout
    } else {
        &answer.stderr
    };
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let last = lines[lines.len().saturating_sub(4)..].join(" ");
    let code = answer
        .code
        .map_or("a signal".to_owned(), |code| format!("exit code {code}"));
    let shown: String = last.chars().take(300).collect();
    format!("ended with {code}: {shown}")
}
