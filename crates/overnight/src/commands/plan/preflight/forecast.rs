//! When each task will be finished, from how long the same commands took before.

use std::time::Duration;

use jiff::Timestamp;
use overnight_plan::BoundPlan;
use overnight_record::TaskId;
use overnight_run::Ledger;
use serde::Serialize;

use crate::context::Context;

/// Earlier attempts that are looked at for one command.
const ATTEMPTS: u32 = 5;

/// What is expected of one task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::commands::plan) struct TaskForecast {
    /// The task.
    pub(in crate::commands::plan) task: TaskId,
    /// Steps that will run and whose command was done before.
    pub(in crate::commands::plan) steps_known: usize,
    /// Steps that will run: bound and not ticked.
    pub(in crate::commands::plan) steps: usize,
    /// Seconds the known steps take together.
    pub(in crate::commands::plan) expected_s: f64,
    /// When it ends if the night begins now and its steps run one after another; `None` when
    /// something up to its end was never done before.
    pub(in crate::commands::plan) finish: Option<Timestamp>,
}

/// The forecast of every task that has something to run; nothing in a project that never had
/// a night.
pub(in crate::commands::plan) fn forecast(
    bound: &BoundPlan,
    context: &Context,
    now: Timestamp,
) -> Vec<TaskForecast> {
    let Ok(ledger) = Ledger::open_existing(&context.state_dir()) else {
        return Vec::new();
    };
    of_tasks(bound, now, &|command| {
        // A ledger that cannot be read says nothing about the future.
        let durations = ledger.durations_of(command, ATTEMPTS).unwrap_or_default();
        median(durations)
    })
}

fn of_tasks(
    bound: &BoundPlan,
    now: Timestamp,
    duration_of: &dyn Fn(&str) -> Option<Duration>,
) -> Vec<TaskForecast> {
    let mut end = Some(now);
    let mut found = Vec::new();
    for task in bound.plan.tasks() {
        let steps = task.steps.iter().filter(|step| !step.checked);
        let durations: Vec<Option<Duration>> = steps
            .filter_map(|step| bound.binding(step.id))
            .map(|binding| duration_of(&binding.display))
            .collect();
        if durations.is_empty() {
            continue;
        }
        let known: Vec<Duration> = durations.iter().flatten().copied().collect();
        let expected: Duration = known.iter().sum();
        end = end
            .filter(|_| known.len() == durations.len())
            .and_then(|end| end.checked_add(expected).ok());
        found.push(TaskForecast {
            task: task.id,
            steps_known: known.len(),
            steps: durations.len(),
            expected_s: expected.as_secs_f64(),
            finish: end,
        });
    }
    found
}

/// The middle one; of two the longer.
fn median(mut durations: Vec<Duration>) -> Option<Duration> {
    durations.sort_unstable();
    durations.get(durations.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use overnight_plan::{Config, Plan, bind};

    use super::*;

    #[test]
    fn tasks_end_one_after_another_until_something_is_unknown() {
        let plan = Plan::parse(
            "## Phase 1: a\n- [ ] Task 1.1: b\n  - [ ] c\n  - [x] d\n- [ ] Task 1.2: e\n  - [ ] f\n  \
             - [ ] g\n- [ ] Task 1.3: h\n  - [ ] i\n- [ ] Task 1.4: j\n  - [ ] k\n",
        )
        .unwrap();
        let steps = [
            ("1.1.1", "x"),
            ("1.1.2", "never"),
            ("1.2.1", "x"),
            ("1.2.2", "new"),
            ("1.3.1", "x"),
        ];
        let toml: String = steps
            .iter()
            .map(|(id, run)| format!("[steps.\"{id}\"]\nrun = \"{run}\"\n"))
            .collect();
        let config = Config::parse(&toml, Path::new("overnight.toml")).unwrap();
        let bound = bind(plan, &config).unwrap();
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let found = of_tasks(&bound, now, &|command| {
            (command == "x").then(|| Duration::from_secs(90))
        });
        let shown: Vec<String> = found
            .iter()
            .map(|f| {
                let finish = f.finish.map(|at| at.to_string());
                format!(
                    "{} {}/{} {} {finish:?}",
                    f.task, f.steps_known, f.steps, f.expected_s
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "1.1 1/1 90 Some(\"2026-01-01T00:01:30Z\")",
                "1.2 1/2 90 None",
                "1.3 1/1 90 None",
            ]
        );
    }

    #[test]
    fn the_median_is_the_middle() {
        let seconds = |all: &[u64]| median(all.iter().map(|s| Duration::from_secs(*s)).collect());
        assert_eq!(seconds(&[9, 1, 2]), Some(Duration::from_secs(2)));
        assert_eq!(seconds(&[1, 2]), Some(Duration::from_secs(2)));
        assert_eq!(seconds(&[]), None);
    }
}
