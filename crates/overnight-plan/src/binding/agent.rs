//! The command of a step that is given to a coding agent.
//!
//! The prompt is one argument, or a part of one: nothing in a plan's text can become an option
//! or reach a shell.

use overnight_record::StepId;

use super::command::{Command, CommandError};
use crate::config::{Agent, Instruction, PROMPT};
use crate::document::Plan;

/// Bytes of a prompt above which some system would refuse to start a program with it.
const MOST_BYTES: usize = 100_000;

/// The agent's command for a step.
pub(super) fn command(
    plan: &Plan,
    step: StepId,
    instruction: &Instruction,
    agent: &Agent,
) -> Result<Command, CommandError> {
    let fail = |message: &str, hint: &str| CommandError {
        message: message.to_owned(),
        hint: Some(hint.to_owned()),
    };
    let words = match &agent.command {
        Some(words) if agent.enabled => words,
        _ => {
            return Err(fail(
                "the agent is not enabled",
                "set `enabled = true` and a `command` in [agent]",
            ));
        }
    };
    let prompt = prompt(plan, step, instruction);
    if prompt.len() > MOST_BYTES {
        return Err(fail(
            "the prompt is longer than a program can be given",
            "shorten the step or the instruction",
        ));
    }
    let argv = words
        .iter()
        .map(|word| word.replace(PROMPT, &prompt))
        .collect();
    Ok(Command {
        argv,
        display: format!(
            "{}  # {}",
            shell_words::join(words),
            what(plan, step, instruction)
        ),
    })
}

/// What is asked, in one line.
fn what(plan: &Plan, step: StepId, instruction: &Instruction) -> String {
    let text = match instruction {
        Instruction::Words(words) => words.as_str(),
        Instruction::StepText => plan.step(step).map_or("", |step| step.text.as_str()),
    };
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

/// Everything the agent is told.
fn prompt(plan: &Plan, id: StepId, instruction: &Instruction) -> String {
    let title = plan.task(id.task).map_or("", |task| task.title.as_str());
    let text = plan.step(id).map_or("", |step| step.text.as_str());
    let mut prompt = format!(
        "Do one step of a plan, unattended, in the project in the current folder.\n\n\
         Task {}: {title}\nStep {id}: {text}\n",
        id.task
    );
    if let Instruction::Words(words) = instruction {
        prompt.push_str(&format!("\nWhat to do: {}\n", words.trim()));
    }
    prompt.push_str(
        "\nRules:\n\
         - Work only in the current folder and below it.\n\
         - Do not commit, push, stash or change branches; what you leave in the files is checked, \
         then committed or undone.\n\
         - Ask no questions: nobody is there to answer. When something is unclear, choose the \
         smallest change that does what the step says.\n\
         - Do this step and no other. When it cannot be done, leave the files as they are, say why, \
         and end with an exit code other than 0 if you can.\n",
    );
    prompt
        .chars()
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect()
}
