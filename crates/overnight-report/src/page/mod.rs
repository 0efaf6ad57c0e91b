//! `index.html`: one page that needs no network, no script and no other file to be read.

mod auditor;
mod evaluator;
mod image;
mod inline;
mod preprocessor;
mod profiler;
mod steps;
mod tiles;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use overnight_record::{Interval, store};

use crate::decision::decisions;
use crate::diff::Mark;
use crate::facts::{Night, State, command_line};
use crate::gap::{Block, Topic};
use crate::number::{duration, fixed, mebibytes};
use crate::plot::{self, Svg};
use crate::text;
use crate::verdict::{Verdict, tally, verdict};
use auditor::AuditorView;
use evaluator::{EvaluatorView, Reading};
use image::Images;
use inline::Span;
use preprocessor::PreprocessorView;
use profiler::ProfilerView;
use steps::PhaseView;
use tiles::Tile;

const STYLE: &str = include_str!("../../templates/style.css");

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    project: String,
    policy: String,
    style: &'static str,
    verdict: Verdict,
    facts: Vec<(&'static str, String)>,
    tally: Vec<(State, usize)>,
    phases: Vec<PhaseView>,
    tiles: Vec<Tile>,
    decisions: Vec<DecisionView>,
    criteria: Vec<CriterionView>,
    auditor: AuditorView,
    profiler: ProfilerView,
    evaluator: EvaluatorView,
    preprocessor: PreprocessorView,
    timeline: Option<Svg>,
    happenings: Vec<(String, String)>,
    others: Vec<OtherView>,
    environment: Vec<(String, String)>,
    commands: Vec<CommandView>,
    notes: Vec<String>,
    named_reports: [&'static str; 4],
    junit: &'static str,
}

/// Something to decide.
struct DecisionView {
    what: Vec<Span>,
    why: Vec<Span>,
    command: String,
}

/// A success criterion.
struct CriterionView {
    text: Vec<Span>,
    tone: &'static str,
    sign: &'static str,
    state: &'static str,
    evidence: String,
    check: Option<String>,
}

/// The result of a program outside this project.
struct OtherView {
    step: String,
    schema: String,
    message: String,
    summary: Vec<(String, String)>,
}

/// A command that makes numbers of this page again.
struct CommandView {
    step: String,
    what: &'static str,
    command: String,
}

/// The whole page.
pub(crate) fn render(night: &Night) -> Result<String, askama::Error> {
    let mut images = Images::default();
    let record = &night.record;
    Page {
        project: text::line(&record.project),
        policy: policy(),
        style: STYLE,
        verdict: shown(verdict(night)),
        facts: facts(night),
        tally: tally(night),
        phases: steps::phases(night),
        tiles: tiles::tiles(night).into(),
        decisions: decisions(night)
            .into_iter()
            .map(|decision| DecisionView {
                what: inline::spans(&decision.what),
                why: inline::spans(&decision.why),
                command: text::line(&decision.command),
            })
            .collect(),
        criteria: criteria(night),
        auditor: AuditorView::new(night),
        profiler: ProfilerView::new(night),
        evaluator: EvaluatorView::new(night, &mut images),
        preprocessor: PreprocessorView::new(night),
        timeline: plot::timeline(night),
        happenings: night
            .happenings
            .iter()
            .map(|it| (night.clock.second(it.at), text::line(&it.what)))
            .collect(),
        others: others(night),
        environment: environment(night),
        commands: commands(night),
        notes: night.notes.iter().map(|note| text::line(note)).collect(),
        named_reports: crate::NAMED_REPORTS,
        junit: crate::JUNIT_REPORT,
    }
    .render()
}

/// Nothing may be loaded or run; only this very style sheet and images inside the page.
fn policy() -> String {
    let hex = store::sha256_hex(STYLE.as_bytes());
    let digest: Vec<u8> = (0..hex.len() / 2)
        .filter_map(|i| u8::from_str_radix(hex.get(2 * i..2 * i + 2)?, 16).ok())
        .collect();
    format!(
        "default-src 'none'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        STANDARD.encode(digest)
    )
}

fn shown(verdict: Verdict) -> Verdict {
    let findings = verdict.findings.into_iter();
    Verdict {
        headline: unbroken(&text::line(&verdict.headline)),
        tone: verdict.tone,
        reasons: verdict.reasons,
        findings: findings
            .map(|(role, line)| (role, text::line(&line)))
            .collect(),
    }
}

/// Keeps a number on the line of the word it counts.
fn unbroken(sentence: &str) -> String {
    let mut out = String::with_capacity(sentence.len());
    for word in sentence.split(' ') {
        if !out.is_empty() {
            let after_number = out.ends_with(|c: char| c.is_ascii_digit());
            out.push(if after_number { '\u{a0}' } else { ' ' });
        }
        out.push_str(word);
    }
    out
}

fn facts(night: &Night) -> Vec<(&'static str, String)> {
    let record = &night.record;
    let ended = match night.ended {
        Some((at, _)) => night.clock.stamp(at),
        None => format!("{}, last seen", night.clock.stamp(night.last_seen())),
    };
    vec![
        ("Run", record.run.to_string()),
        (
            "Plan",
            text::line(&format!("{} ({})", record.plan_title, record.plan)),
        ),
        ("From", night.clock.stamp(record.started)),
        ("To", ended),
        ("Took", duration(night.duration_s())),
    ]
}

fn criteria(night: &Night) -> Vec<CriterionView> {
    let criteria = night.criteria.iter();
    criteria
        .map(|criterion| {
            let (tone, sign, state) = match criterion.holds {
                Some(true) => ("done", "\u{2713}", "holds"),
                Some(false) => ("bad", "\u{2715}", "does not hold"),
                None => ("off", "\u{00b7}", "not checked"),
            };
            let evidence = criterion.evidence.as_deref().map(|e| text::clipped(e, 400));
            let evidence = evidence.unwrap_or_else(|| match (&criterion.holds, &criterion.check) {
                (None, None) => "No command is bound to it.".to_owned(),
                (None, Some(_)) => "Its check has not run.".to_owned(),
                _ => String::new(),
            });
            CriterionView {
                text: inline::spans(&criterion.text),
                tone,
                sign,
                state,
                evidence,
                check: criterion.check.as_deref().map(text::line),
            }
        })
        .collect()
}

fn others(night: &Night) -> Vec<OtherView> {
    let others = night.results.others.iter();
    others
        .map(|result| OtherView {
            step: result.step.to_string(),
            schema: text::line(&result.file.schema),
            message: text::clipped(result.file.message.as_deref().unwrap_or(""), 300),
            summary: result
                .file
                .summary
                .iter()
                .map(|(name, value)| {
                    let value = value
                        .as_str()
                        .map_or_else(|| value.to_string(), ToOwned::to_owned);
                    (text::line(name), text::clipped(&value, 200))
                })
                .collect(),
        })
        .collect()
}

fn environment(night: &Night) -> Vec<(String, String)> {
    let record = &night.record;
    let host = &record.host;
    let mut rows = vec![
        ("Host", host.name.clone()),
        ("System", host.os.clone()),
        ("Processor", format!("{}, {} logical", host.cpu, host.cores)),
        ("Memory", mebibytes(host.memory_mib as f64)),
    ];
    for gpu in &host.gpus {
        rows.push((
            "Graphics processor",
            format!(
                "{}, {}, driver {}",
                gpu.name,
                mebibytes(gpu.memory_mib as f64),
                gpu.driver
            ),
        ));
    }
    if host.gpus.is_empty() {
        rows.push(("Graphics processor", "none found".to_owned()));
    }
    rows.push(("overnight", record.overnight_version.clone()));
    rows.push(("Command", command_line(&record.command)));
    rows.push(("Project", record.project_dir.clone()));
    rows.push(("Plan SHA-256", record.plan_sha256.clone()));
    if let Some(git) = &record.git {
        rows.push(("Base commit", git.commit.clone()));
        let branch = git.branch.as_deref().unwrap_or("detached");
        let dirty = if git.was_dirty {
            " (with changes the run did not see)"
        } else {
            ""
        };
        rows.push(("Branch of the checkout", format!("{branch}{dirty}")));
        if let Some(night_branch) = &git.night_branch {
            rows.push(("Branch of the night", night_branch.clone()));
        }
    }
    rows.push(("Large artifacts", record.large_artifacts.clone()));
    rows.push(("Time zone", record.timezone.clone()));
    rows.into_iter()
        .map(|(name, value)| (name.to_owned(), text::line(&value)))
        .collect()
}

/// The command behind every result, in plan order.
fn commands(night: &Night) -> Vec<CommandView> {
    let results = &night.results;
    let mut found = Vec::new();
    macro_rules! collect {
        ($($list:ident: $what:literal),*) => {$(
            for result in &results.$list {
                let (step, command) = crate::markdown::command_of(night, result);
                found.push((step, $what, command));
            }
        )*};
    }
    collect!(audits: "findings", benches: "throughput and memory", infers: "predictions",
        scores: "error rates", compares: "comparison", enhances: "enhancement", storages: "storage");
    found.sort_by_key(|(step, ..)| *step);
    found
        .into_iter()
        .map(|(step, what, command)| CommandView {
            step: step.to_string(),
            what,
            command: command.map_or_else(
                || "no command recorded".to_owned(),
                |command| text::line(&command),
            ),
        })
        .collect()
}

/// What an error rate of the page means, in one or two sentences.
fn definition(
    profile: &str,
    meaning: Option<(&str, &str)>,
    n: &str,
    dataset: &str,
    interval: Option<&Interval>,
) -> String {
    let meaning = meaning.map_or_else(
        || "definition not recorded".to_owned(),
        |(definition, unit)| format!("{}; unit: {unit}", definition.trim_end_matches('.')),
    );
    let interval = interval.map_or_else(String::new, |i| {
        format!(
            " Brackets: {} % interval, {}.",
            fixed(i.level * 100.0, 0),
            i.method
        )
    });
    text::line(&format!(
        "Profile {profile} ({meaning}); n = {n} of {dataset}.{interval}"
    ))
}
