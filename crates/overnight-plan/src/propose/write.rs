//! Proposals as a configuration file.

use super::{Proposal, Proposals};
use crate::config::{comment, example_with, key};
use crate::document::{Criterion, Phase, Plan, Step};

/// The commented configuration with a proposal for every step and criterion of `plan`; what
/// could not be bound stands there as a comment.
pub fn configuration(plan: &Plan, proposals: &Proposals) -> String {
    let mut text = example_with(|table| !matches!(table, "steps" | "criteria"));
    if !proposals.outputs.is_empty() {
        let list: Vec<String> = proposals.outputs.iter().map(|o| quoted(o)).collect();
        let line = format!("\noutputs = [{}]\n", list.join(", "));
        text = text.replacen("\noutputs = []\n", &line, 1);
    }
    text.push('\n');
    comment(
        &mut text,
        "Bindings: what each step of the plan runs. These are proposals: read them before a \
         night runs them. A binding may also say `timeout = \"4h\"`, `needs = [\"1.1\"]` \
         (earlier phases, tasks or steps that must have succeeded), `directory`, `env` and \
         `shell = true`. A step that is words only can go to a coding agent: with `agent = true` \
         in place of `run`, once [agent] is enabled and [workspace] has a gate.",
    );
    for phase in &plan.phases {
        steps_of(&mut text, phase, proposals);
    }
    if !plan.criteria.is_empty() {
        text.push('\n');
        comment(
            &mut text,
            "What proves a line of the plan's checklists, by the beginning of the line.",
        );
    }
    for proposal in &proposals.criteria {
        if let Some(line) = plan.criteria.get(proposal.index) {
            criterion(&mut text, plan, line, proposal.check.as_deref());
        }
    }
    text
}

fn steps_of(text: &mut String, phase: &Phase, proposals: &Proposals) {
    text.push('\n');
    words(text, &format!("Phase {}: {}", phase.number, phase.title));
    for task in &phase.tasks {
        text.push('\n');
        words(text, &format!("Task {}: {}", task.id, task.title));
        for step in &task.steps {
            let proposal = proposals.steps.iter().find(|p| p.step == step.id);
            if let Some(proposal) = proposal {
                binding(text, step, proposal);
            }
        }
    }
}

fn binding(text: &mut String, step: &Step, proposal: &Proposal) {
    text.push('\n');
    words(text, &format!("{} {}", step.id, step.text));
    match &proposal.run {
        Some(run) => {
            words(text, &format!("Why: {}.", proposal.reason));
            text.push_str(&format!("[steps.{}]\n", key(&step.id.to_string())));
            text.push_str(&format!("run = {}\n", quoted(&run.line)));
            if run.shell {
                text.push_str("shell = true\n");
            }
            if let Some(directory) = &run.directory {
                text.push_str(&format!("directory = {}\n", quoted(directory)));
            }
            if !run.needs.is_empty() {
                let needs: Vec<String> = run
                    .needs
                    .iter()
                    .map(|step| quoted(&step.to_string()))
                    .collect();
                text.push_str(&format!("needs = [{}]\n", needs.join(", ")));
            }
        }
        None => {
            words(text, &format!("Unbound: {}.", proposal.reason));
            text.push_str(&format!("#[steps.{}]\n", key(&step.id.to_string())));
            text.push_str("#run = \"\"\n#agent = true\n");
        }
    }
}

fn criterion(text: &mut String, plan: &Plan, line: &Criterion, check: Option<&[String]>) {
    let beginning: String = line.text.replace(['`', '*'], "");
    let beginning = beginning.split_whitespace().collect::<Vec<_>>().join(" ");
    // A line that another one begins with cannot be told from it.
    let is_unique = plan
        .criteria
        .iter()
        .filter(|other| {
            let other = other.text.replace(['`', '*'], "").to_lowercase();
            let other = other.split_whitespace().collect::<Vec<_>>().join(" ");
            other.starts_with(&beginning.to_lowercase())
        })
        .count()
        == 1;
    text.push('\n');
    match check.filter(|_| is_unique && !beginning.is_empty()) {
        Some(check) => {
            let list: Vec<String> = check.iter().map(|word| quoted(word)).collect();
            text.push_str(&format!("[criteria.{}]\n", key(&beginning)));
            text.push_str(&format!("check = [{}]\n", list.join(", ")));
        }
        None => {
            words(text, "Nothing to check it with was found.");
            let header = format!("[criteria.{}]", key(&beginning));
            text.push_str(&format!("#{header}\n#check = [\"\"]\n"));
        }
    }
}

/// A comment made of words from a document: TOML forbids control characters in it.
fn words(text: &mut String, line: &str) {
    let line: String = line
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    comment(text, line.trim());
}

fn quoted(value: &str) -> String {
    toml::Value::String(value.to_owned()).to_string()
}
