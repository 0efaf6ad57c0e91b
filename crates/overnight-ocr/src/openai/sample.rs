//! The way of one image: picture, requests until one is of use or none may be, prediction.

mod weigh;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use overnight_record::{AnswerAttempt, Line, Prediction, PredictionStatus, TimingsMs};

use super::answer::{Rules, judge};
use super::client::Call;
use super::picture::Picture;
use super::request;
use super::server::Away;
use super::shared::Shared;
use crate::ImageInput;
use crate::intake::{ms_since, without_text};

/// How often the server may die while it reads an image.
const MOST_DEATHS: u32 = 2;
/// How often somebody who waits looks whether he still should.
const BLINK: Duration = Duration::from_millis(50);
/// Bytes of a failed response that are kept with an attempt.
const MOST_RAW: usize = 64 << 10;

/// One image on its way.
struct Sample<'a> {
    shared: &'a Shared,
    input: &'a ImageInput,
    begun: Instant,
    timings: TimingsMs,
    notes: Vec<String>,
    log: Vec<AnswerAttempt>,
    /// Requests of this image that an earlier program made.
    before: u32,
    temperature: f64,
    /// Steps of the ladder that were taken.
    rung: usize,
    max_pixels: u64,
    /// Whether the one smaller picture was made.
    is_smaller: bool,
    failures: u32,
    timeouts: u32,
    connect_failures: u32,
}

/// What is done next.
enum Next {
    /// The prediction stands.
    Settle(Box<Settled>),
    /// It is sent again, after a wait.
    Again(Duration),
    /// It is sent again with a smaller picture.
    Smaller(u64),
}

/// How a sample ends.
#[derive(Default)]
struct Settled {
    status: Option<PredictionStatus>,
    text: String,
    fields: BTreeMap<String, String>,
    error: Option<String>,
}

impl Settled {
    fn failed(status: PredictionStatus, error: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            status: Some(status),
            error: Some(error.into()),
            ..Self::default()
        })
    }
}

/// Reads one image.
pub(super) async fn read(shared: Arc<Shared>, input: ImageInput) -> Prediction {
    let mut sample = Sample {
        shared: &shared,
        input: &input,
        begun: Instant::now(),
        timings: TimingsMs::default(),
        notes: Vec::new(),
        log: Vec::new(),
        before: shared.journal.counts(&input.sha256).sent,
        temperature: shared.spec.sampling.temperature,
        rung: 0,
        max_pixels: shared.spec.picture.max_pixels,
        is_smaller: false,
        failures: 0,
        timeouts: 0,
        connect_failures: 0,
    };
    let settled = sample.settle().await;
    sample.prediction(*settled)
}

