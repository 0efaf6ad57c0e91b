//! What follows from a request that brought an answer or failed.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use overnight_record::PredictionStatus;

use super::super::client::{Call, CallError};
use super::super::failure::{described, fitting_share};
use super::super::picture::Picture;
use super::super::retry;
use super::super::server::Finding;
use super::{Next, Sample, Settled};

/// How often an image is sent again after it was waited for in vain.
const MOST_TIMEOUTS: u32 = 2;
/// Refusals of the key or the address in a row, of different images, after which nobody else
/// is asked.
const MOST_REFUSALS: u32 = 3;

impl Sample<'_> {
    /// What follows from a call.
    pub(super) async fn weigh(
        &mut self,
        call: Call,
        picture: &Picture,
        deaths: u64,
        since: Instant,
        with_usage: bool,
    ) -> Next {
        let shared = self.shared;
        self.timings.request = Some(self.timings.request.unwrap_or(0.0) + call.total_ms);
        let error = match &call.outcome {
            Ok(_) => {
                shared.limiter.raise();
                shared.refusals.store(0, Ordering::Relaxed);
                return self.judge(&call, picture);
            }
            Err(error) => error.clone(),
        };
        let (status, reason) = described(&error);
        self.note_attempt(picture, status, Some(&call), Some(&reason));
        let settle = || Next::Settle(Settled::failed(status, reason.clone()));
        let is_ours = shared.spec.serve.is_some();
        self.failures += 1;
        match error {
            CallError::Connect(_) => {
                // Nothing was sent.
                self.log.pop();
                shared.journal.unsent(&self.input.sha256);
                self.connect_failures += 1;
                match shared.server.examine(deaths).await {
                    Finding::Died => Next::Again(Duration::ZERO),
                    Finding::Alive if self.connect_failures > shared.spec.max_attempts => settle(),
                    Finding::Alive => self.again(None),
                }
            }
            CallError::Broken(_) => {
                if shared.server.examine(deaths).await == Finding::Alive {
                    return self.again(None);
                }
                self.after_death(PredictionStatus::Crashed)
            }
            CallError::Timeout(_) => {
                shared.limiter.lower(since);
                // A server that hangs for all is as good as dead.
                let finding = match call.http_status {
                    None => shared.server.examine_silent(deaths, call.begun).await,
                    Some(_) => shared.server.examine(deaths).await,
                };
                if finding == Finding::Died {
                    return self.after_death(PredictionStatus::Timeout);
                }
                self.timeouts += 1;
                match self.timeouts >= MOST_TIMEOUTS {
                    true => settle(),
                    false => self.again(None),
                }
            }
            CallError::Unreadable(_) => self.again(None),
            CallError::Status {
                code,
                retry_after,
                body,
            } => match code {
                408 | 429 | 500 | 502..=504 | 506.. => {
                    if matches!(code, 429 | 503 | 529) {
                        shared.limiter.lower(since);
                    }
                    // A server that is up again but still loads its model answers 503, one of
                    // ours whose engine has died under it 500.
                    let is_suspect = code == 503 || code == 500 && is_ours;
                    if is_suspect
                        && shared.server.examine(deaths).await == Finding::Died
                        && code == 500
                    {
                        return self.after_death(PredictionStatus::Crashed);
                    }
                    self.again(retry_after)
                }
                400 | 413 | 422 => {
                    let is_about_usage =
                        body.contains("stream_options") || body.contains("include_usage");
                    if with_usage && is_about_usage {
                        shared.with_usage.store(false, Ordering::Relaxed);
                        let note = "the server does not tell its usage while it streams";
                        self.notes.push(note.to_owned());
                        return Next::Again(Duration::ZERO);
                    }
                    match self.smaller(picture, &body) {
                        Some(max_pixels) => {
                            self.is_smaller = true;
                            Next::Smaller(max_pixels)
                        }
                        None => settle(),
                    }
                }
                401 | 403 | 404 => {
                    let refusals = shared.refusals.fetch_add(1, Ordering::Relaxed) + 1;
                    if refusals >= MOST_REFUSALS {
                        shared.server.give_up(format!(
                            "{refusals} images in a row were refused, the last: {reason}"
                        ));
                    }
                    settle()
                }
                _ => settle(),
            },
        }
    }

    /// The server died or hung while it had this image: one of those on their way did it.
    fn after_death(&mut self, status: PredictionStatus) -> Next {
        self.shared.journal.died(&self.input.sha256);
        if let Some(last) = self.log.last_mut() {
            last.status = status;
        }
        Next::Again(Duration::ZERO)
    }

    fn again(&self, asked: Option<Duration>) -> Next {
        Next::Again(retry::wait(self.failures, asked, retry::chance()))
    }

    /// Pixels of a smaller picture, when one may help and none was tried.
    fn smaller(&self, picture: &Picture, body: &str) -> Option<u64> {
        let patch = u64::from(self.shared.spec.picture.patch);
        let least = self.shared.spec.picture.min_pixels.max(patch * patch);
        let pixels = picture.pixels();
        if self.is_smaller || pixels <= least {
            return None;
        }
        let share = fitting_share(body, pixels, &self.shared.spec).unwrap_or(0.25);
        let fewer = (pixels as f64 * share) as u64;
        Some(fewer.clamp(least, pixels - 1))
    }
}
