//! From lines to a plan.

use overnight_record::{StepId, TaskId};

use super::item::{Item, indent};
use super::label::{heading, numbered, plain};
use super::lines::{self, Line};
use super::{Criterion, Phase, Plan, PlanError, PlanWarning, Step, Task, Tracker, tracker};

const TRACKER: &str = "progress tracker";
const CHECKLISTS: [&str; 2] = [
    "technical requirements checklist",
    "success criteria validation",
];

/// Reads a plan from its text.
pub(super) fn parse(text: &str) -> Result<Plan, PlanError> {
    let document = lines::read(text);
    let mut reader = Reader::default();
    for line in &document.body {
        reader.line(line)?;
    }
    let title = document.title.or(reader.first_heading).unwrap_or_default();
    let phases = unique_phases(reader.phases)?;
    if phases.is_empty() {
        return Err(PlanError::NoPhases);
    }
    check_tasks_are_unique(&phases)?;
    Ok(Plan {
        title,
        phases,
        tracker: reader.tracker,
        criteria: reader.criteria,
        warnings: reader.warnings,
    })
}

/// What the lines under the current heading are.
#[derive(Debug, Default)]
enum Section {
    #[default]
    Other,
    Tracker {
        level: usize,
    },
    Checklist {
        level: usize,
        heading: String,
        /// Indent of its last top-level box.
        indent: Option<usize>,
    },
    Phase {
        level: usize,
    },
}

impl Section {
    fn level(&self) -> Option<usize> {
        match self {
            Self::Other => None,
            Self::Tracker { level } | Self::Checklist { level, .. } | Self::Phase { level } => {
                Some(*level)
            }
        }
    }
}

/// What an indented line without a marker goes on with.
#[derive(Debug, Clone, Copy)]
enum Open {
    Step { indent: usize },
    Criterion { indent: usize },
}

#[derive(Debug, Default)]
struct Reader {
    section: Section,
    /// Indent of the current task, below which its steps stand.
    task_indent: Option<usize>,
    open: Option<Open>,
    first_heading: Option<String>,
    phases: Vec<Phase>,
    tracker: Tracker,
    criteria: Vec<Criterion>,
    warnings: Vec<PlanWarning>,
}

impl Reader {
    fn line(&mut self, line: &Line<'_>) -> Result<(), PlanError> {
        if let Some((level, text)) = heading(line) {
            self.open = None;
            return self.heading(line, level, text);
        }
        if line.is_blank() {
            self.open = None;
            return Ok(());
        }
        let item = Item::read(line);
        if let Section::Tracker { .. } = self.section {
            let text = line.text.trim();
            let text = match &item {
                Some(item) => item.text,
                // A sentence with a colon is not a field.
                None if text.starts_with("**") => text,
                None => return Ok(()),
            };
            self.tracker.fields.extend(tracker::field(line, text));
            return Ok(());
        }
        let Some(item) = item else {
            self.continuation(line);
            return Ok(());
        };
        self.open = None;
        let Some(mark) = item.mark else {
            return Ok(());
        };
        if let Section::Checklist {
            heading, indent, ..
        } = &mut self.section
        {
            if indent.is_none_or(|last| item.indent <= last) {
                *indent = Some(item.indent);
                self.criteria.push(Criterion {
                    text: item.text.to_owned(),
                    checked: mark.checked,
                    section: heading.clone(),
                    line: line.number,
                    mark: mark.at,
                });
                self.open = Some(Open::Criterion {
                    indent: item.indent,
                });
            }
            return Ok(());
        }
        if let Some((number, title)) = numbered(item.text, "task") {
            let id = task_number(line, &number)?;
            let task = Task {
                id,
                title,
                checked: mark.checked,
                steps: Vec::new(),
                line: line.number,
                mark: mark.at,
            };
            self.task_indent = Some(item.indent);
            return self.task(task);
        }
        self.step(line, &item)
    }

    fn heading(&mut self, line: &Line<'_>, level: usize, text: &str) -> Result<(), PlanError> {
        let title = plain(text);
        if self.first_heading.is_none() && !title.is_empty() {
            self.first_heading = Some(title.clone());
        }
        self.task_indent = None;
        let lower = title.to_lowercase();
        if let Some((number, title)) = numbered(text, "phase") {
            self.phases.push(Phase {
                number: small_number(line, "phase", &number)?,
                title,
                tasks: Vec::new(),
                line: line.number,
            });
            self.section = Section::Phase { level };
        } else if lower.contains(TRACKER) {
            self.section = Section::Tracker { level };
        } else if CHECKLISTS.iter().any(|name| lower.contains(name)) {
            self.section = Section::Checklist {
                level,
                heading: title,
                indent: None,
            };
        } else if self.section.level().is_some_and(|own| level <= own) {
            self.section = Section::Other;
        } else if let Section::Checklist { indent, .. } = &mut self.section {
            *indent = None;
        }
        Ok(())
    }

