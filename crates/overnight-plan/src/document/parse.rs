//! From lines to a plan.

use overnight_record::{StepId, TaskId};

use super::item::{Item, Mark, indent, is_nearly_box};
use super::label::{Label, numbered, plain};
use super::lines::{self, Line};
use super::section::{Section, Sections, Title, heading, named, underline};
use super::{Criterion, Phase, Plan, PlanError, PlanWarning, Step, Task, Tracker, tracker};

/// Reads a plan from its text.
pub(super) fn parse(text: &str) -> Result<Plan, PlanError> {
    let document = lines::read(text);
    let mut reader = Reader {
        warnings: document.warnings,
        ..Reader::default()
    };
    for (index, line) in document.body.iter().enumerate() {
        let next = document.body.get(index + 1);
        reader.line(line, next.filter(|next| next.number == line.number + 1))?;
    }
    reader.end_of_section();
    let title = document.title.or(reader.first_heading).unwrap_or_default();
    let mut phases = reader.phases;
    for phase in &mut phases {
        // A task that is only mentioned: it has neither a box nor anything to do.
        phase
            .tasks
            .retain(|task| task.mark.is_some() || !task.steps.is_empty());
        for task in phase.tasks.iter_mut().filter(|task| task.mark.is_none()) {
            task.checked = task.steps.iter().all(|step| step.checked);
        }
    }
    let phases = unique_phases(phases)?;
    if phases.is_empty() {
        return Err(PlanError::NoPhases);
    }
    check_tasks_are_unique(&phases)?;
    let mut warnings = reader.warnings;
    warnings.sort_by_key(|warning| warning.line);
    Ok(Plan {
        title,
        phases,
        tracker: reader.tracker,
        criteria: reader.criteria,
        warnings,
    })
}

/// What an indented line without a marker goes on with.
#[derive(Debug, Clone, Copy)]
enum Open {
    Step { indent: usize },
    Criterion { indent: usize },
}

#[derive(Debug, Default)]
struct Reader {
    sections: Sections,
    /// Least indent of the steps of the current task.
    steps_from: Option<usize>,
    open: Option<Open>,
    /// Whether an item that is not deep enough to be code stands above, in this section.
    is_in_list: bool,
    first_heading: Option<String>,
    phases: Vec<Phase>,
    tracker: Tracker,
    criteria: Vec<Criterion>,
    /// Line of the first checkbox outside every part of the plan, and their number.
    strays: Option<(usize, usize)>,
    warnings: Vec<PlanWarning>,
}

impl Reader {
    fn line(&mut self, line: &Line<'_>, next: Option<&Line<'_>>) -> Result<(), PlanError> {
        if let Some((level, text)) = heading(line) {
            return self.heading(line, level, text);
        }
        if line.is_blank() {
            self.open = None;
            return Ok(());
        }
        let item = Item::read(line);
        if let (None, Some(level)) = (&item, next.and_then(underline)) {
            let text = line.text.trim();
            // Under a paragraph of another kind the line is more often meant as a rule.
            if !matches!(named(text), Title::Other | Title::Task(_)) {
                return self.heading(line, level, text);
            }
        }
        let Some(item) = item else {
            self.text(line);
            return Ok(());
        };
        self.open = None;
        let is_code = item.indent >= 4 && !self.is_in_list;
        self.is_in_list |= !is_code;
        match item.mark {
            Some(_) if is_code => {
                self.warn(line, "the checkbox stands in indented code and is not read");
                Ok(())
            }
            Some(mark) => self.checkbox(line, &item, mark),
            None => {
                self.plain_item(line, &item);
                Ok(())
            }
        }
    }

    fn heading(&mut self, line: &Line<'_>, level: usize, text: &str) -> Result<(), PlanError> {
        self.end_of_section();
        let title = plain(text);
        let is_title = level == 1 && self.first_heading.is_none();
        if self.first_heading.is_none() && !title.is_empty() {
            self.first_heading = Some(title.clone());
        }
        match named(text) {
            Title::Phase(label) => {
                let number = small_number(line, "phase", &label.number)?;
                // A checklist may be grouped by the phases there were.
                let is_group = self.sections.is_below_checklist(level)
                    && self.phases.iter().any(|phase| phase.number == number);
                if !is_group {
                    self.phases.push(Phase {
                        number,
                        title: label.title,
                        tasks: Vec::new(),
                        line: line.number,
                    });
                    self.sections.enter_phase(level);
                }
            }
            Title::Tracker if !is_title => self.sections.enter_tracker(level),
            Title::Checklist { begins } if begins || !is_title => {
                self.sections.enter_checklist(level, title);
            }
            Title::Task(label) => {
                // Phases and their tasks may be headings of one level.
                if !self.is_of_phase_at(level, &label) {
                    self.sections.leave(level);
                }
                self.unboxed_task(line, label, 0);
            }
            _ => self.sections.leave(level),
        }
        Ok(())
    }

