//! The loop over the plan's steps.
//!
//! The order of the plan is the order of execution. A step that may change tracked files
//! has the tree to itself; only steps that say they change none (`parallel = true`) run
//! beside each other, and only up to the next step that does not say so.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use overnight_plan::config::OnFailure;
use overnight_plan::{Binding, Step, Task};
use overnight_record::{EventKind, StepId, StepOutcome, TaskId};

use super::admit::{Admission, without_command};
use super::clean::clean_end;
use super::flight::{Flight, Launched};
use super::pause::Room;
use super::{Night, NightError};
use crate::ledger::Settled;
use crate::shim::wait_for_any;

/// Longest pause between two looks at clock, disk and the wish to stop.
const LOOK: Duration = Duration::from_millis(100);

/// A step on the way through the night.
struct Place<'s> {
    task: &'s Task,
    step: &'s Step,
    binding: Option<&'s Binding>,
    slot: Slot,
    /// Tries in this session.
    tried: u32,
    /// When the first of them began.
    since: Instant,
}

/// Where a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Ahead,
    InFlight,
    /// To be tried again, then.
    Waiting(Instant),
    Over,
}

/// The whole way.
pub(super) struct Walk<'s> {
    places: Vec<Place<'s>>,
    pub(super) flights: Vec<Flight<'s>>,
    /// Tasks whose box was ticked or is known to be.
    ticked: BTreeSet<TaskId>,
    /// A task after which the plan has to be brought up to date.
    due: Option<&'s Task>,
    /// Places before this one are over.
    first: usize,
    /// Places of the steps whose failure bars others.
    strict: Vec<usize>,
    /// Attempts that ended while the tree was changed by steps that must not.
    pub(super) offenders: Vec<(StepId, String)>,
}

impl<'s> Walk<'s> {
    /// Whether other steps' commands run.
    pub(super) fn is_in_the_air(&self) -> bool {
        !self.flights.is_empty()
    }

    /// Whether a step beside those in the air would get in their way.
    fn fits(&self, binding: &Binding, jobs: usize) -> bool {
        self.flights.is_empty()
            || (binding.is_parallel
                && self.flights.len() < jobs
                && self.flights.iter().all(|flight| {
                    let other = flight.attempt.binding;
                    other.is_parallel && other.locks.is_disjoint(&binding.locks)
                }))
    }

    /// The steps before a place whose failure bars others.
    fn strict_before(&self, index: usize) -> impl Iterator<Item = StepId> {
        let end = self.strict.partition_point(|place| *place < index);
        let places = self.strict[..end].iter();
        places.map(|place| self.places[*place].step.id)
    }

    /// Whether everything a step needs has ended, one way or the other.
    fn needs_have_ended(&self, binding: &Binding) -> bool {
        binding.needs.iter().all(|need| {
            let needed = self
                .places
                .iter()
                .filter(|place| need.covers(place.step.id));
            needed.into_iter().all(|place| place.slot == Slot::Over)
        })
    }
}

