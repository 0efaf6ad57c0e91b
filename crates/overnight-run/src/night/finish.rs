//! From the last step to the end of the run.

use std::path::PathBuf;

use overnight_record::{EventKind, ExitCode, RunOutcome};

use super::begin::relative;
use super::commit::Author;
use super::{Night, NightError, NightOutcome, ReportMoment, ReportStage};
use crate::workspace::{CheckoutMark, differences};

impl Night<'_, '_> {
    /// Walks the plan, has the reports written, checks the criteria, ends the run.
    pub(super) fn execute(&mut self) -> Result<NightOutcome, NightError> {
        if self.selected_and_bound() {
            self.measure_base()?;
        }
        if self.spec.bound.plan.steps().next().is_some() && self.is_plan_in_checkout() {
            self.update_plan("RUNNING", None)?;
        }
        self.walk()?;
        self.assert_totals();
        if !self.spec.stop.is_requested() {
            let reports = self.write_reports(ReportStage::Draft)?;
            for path in reports {
                let path = relative(&path, self.folder.path());
                self.tell(EventKind::ReportWritten { path })?;
            }
            if self.are_criteria_due() {
                self.check_criteria()?;
            }
        }
        self.compare_checkout()?;
        let outcome = self.run_outcome();
        self.update_plan(&self.status_words(outcome), None)?;
        let at = self.now();
        let event = self.durably(|night| night.ledger.finish_run(&night.run, outcome, at))?;
        self.announce(&event);
        self.ledger
            .export_events(&self.run, &self.folder.events())?;
        let reports = self.write_reports(ReportStage::Final)?;
        self.ledger
            .export_events(&self.run, &self.folder.events())?;
        Ok(self.summarize(outcome, reports))
    }

    /// Remembers what the user's checkout looks like.
    pub(super) fn mark_checkout(&mut self) -> Result<(), NightError> {
        if self.workspace.is_worktree() {
            self.checkout = Some(CheckoutMark::take(&self.repository)?);
        }
        Ok(())
    }

    /// Says what became of the user's checkout meanwhile: it was not the night.
    fn compare_checkout(&mut self) -> Result<(), NightError> {
        let Some(before) = self.checkout.take() else {
            return Ok(());
        };
        let mut marks = [before, CheckoutMark::take(&self.repository)?];
        if self.is_plan_in_checkout() {
            // The one file there that a night writes.
            let plan = self.spec.plan_path;
            let plan = plan.strip_prefix(&self.repository.top).unwrap_or(plan);
            marks = marks.map(|mark| mark.without(plan));
        }
        for text in differences(&marks[0], &marks[1]) {
            self.tell(EventKind::Noted { text })?;
        }
        Ok(())
    }

    fn selected_and_bound(&self) -> bool {
        let mut steps = self.bound().bindings.keys();
        steps.any(|step| self.is_selected(*step))
    }

    /// Every step has exactly one outcome: a total that does not add up is our fault.
    fn assert_totals(&self) {
        let steps = self.bound().plan.steps();
        let settled = steps
            .filter(|step| self.state.steps.contains_key(&step.id))
            .count();
        assert_eq!(
            settled,
            self.bound().plan.steps().count(),
            "invariant: every step of the plan has an outcome"
        );
    }

    fn done(&self) -> usize {
        let steps = self.bound().plan.steps();
        steps.filter(|step| self.state.is_done(step.id)).count()
    }

    fn is_everything_done(&self) -> bool {
        self.done() == self.bound().plan.steps().count()
    }

    /// Criteria are about the whole plan: a part of it does not call for them.
    fn are_criteria_due(&self) -> bool {
        self.spec.only.is_empty() || self.is_everything_done()
    }

    fn run_outcome(&self) -> RunOutcome {
        let is_cut_short = self.closing_time().is_some() && !self.is_everything_done();
        if self.spec.stop.is_requested() || is_cut_short {
            RunOutcome::Interrupted
        } else if self.is_everything_done() && self.state.unmet_criteria() == 0 {
            RunOutcome::Complete
        } else {
            RunOutcome::Incomplete
        }
    }

    fn exit_code(&self) -> ExitCode {
        let mut steps = self.bound().plan.steps();
        let is_left = |id| self.is_selected(id) && !self.state.is_done(id);
        if self.spec.stop.is_requested() {
            ExitCode::Interrupted
        } else if steps.any(|step| is_left(step.id))
            || (self.are_criteria_due() && self.state.unmet_criteria() > 0)
        {
            ExitCode::Findings
        } else {
            ExitCode::Done
        }
    }

    /// The tracker's `STATUS` at the end.
    fn status_words(&self, outcome: RunOutcome) -> String {
        if outcome == RunOutcome::Complete {
            return "COMPLETED".to_owned();
        }
        let steps = self.bound().plan.steps().count();
        let mut words = format!("INCOMPLETE ({} of {steps} steps", self.done());
        let unmet = self.state.unmet_criteria();
        if self.is_everything_done() && unmet > 0 {
            words.push_str(&format!(", {unmet} criteria not met"));
        }
        words.push(')');
        words
    }

    /// Has the reports written and commits the copies that landed in the night's tree.
    fn write_reports(&mut self, stage: ReportStage) -> Result<Vec<PathBuf>, NightError> {
        self.make_room();
        self.ledger
            .export_events(&self.run, &self.folder.events())?;
        let project = self.workspace.project();
        let written = (self.audience.report)(&ReportMoment {
            stage,
            run: &self.run,
            run_dir: self.folder.path(),
            project: &project,
        });
        let reports = written.unwrap_or_else(|why| {
            self.note(format!("the reports were not written: {why}"));
            Vec::new()
        });
        self.patiently(|night| match night.workspace.change()? {
            Some(change) => night.commit(&change, Author::Night(None), "reports"),
            None => Ok(()),
        })?;
        Ok(reports)
    }

    fn summarize(&mut self, outcome: RunOutcome, reports: Vec<PathBuf>) -> NightOutcome {
        NightOutcome {
            run: self.run.clone(),
            outcome,
            exit: self.exit_code(),
            state: self.state.clone(),
            steps: self.bound().plan.steps().count(),
            folder: self.folder.path().to_owned(),
            branch: self.workspace.branch().map(ToOwned::to_owned),
            is_worktree: self.workspace.is_worktree(),
            reports,
            notes: std::mem::take(&mut self.notes),
            next: self.next(),
        }
    }

    /// The one command that goes on after the night.
    fn next(&self) -> Option<String> {
        let has_open = self.state.steps.values().any(|s| s.outcome.is_open());
        let is_failed = |s: &&crate::state::StepState| !s.outcome.is_success();
        let first_failed = self.state.steps.values().find(is_failed);
        if has_open {
            Some(format!("overnight run --resume {}", self.run))
        } else if let Some(next) = first_failed.and_then(|step| step.next.clone()) {
            Some(next)
        } else if self.workspace.is_worktree() && !self.state.commits.is_empty() {
            Some(format!("overnight runs accept {}", self.run))
        } else {
            None
        }
    }
}