impl Sample<'_> {
    async fn settle(&mut self) -> Box<Settled> {
        if let Some(settled) = self.spent() {
            return settled;
        }
        let mut picture = match self.picture().await {
            Ok(picture) => picture,
            Err(settled) => return settled,
        };
        loop {
            let next = match self.request(&picture).await {
                Ok(next) => next,
                Err(settled) => return settled,
            };
            match next {
                Next::Settle(settled) => return settled,
                Next::Again(wait) => {
                    if let Some(settled) = self.spent() {
                        return settled;
                    }
                    if !self.wait(wait).await {
                        return self.last_failure("interrupted before another try");
                    }
                }
                Next::Smaller(max_pixels) => {
                    if let Some(settled) = self.spent() {
                        return settled;
                    }
                    self.max_pixels = max_pixels;
                    picture = match self.picture().await {
                        Ok(picture) => picture,
                        Err(settled) => return settled,
                    };
                    self.notes.push(format!(
                        "sent again as {}x{} pixels, because the server refused it larger",
                        picture.size.0, picture.size.1
                    ));
                }
            }
        }
    }

    /// Makes the picture beside the other work.
    async fn picture(&mut self) -> Result<Picture, Box<Settled>> {
        let (input, spec, max_pixels) = (
            self.input.clone(),
            self.shared.spec.picture,
            self.max_pixels,
        );
        let made =
            tokio::task::spawn_blocking(move || Picture::of(&input, &spec, max_pixels)).await;
        match made {
            Ok(Ok(picture)) => {
                if self.timings.decode.is_none() {
                    self.notes.extend(picture.notes.iter().cloned());
                }
                let before = self.timings.decode.unwrap_or(0.0);
                self.timings.decode = Some(before + picture.ms);
                Ok(picture)
            }
            Ok(Err(reason)) => Err(Settled::failed(PredictionStatus::Undecodable, reason.0)),
            Err(panic) => Err(Settled::failed(
                PredictionStatus::Crashed,
                format!("making the picture failed: {panic}"),
            )),
        }
    }

    /// Whether all tries are used up, earlier programs' included.
    fn spent(&self) -> Option<Box<Settled>> {
        let counts = self.shared.journal.counts(&self.input.sha256);
        if counts.deaths >= MOST_DEATHS {
            return Some(Settled::failed(
                PredictionStatus::Crashed,
                format!(
                    "the server died or hung {} times while it read this image, which is not sent again",
                    counts.deaths
                ),
            ));
        }
        if counts.sent < self.shared.spec.max_attempts {
            return None;
        }
        let reason = format!("it was sent {} times, and may not be again", counts.sent);
        Some(self.last_failure(&reason))
    }

    /// The end of a sample that cannot be tried any more: what came of the last try holds.
    fn last_failure(&self, reason: &str) -> Box<Settled> {
        match self.log.last() {
            Some(last) => Settled::failed(
                last.status,
                format!("{}; {reason}", last.error.as_deref().unwrap_or("no text")),
            ),
            None if self.before > 0 => Settled::failed(
                PredictionStatus::HttpError,
                format!("{reason}; the tries of an earlier run brought no answer"),
            ),
            None => Settled::failed(PredictionStatus::Skipped, reason),
        }
    }

    /// Sends the picture once, and says what follows from what came back.
    async fn request(&mut self, picture: &Picture) -> Result<Next, Box<Settled>> {
        let shared = self.shared;
        let spec = &shared.spec;
        let with_usage = shared.with_usage.load(Ordering::Relaxed);
        let body = request::body(spec, &picture.data_url, self.temperature, with_usage);
        // Whom the server died of is seen when he is alone.
        let alone = shared.journal.counts(&self.input.sha256).deaths > 0;
        let place = loop {
            self.up().await?;
            let place = shared.limiter.enter(body.len() as u64, alone).await;
            if shared.stop.is_urgent() {
                return Err(self.last_failure("interrupted"));
            }
            // It may have died while we waited.
            if !shared.server.is_down() {
                break place;
            }
        };
        let deaths = shared.server.deaths();
        shared.journal.sent(&self.input.sha256);
        let mut asked = std::pin::pin!(shared.server.client().complete(body, spec.stream));
        let call = loop {
            match tokio::time::timeout(BLINK, asked.as_mut()).await {
                Ok(call) => break call,
                Err(_) if shared.stop.is_urgent() => return Err(self.interrupted(picture)),
                Err(_) => {}
            }
        };
        let weighed = self.weigh(call, picture, deaths, place.since, with_usage);
        let next = weighed.await;
        // Not before it is known whether the server died: who is alone has to stay so.
        drop(place);
        Ok(next)
    }

    async fn up(&self) -> Result<(), Box<Settled>> {
        self.shared
            .server
            .wait_until_up()
            .await
            .map_err(|away| match away {
                Away::GivenUp(reason) => self.last_failure(&reason),
                Away::Interrupted => self.last_failure("interrupted while the server was away"),
            })
    }

    fn interrupted(&mut self, picture: &Picture) -> Box<Settled> {
        let reason = "interrupted".to_owned();
        self.note_attempt(picture, PredictionStatus::Skipped, None, Some(&reason));
        Settled::failed(PredictionStatus::Skipped, reason)
    }

    /// Judges an answer; a loop climbs the ladder of temperatures.
    fn judge(&mut self, call: &Call, picture: &Picture) -> Next {
        let start = Instant::now();
        let Ok(answer) = &call.outcome else {
            return Next::Again(Duration::ZERO);
        };
        let spec = &self.shared.spec;
        let raw = self.shared.server.client().scrubbed(&answer.text);
        let rules = Rules {
            form: spec.prompt.form,
            scripts: &spec.scripts,
        };
        let judged = judge(&raw, answer.finish_reason.as_deref(), rules);
        let status = judged.status;
        if self.timings.first_token.is_none() {
            self.timings.first_token = call.first_token_ms;
        }
        self.note_attempt(picture, status, Some(call), judged.error.as_deref());
        self.timings.post = Some(self.timings.post.unwrap_or(0.0) + ms_since(start));
        if status == PredictionStatus::Loop
            && let Some(temperature) = spec.sampling.loop_temperatures.get(self.rung)
        {
            self.rung += 1;
            self.temperature = *temperature;
            return Next::Again(Duration::ZERO);
        }
        if self.rung > 0 {
            self.notes.push(format!(
                "asked again at temperature {}, because the answer before repeated itself",
                self.temperature
            ));
        }
        self.notes.extend(judged.notes);
        Next::Settle(Box::new(Settled {
            status: Some(status),
            text: judged.text,
            fields: judged.fields,
            error: judged.error,
        }))
    }

    fn note_attempt(
        &mut self,
        picture: &Picture,
        status: PredictionStatus,
        call: Option<&Call>,
        error: Option<&str>,
    ) {
        let client = self.shared.server.client();
        let answer = call.and_then(|call| call.outcome.as_ref().ok());
        let raw = match (answer, call) {
            (Some(answer), _) => answer.text.as_str(),
            (None, Some(call)) => call.partial.as_str(),
            (None, None) => "",
        };
        let raw = match answer {
            Some(_) => raw,
            None => &raw[..raw.floor_char_boundary(MOST_RAW)],
        };
        self.log.push(AnswerAttempt {
            status,
            http_status: call.and_then(|call| call.http_status),
            finish_reason: answer.and_then(|answer| answer.finish_reason.clone()),
            usage: answer.and_then(|answer| answer.usage),
            first_token_ms: call.and_then(|call| call.first_token_ms),
            total_ms: call.map_or(0.0, |call| call.total_ms),
            temperature: self.temperature,
            image_size: [picture.size.0, picture.size.1],
            raw: client.scrubbed(raw),
            reasoning: answer
                .map(|answer| client.scrubbed(&answer.reasoning))
                .filter(|reasoning| !reasoning.is_empty()),
            error: error.map(str::to_owned),
        });
    }

    /// Waits; says whether it is still wanted.
    async fn wait(&self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        while Instant::now() < until {
            if self.shared.stop.is_requested() {
                return false;
            }
            let left = until.saturating_duration_since(Instant::now());
            tokio::time::sleep(left.min(BLINK)).await;
        }
        true
    }

    fn prediction(self, settled: Settled) -> Prediction {
        let status = settled.status.unwrap_or(PredictionStatus::Crashed);
        let timings = TimingsMs {
            total: ms_since(self.begun),
            ..self.timings
        };
        let info = &self.shared.info;
        let lines = settled.text.lines().filter(|line| !line.trim().is_empty());
        let lines = lines.map(|line| Line {
            polygon: Vec::new(),
            text: line.trim().to_owned(),
            confidence: None,
        });
        let last = self.log.last();
        let raw = last.map(|last| last.raw.clone());
        let made = u32::try_from(self.log.len()).unwrap_or(u32::MAX);
        Prediction {
            lines: lines.collect(),
            usage: last.and_then(|last| last.usage),
            attempts: self.before.saturating_add(made),
            finish_reason: last.and_then(|last| last.finish_reason.clone()),
            raw: raw.filter(|raw| *raw != settled.text),
            notes: self.notes,
            text: settled.text,
            fields: settled.fields,
            attempt_log: self.log,
            ..without_text(info, self.input, status, timings, settled.error)
        }
    }
}