    fn task(&mut self, task: Task) -> Result<(), PlanError> {
        let phase = match self.section {
            Section::Phase { .. } => self.phases.last_mut(),
            _ => None,
        };
        let Some(phase) = phase else {
            return Err(PlanError::TaskOutsidePhase {
                line: task.line,
                task: task.id,
            });
        };
        if phase.number != task.id.phase {
            return Err(PlanError::TaskInOtherPhase {
                line: task.line,
                task: task.id,
                phase: phase.number,
            });
        }
        phase.tasks.push(task);
        Ok(())
    }

    fn step(&mut self, line: &Line<'_>, item: &Item<'_>) -> Result<(), PlanError> {
        let Section::Phase { .. } = self.section else {
            return Ok(());
        };
        let task = self.phases.last_mut().and_then(|p| p.tasks.last_mut());
        let is_below = self.task_indent.is_some_and(|own| item.indent > own);
        let (Some(task), Some(mark), true) = (task, item.mark, is_below) else {
            // What follows at the level of a task no longer belongs to it.
            self.task_indent = None;
            self.warnings.push(PlanWarning {
                line: line.number,
                message: "the checkbox stands below no task and is not read".to_owned(),
            });
            return Ok(());
        };
        let too_many = |_| PlanError::TooManySteps {
            line: line.number,
            task: task.id,
        };
        let step = u16::try_from(task.steps.len() + 1).map_err(too_many)?;
        task.steps.push(Step {
            id: StepId {
                task: task.id,
                step,
            },
            text: item.text.to_owned(),
            checked: mark.checked,
            line: line.number,
            mark: mark.at,
        });
        self.open = Some(Open::Step {
            indent: item.indent,
        });
        Ok(())
    }

    /// A line that goes on with the text of the item above it.
    fn continuation(&mut self, line: &Line<'_>) {
        let (text, own) = match self.open {
            Some(Open::Step { indent }) => {
                let step = self
                    .phases
                    .last_mut()
                    .and_then(|phase| phase.tasks.last_mut())
                    .and_then(|task| task.steps.last_mut());
                (step.map(|step| &mut step.text), indent)
            }
            Some(Open::Criterion { indent }) => {
                let criterion = self.criteria.last_mut();
                (criterion.map(|criterion| &mut criterion.text), indent)
            }
            None => return,
        };
        match text {
            Some(text) if indent(line.text) > own => {
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(line.text.trim());
            }
            _ => self.open = None,
        }
    }
}

fn small_number(line: &Line<'_>, what: &'static str, text: &str) -> Result<u16, PlanError> {
    text.parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| PlanError::Number {
            line: line.number,
            what,
            number: text.to_owned(),
        })
}

fn task_number(line: &Line<'_>, text: &str) -> Result<TaskId, PlanError> {
    text.parse().map_err(|_| PlanError::Number {
        line: line.number,
        what: "task",
        number: text.to_owned(),
    })
}

/// A phase may be named a second time without tasks, as in an overview.
fn unique_phases(all: Vec<Phase>) -> Result<Vec<Phase>, PlanError> {
    let mut phases: Vec<Phase> = Vec::new();
    for phase in all {
        match phases.iter_mut().find(|p| p.number == phase.number) {
            None => phases.push(phase),
            Some(_) if phase.tasks.is_empty() => {}
            Some(first) if first.tasks.is_empty() => {
                phases.retain(|p| p.number != phase.number);
                phases.push(phase);
            }
            Some(first) => {
                return Err(PlanError::DuplicatePhase {
                    line: phase.line,
                    phase: phase.number,
                    first: first.line,
                });
            }
        }
    }
    Ok(phases)
}

fn check_tasks_are_unique(phases: &[Phase]) -> Result<(), PlanError> {
    let mut seen = std::collections::BTreeMap::new();
    for task in phases.iter().flat_map(|phase| &phase.tasks) {
        if let Some(first) = seen.insert(task.id, task.line) {
            return Err(PlanError::DuplicateTask {
                line: task.line,
                task: task.id,
                first,
            });
        }
    }
    Ok(())
}
