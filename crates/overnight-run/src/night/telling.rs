//! Who hears of the night while it goes on: a courier for messages, and what makes a night
//! look stuck.

use std::fs;
use std::time::{Duration, Instant};

use super::begin::relative;
use super::walk::Walk;
use super::{Night, NightError, NightSpec};
use crate::notify::{Courier, CourierSpec, FINISH_GRACE, Message};
use crate::summary::RunSummary;
use crate::text;

/// How often it is looked whether a step stands still.
const LOOK: Duration = Duration::from_secs(2);

/// The courier of a night, and when stillness was looked for last.
#[derive(Debug)]
pub(super) struct Telling {
    courier: Courier,
    looked: Instant,
    /// Whether somebody was told that a step stands still.
    is_still: bool,
}

/// Tells that a night could not begin: nobody sits before it who would see the error. There
/// is no run, and perhaps no ledger, so each channel is tried once, at once.
pub(super) fn tell_not_begun(spec: &NightSpec<'_>, error: &NightError) {
    let plan = relative(spec.plan_path, spec.project);
    let reason = spec.redactor.redact(&error.to_string()).into_owned();
    let message = Message::failed_to_start(&plan, &reason, (spec.clock)());
    for channel in spec.channels.names() {
        if let Err(error) = spec.channels.deliver(&channel, &message, &spec.stop) {
            tracing::warn!("{channel} was not told: {error}");
        }
    }
}

impl<'a> Night<'a, '_> {
    /// Starts the courier, if anybody is to be told anything.
    pub(super) fn begin_telling(&mut self) {
        let notify = &self.spec.config.notify;
        if notify.ping.is_none() && notify.channels.is_empty() {
            return;
        }
        let spec = CourierSpec {
            state_dir: self.state_dir(),
            channels: self.spec.channels.clone(),
            ping: notify.ping.clone(),
            ping_every: notify.ping_every.0,
            stuck_after: notify.stuck_after.0,
            clock: jiff::Timestamp::now,
        };
        self.telling = Some(Telling {
            courier: Courier::start(spec, &self.run),
            looked: Instant::now(),
            is_still: false,
        });
    }

    /// A sign of life, in every turn of the loop.
    pub(super) fn heartbeat(&self) {
        if let Some(telling) = &self.telling {
            telling.courier.heartbeat();
        }
    }

    /// Tells at once that the night does not get on.
    pub(super) fn tell_stuck(&self, reason: &str) {
        if let Some(telling) = &self.telling {
            telling.courier.stuck(&self.redactor().redact(reason));
        }
    }

    /// The night gets on again.
    pub(super) fn tell_unstuck(&self) {
        if let Some(telling) = &self.telling {
            telling.courier.unstuck();
        }
    }

    /// Tells of a step that neither writes nor computes, long before it counts as hung.
    pub(super) fn look_for_stillness(&mut self, walk: &Walk<'a>) {
        let limit = self.spec.config.notify.stuck_after.0;
        match &mut self.telling {
            Some(telling) if telling.looked.elapsed() >= LOOK => telling.looked = Instant::now(),
            _ => return,
        }
        let still = walk.flights.iter().find_map(|flight| {
            let since = self.last_sign(&flight.attempt.folder)?;
            (since >= limit).then_some((flight.attempt.step.id, since))
        });
        let was_still = self.telling.as_ref().is_some_and(|t| t.is_still);
        match still {
            Some((step, since)) if !was_still => self.tell_stuck(&format!(
                "step {step} has neither written nor computed for {}",
                text::duration(since)
            )),
            None if was_still => self.tell_unstuck(),
            _ => {}
        }
        if let Some(telling) = &mut self.telling {
            telling.is_still = still.is_some();
        }
    }

    /// How long ago the shim of an attempt last saw its command do anything: it then touches
    /// its own description.
    fn last_sign(&self, attempt_folder: &str) -> Option<Duration> {
        let birth = self.folder.path().join(attempt_folder).join("shim.json");
        fs::metadata(birth).ok()?.modified().ok()?.elapsed().ok()
    }

    /// Tells how the night ended; what could not be delivered is noted.
    pub(super) fn end_telling(&mut self, broken_off: Option<&NightError>) -> Vec<String> {
        let Some(telling) = self.telling.take() else {
            return Vec::new();
        };
        if let Some(error) = broken_off {
            let reason = format!("the night broke off: {error}");
            telling.courier.stuck(&self.redactor().redact(&reason));
            return telling.courier.close(FINISH_GRACE);
        }
        match self.ledger.run(&self.run) {
            Ok(row) => {
                let summary = RunSummary::of(&row, &self.state, false);
                telling.courier.finish(&summary, FINISH_GRACE)
            }
            Err(error) => vec![format!("nobody was told of the end: {error}")],
        }
    }
}
