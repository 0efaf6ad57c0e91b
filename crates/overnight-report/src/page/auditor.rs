//! The auditor's section: findings before and after, commits, gates, what is left.

use overnight_record::result::ToolStatus;

use crate::facts::{Kind, Missing, Night};
use crate::markdown::{open_sorted, place, severity_name, why_left};
use crate::number::{count, counted};
use crate::text;
use crate::verdict::open_findings;

/// Open findings listed in the page.
const MAX_OPEN: usize = 40;

/// Everything the section shows.
pub(super) struct AuditorView {
    pub(super) missing: Vec<Missing>,
    pub(super) summary: Option<String>,
    pub(super) rules: Vec<RuleView>,
    pub(super) tools: Vec<ToolView>,
    pub(super) commits: Vec<CommitView>,
    pub(super) branch: Option<String>,
    pub(super) rollbacks: Vec<RollbackView>,
    pub(super) gates: Vec<GateView>,
    pub(super) open: Vec<OpenView>,
    pub(super) n_open_hidden: usize,
}

/// One rule of one audit.
pub(super) struct RuleView {
    pub(super) audit: String,
    pub(super) rule: String,
    pub(super) source: String,
    pub(super) before: usize,
    pub(super) repaired: usize,
    pub(super) after: usize,
    /// Widths of the bar's two parts, of 100 for the rule with the most findings.
    pub(super) repaired_width: String,
    pub(super) after_width: String,
    pub(super) why: String,
}

/// One run of one tool.
pub(super) struct ToolView {
    pub(super) tool: String,
    pub(super) version: String,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
    pub(super) message: String,
}

/// One commit.
pub(super) struct CommitView {
    pub(super) id: String,
    pub(super) step: String,
    pub(super) subject: String,
    pub(super) size: String,
}

/// One change that was undone.
pub(super) struct RollbackView {
    pub(super) step: String,
    pub(super) reason: String,
    pub(super) href: String,
}

/// One measurement of a gate.
pub(super) struct GateView {
    pub(super) gate: String,
    pub(super) after: String,
    pub(super) exit: String,
    pub(super) diagnostics: u64,
    pub(super) tone: &'static str,
    pub(super) verdict: &'static str,
}

/// One finding that still stands.
pub(super) struct OpenView {
    pub(super) severity: &'static str,
    pub(super) place: String,
    pub(super) rule: String,
    pub(super) message: String,
    pub(super) fix: Option<String>,
}

impl AuditorView {
    pub(super) fn new(night: &Night) -> Self {
        let audits = &night.results.audits;
        let open = open_sorted(audits);
        let total: usize = audits.iter().map(|r| r.body().findings.len()).sum();
        let left = open_findings(night);
        Self {
            missing: night.missing_or_unplanned(Kind::Audit),
            summary: (!audits.is_empty()).then(|| {
                format!(
                    "{} in {}: {} repaired, {} left.",
                    counted(total, "finding"),
                    counted(audits.len(), "audit"),
                    count(total - left),
                    count(left)
                )
            }),
            rules: rules(night),
            tools: tools(night),
            commits: commits(night),
            branch: night
                .record
                .git
                .as_ref()
                .and_then(|git| git.night_branch.as_deref().map(text::line)),
            rollbacks: night
                .rollbacks
                .iter()
                .map(|r| RollbackView {
                    step: r.step.to_string(),
                    reason: text::clipped(&r.reason, 300),
                    href: format!("../{}", r.patch),
                })
                .collect(),
            gates: gates(night),
            n_open_hidden: open.len().saturating_sub(MAX_OPEN),
            open: open
                .into_iter()
                .take(MAX_OPEN)
                .map(|finding| OpenView {
                    severity: severity_name(finding.severity),
                    place: text::line(&place(finding)),
                    rule: text::line(&finding.rule),
                    message: text::clipped(&finding.message, 240),
                    fix: finding
                        .fix
                        .as_ref()
                        .map(|fix| text::clipped(&fix.description, 160)),
                })
                .collect(),
        }
    }
}

fn rules(night: &Night) -> Vec<RuleView> {
    let audits = &night.results.audits;
    let rules = audits.iter().flat_map(|r| &r.body().rules);
    let most = rules.map(|rule| rule.before).max().unwrap_or(0).max(1) as f64;
    let width = |n: usize| format!("{:.1}", n as f64 / most * 100.0);
    audits
        .iter()
        .flat_map(|result| {
            result
                .body()
                .rules
                .iter()
                .map(move |rule| (result.body(), rule))
        })
        .map(|(audit, rule)| {
            let repaired = rule.before.saturating_sub(rule.after);
            RuleView {
                audit: text::line(&audit.audit),
                rule: text::line(&rule.rule),
                source: text::line(&rule.source),
                before: rule.before,
                repaired,
                after: rule.after,
                repaired_width: width(repaired),
                after_width: width(rule.after),
                why: why_left(audit, &rule.source, &rule.rule),
            }
        })
        .collect()
}

fn tools(night: &Night) -> Vec<ToolView> {
    let tools = night.results.audits.iter().flat_map(|r| &r.body().tools);
    tools
        .map(|tool| {
            let (state, tone) = match tool.status {
                ToolStatus::Ran => ("ran", "done"),
                ToolStatus::Missing => ("missing", "warn"),
                ToolStatus::Failed => ("failed", "bad"),
            };
            ToolView {
                tool: text::line(&tool.tool),
                version: text::line(tool.version.as_deref().unwrap_or("")),
                state,
                tone,
                message: text::clipped(tool.message.as_deref().unwrap_or(""), 240),
            }
        })
        .collect()
}

fn commits(night: &Night) -> Vec<CommitView> {
    let commits = night.commits.iter();
    commits
        .map(|commit| CommitView {
            id: commit.id.chars().take(10).collect(),
            step: commit
                .step
                .map_or_else(String::new, |step| step.to_string()),
            subject: text::line(&commit.subject),
            size: format!(
                "{}, +{} \u{2212}{}",
                counted(commit.files as usize, "file"),
                commit.insertions,
                commit.deletions
            ),
        })
        .collect()
}

fn gates(night: &Night) -> Vec<GateView> {
    let gates = night.gates.iter();
    gates
        .map(|gate| {
            let (tone, verdict) = match (gate.step, gate.no_worse) {
                (None, _) => ("off", "base"),
                (Some(_), true) => ("done", "no worse"),
                (Some(_), false) => ("bad", "worse"),
            };
            GateView {
                gate: text::line(&gate.gate),
                after: gate
                    .step
                    .map_or_else(|| "start".to_owned(), |step| step.to_string()),
                exit: gate
                    .exit_code
                    .map_or_else(|| "did not run".to_owned(), |code| code.to_string()),
                diagnostics: gate.diagnostics,
                tone,
                verdict,
            }
        })
        .collect()
}