impl<'a> Night<'a, '_> {
    /// Walks every step; each has exactly one outcome afterwards.
    pub(super) fn walk(&mut self) -> Result<(), NightError> {
        let mut walk = self.begin_walk();
        loop {
            self.heartbeat();
            self.look_at_the_clock()?;
            self.look_for_stillness(&walk);
            self.land(&mut walk)?;
            self.bring_plan_up_to_date(&mut walk)?;
            if self.closing_time().is_some() {
                let is_urgent = self.spec.stop.is_urgent();
                for flight in &mut walk.flights {
                    flight.call_back(is_urgent);
                }
            }
            self.settle_the_rest(&mut walk)?;
            let went_on = self.go_on(&mut walk)?;
            self.bring_plan_up_to_date(&mut walk)?;
            if walk.first == walk.places.len() {
                return Ok(());
            }
            if !went_on {
                wait_for_any(walk.flights.iter().map(|flight| &flight.shim), LOOK);
            }
        }
    }

    fn begin_walk(&mut self) -> Walk<'a> {
        let bound = self.spec.bound;
        let places = bound.plan.tasks().flat_map(|task| {
            task.steps.iter().map(move |step| Place {
                task,
                step,
                binding: bound.binding(step.id),
                slot: Slot::Ahead,
                tried: 0,
                since: Instant::now(),
            })
        });
        let mut places: Vec<Place<'a>> = places.collect();
        let is_strict = |binding: &Binding| binding.on_failure != OnFailure::Continue;
        let strict = (0..places.len())
            .filter(|place| places[*place].binding.is_some_and(is_strict))
            .collect();
        let mut flights = Vec::new();
        for found in std::mem::take(&mut self.found) {
            let place = places.iter().position(|p| p.step.id == found.step);
            let known = place.and_then(|place| Some((place, places[place].binding?)));
            if let Some((place, binding)) = known {
                places[place].slot = Slot::InFlight;
                places[place].tried = 1;
                let step = places[place].step;
                let (attempt, shim) = found.into_attempt(step, binding);
                flights.push(Flight::new(attempt, shim, place));
            }
        }
        Walk {
            ticked: bound
                .plan
                .tasks()
                .filter(|task| self.is_task_done(task))
                .map(|task| task.id)
                .collect(),
            places,
            flights,
            due: None,
            first: 0,
            strict,
            offenders: Vec::new(),
        }
    }

    fn is_task_done(&self, task: &Task) -> bool {
        !task.steps.is_empty() && task.steps.iter().all(|step| self.state.is_done(step.id))
    }

    /// Settles or starts what can be; whether anything was.
    fn go_on(&mut self, walk: &mut Walk<'a>) -> Result<bool, NightError> {
        let mut went_on = false;
        while walk.first < walk.places.len() && walk.places[walk.first].slot == Slot::Over {
            walk.first += 1;
        }
        for index in walk.first..walk.places.len() {
            let place = &walk.places[index];
            let is_alone = place.binding.is_some_and(|binding| !binding.is_parallel);
            let is_ready = match place.slot {
                Slot::Over => continue,
                Slot::Ahead => true,
                Slot::InFlight => false,
                Slot::Waiting(until) => until <= Instant::now() || self.closing_time().is_some(),
            };
            let needs_have_ended = place.binding.is_none_or(|b| walk.needs_have_ended(b));
            if is_ready && needs_have_ended && self.take_on(walk, index)? {
                went_on = true;
            }
            if is_alone && walk.places[index].slot != Slot::Over {
                break;
            }
            if went_on && !walk.is_in_the_air() {
                // What was settled may be due in the plan before the next one begins.
                break;
            }
        }
        Ok(went_on)
    }

    /// Settles at once what the night will not come to any more: a plan may have a hundred
    /// thousand steps left, and each fact of its own is a wait for the disk.
    fn settle_the_rest(&mut self, walk: &mut Walk<'a>) -> Result<(), NightError> {
        if walk.is_in_the_air() || self.closing_time().is_none() {
            return Ok(());
        }
        let ahead =
            (walk.first..walk.places.len()).filter(|index| walk.places[*index].slot == Slot::Ahead);
        let rest = ahead.filter_map(|index| {
            match self.admit(walk.places[index].step, walk.strict_before(index)) {
                Admission::Settle(settled) if settled.outcome == StepOutcome::NotStarted => {
                    Some((index, clean_end(&settled, self.redactor())))
                }
                _ => None,
            }
        });
        let (places, settled): (Vec<usize>, Vec<Settled>) = rest.unzip();
        if settled.is_empty() {
            return Ok(());
        }
        let at = self.now();
        let write = |night: &mut Self| night.ledger.settle_unstarted(&night.run, &settled, at);
        for event in self.durably(write)? {
            self.announce(&event);
        }
        for index in places {
            self.end_place(walk, index)?;
        }
        Ok(())
    }

    /// Settles a step or starts its command, if it can be done now.
    fn take_on(&mut self, walk: &mut Walk<'a>, index: usize) -> Result<bool, NightError> {
        let place = &walk.places[index];
        let step = place.step;
        if let Slot::Waiting(_) = place.slot
            && self.closing_time().is_some()
        {
            // Its last try stands.
            self.end_place(walk, index)?;
            return Ok(true);
        }
        let admission = match place.slot {
            Slot::Waiting(_) => Admission::Run,
            _ => self.admit(step, walk.strict_before(index)),
        };
        let binding = match (admission, place.binding) {
            (Admission::Passed, _) | (Admission::Run, None) => {
                walk.places[index].slot = Slot::Over;
                return Ok(true);
            }
            (Admission::Settle(settled), _) => {
                self.settle(&settled)?;
                self.end_place(walk, index)?;
                return Ok(true);
            }
            (Admission::Run, Some(binding)) => binding,
        };
        if !walk.fits(binding, self.spec.jobs) {
            return Ok(false);
        }
        match self.room_on_disk()? {
            Room::Enough => {}
            Room::Wait => return Ok(false),
            // The outcome of a step that was tried already stands.
            Room::GivenUp(_) if walk.places[index].tried > 0 => {
                self.end_place(walk, index)?;
                return Ok(true);
            }
            Room::GivenUp(why) => {
                let next = Some(format!("overnight run --resume {}", self.run));
                let settled = without_command(step.id, StepOutcome::NotStarted, &why, next);
                self.settle(&settled)?;
                self.end_place(walk, index)?;
                return Ok(true);
            }
        }
        if walk.places[index].tried == 0 {
            walk.places[index].since = Instant::now();
        }
        walk.places[index].tried += 1;
        walk.places[index].slot = Slot::InFlight;
        match self.launch(step, binding, index)? {
            Launched::Flight(flight) => walk.flights.push(*flight),
            Launched::Refused(attempt, verdict) => {
                self.conclude(walk, index, &attempt, None, verdict)?;
            }
        }
        Ok(true)
    }

    /// Notes that a step's last outcome stands: its task may be done, and the plan be due.
    fn end_place(&mut self, walk: &mut Walk<'a>, index: usize) -> Result<(), NightError> {
        walk.places[index].slot = Slot::Over;
        let task = walk.places[index].task;
        if self.is_task_done(task) && walk.ticked.insert(task.id) {
            self.tell(EventKind::TaskTicked { task: task.id })?;
        }
        let is_of_task = |place: &&Place<'_>| place.task.id == task.id;
        let (before, after) = walk.places.split_at(index);
        let before = before.iter().rev().take_while(is_of_task);
        let mut of_task = before.chain(after.iter().take_while(is_of_task));
        if self.is_plan_in_checkout() || of_task.all(|place| place.slot == Slot::Over) {
            walk.due = Some(task);
        }
        Ok(())
    }

    /// Ticks the plan if that is due. A plan on the night's branch waits until no command
    /// runs in its tree.
    fn bring_plan_up_to_date(&mut self, walk: &mut Walk<'a>) -> Result<(), NightError> {
        if walk.is_in_the_air() && !self.is_plan_in_checkout() {
            return Ok(());
        }
        match walk.due.take() {
            Some(task) => self.update_plan("RUNNING", Some(task)),
            None => Ok(()),
        }
    }

    /// Takes a step's end in: tried again, or over. `again` is the pause before the next try.
    pub(super) fn after_try(
        &mut self,
        walk: &mut Walk<'a>,
        index: usize,
        again: Option<Duration>,
    ) -> Result<(), NightError> {
        match again {
            Some(pause) => {
                walk.places[index].slot = Slot::Waiting(Instant::now() + pause);
                Ok(())
            }
            None => self.end_place(walk, index),
        }
    }

    /// Tries of this session, and the time since the first of them began.
    pub(super) fn tries(walk: &Walk<'a>, index: usize) -> (u32, Duration) {
        let place = &walk.places[index];
        (place.tried.max(1), place.since.elapsed())
    }
}