    /// Whether a task's heading is of the level of the current phase and has its number.
    fn is_of_phase_at(&self, of: usize, label: &Label) -> bool {
        let id: Option<TaskId> = label.number.parse().ok();
        let phase = self.phases.last().map(|phase| phase.number);
        matches!(self.sections.current(), Section::Phase { level } if *level == of)
            && id.is_some_and(|id| Some(id.phase) == phase)
    }

    /// Forgets what belongs to the section above a heading.
    fn end_of_section(&mut self) {
        self.open = None;
        self.steps_from = None;
        self.is_in_list = false;
        if let Some((line, count)) = self.strays.take() {
            let message = match count {
                1 => "the checkbox stands in no phase and no checklist and is not read".to_owned(),
                n => format!(
                    "the {n} checkboxes from here to the next heading stand in no phase and no \
                     checklist and are not read"
                ),
            };
            self.warnings.push(PlanWarning { line, message });
        }
    }

    fn checkbox(&mut self, line: &Line<'_>, item: &Item<'_>, mark: Mark) -> Result<(), PlanError> {
        if let Section::Checklist { heading, .. } = self.sections.current() {
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
            return Ok(());
        }
        let is_below_task = self.steps_from.is_some_and(|least| item.indent >= least);
        let label = numbered(item.text, "task").filter(|label| {
            // Below a task, words about another one and `Task 1.1.1` are steps.
            !is_below_task || label.is_marked && label.number.split('.').count() < 3
        });
        if let Some(label) = label {
            let task = Task {
                id: task_number(line, &label.number)?,
                title: label.title,
                checked: mark.checked,
                steps: Vec::new(),
                line: line.number,
                mark: Some(mark.at),
            };
            self.steps_from = Some(item.indent + 1);
            return self.task(task);
        }
        match self.sections.current() {
            Section::Phase { .. } => self.step(line, item, mark),
            _ => {
                let first = self.strays.map_or(line.number, |(first, _)| first);
                let count = self.strays.map_or(0, |(_, count)| count);
                self.strays = Some((first, count + 1));
                Ok(())
            }
        }
    }

    /// A list item without a checkbox.
    fn plain_item(&mut self, line: &Line<'_>, item: &Item<'_>) {
        match self.sections.current() {
            Section::Tracker { .. } => {
                self.tracker.fields.extend(tracker::field(line, item.text));
            }
            Section::Phase { .. } => {
                let is_below_task = self.steps_from.is_some_and(|least| item.indent >= least);
                if !is_below_task {
                    // What follows at the level of a task no longer belongs to it.
                    self.steps_from = None;
                    let is_bold = item.text.trim_start().contains("**");
                    if let Some(label) = numbered(item.text, "task").filter(|_| is_bold) {
                        self.unboxed_task(line, label, item.indent + 1);
                        return;
                    }
                }
                self.look_for_a_box(line, item.text);
            }
            Section::Checklist { .. } => self.look_for_a_box(line, item.text),
            Section::Other => {}
        }
    }

    fn look_for_a_box(&mut self, line: &Line<'_>, text: &str) {
        if is_nearly_box(text) {
            self.warn(
                line,
                "it looks like a checkbox and is not read; a checkbox is `- [ ] ` or `- [x] `",
            );
        }
    }

    /// A task without a box of its own, whose steps begin at an indent. It is one only in its
    /// own phase; elsewhere it is a mention.
    fn unboxed_task(&mut self, line: &Line<'_>, label: Label, steps_from: usize) {
        let Section::Phase { .. } = self.sections.current() else {
            return;
        };
        let Some(phase) = self.phases.last_mut() else {
            return;
        };
        let id = label.number.parse().ok();
        if let Some(id) = id.filter(|id: &TaskId| id.phase == phase.number) {
            phase.tasks.push(Task {
                id,
                title: label.title,
                checked: false,
                steps: Vec::new(),
                line: line.number,
                mark: None,
            });
            self.steps_from = Some(steps_from);
        }
    }

    fn task(&mut self, task: Task) -> Result<(), PlanError> {
        let phase = match self.sections.current() {
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

    fn step(&mut self, line: &Line<'_>, item: &Item<'_>, mark: Mark) -> Result<(), PlanError> {
        let task = self.phases.last_mut().and_then(|p| p.tasks.last_mut());
        let is_below = self.steps_from.is_some_and(|least| item.indent >= least);
        let (Some(task), true) = (task, is_below) else {
            self.steps_from = None;
            self.warn(line, "the checkbox stands below no task and is not read");
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

    /// A line that is no item: a tracker's field, or more of the item above it.
    fn text(&mut self, line: &Line<'_>) {
        match self.sections.current() {
            Section::Tracker { .. } => {
                let text = line.text.trim();
                // A sentence with a colon is not a field.
                if text.starts_with("**") {
                    self.tracker.fields.extend(tracker::field(line, text));
                }
                return;
            }
            Section::Phase { .. } | Section::Checklist { .. } => {
                self.look_for_a_box(line, line.text);
            }
            Section::Other => {}
        }
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

    fn warn(&mut self, line: &Line<'_>, message: &str) {
        self.warnings.push(PlanWarning {
            line: line.number,
            message: message.to_owned(),
        });
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
