//! Delivers in the background while a night runs.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use overnight_record::{RunId, StopFlag};

use super::channel::Channels;
use super::message::Message;
use super::post::{Delivered, deliver_one};
use super::summary::summary;
use crate::ledger::Ledger;
use crate::summary::RunSummary;

/// How long the end of a night waits for its messages.
pub const FINISH_GRACE: Duration = Duration::from_secs(30);

/// Longest pause between two looks at outbox and heartbeat.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// Pause between two looks at a pulse that is not felt.
const PULSE_PAUSE: Duration = Duration::from_secs(1);
/// Pause after the ledger could not be used.
const LEDGER_PAUSE: Duration = Duration::from_secs(5);

/// What a courier works with.
#[derive(Debug, Clone)]
pub struct CourierSpec {
    /// `.overnight` of the user's checkout, with the ledger.
    pub state_dir: std::path::PathBuf,
    /// Where messages go.
    pub channels: Channels,
    /// The dead-man's switch.
    pub ping: Option<String>,
    /// How often it is asked for; no more once the last heartbeat is twice as old.
    pub ping_every: Duration,
    /// Age of the last heartbeat at which the runner itself counts as stuck.
    pub stuck_after: Duration,
    /// The time.
    pub clock: fn() -> Timestamp,
}

/// Delivers messages in a thread of its own. No call waits for a network or a disk except
/// [`Courier::finish`], which has a limit; no call fails.
#[derive(Debug)]
pub struct Courier {
    run: RunId,
    clock: fn() -> Timestamp,
    orders: Sender<Order>,
    pulse: Arc<Pulse>,
    told: Mutex<BTreeSet<String>>,
    stop: StopFlag,
}

enum Order {
    Tell(Message),
    Finish {
        until: Instant,
        done: Sender<Vec<String>>,
    },
}

/// When the runner last showed a sign of life.
#[derive(Debug)]
struct Pulse {
    origin: Instant,
    /// Milliseconds after `origin`.
    last: AtomicU64,
}

impl Pulse {
    fn beat(&self) {
        let now = u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Relaxed);
    }

    fn age(&self) -> Duration {
        let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
        self.origin.elapsed().saturating_sub(last)
    }
}

impl Courier {
    /// Starts the thread. It delivers what earlier sessions left, too.
    pub fn start(spec: CourierSpec, run: &RunId) -> Self {
        let (orders, inbox) = mpsc::channel();
        let pulse = Arc::new(Pulse {
            origin: Instant::now(),
            last: AtomicU64::new(0),
        });
        let stop = StopFlag::default();
        let courier = Self {
            run: run.clone(),
            clock: spec.clock,
            orders,
            pulse: Arc::clone(&pulse),
            told: Mutex::new(BTreeSet::new()),
            stop: stop.clone(),
        };
        let round = Round {
            spec,
            run: run.clone(),
            pulse,
            stop,
            ledger: None,
            next_ping: Instant::now(),
            is_runner_stuck: false,
        };
        let started = thread::Builder::new()
            .name("courier".to_owned())
            .spawn(move || round.run(&inbox));
        if let Err(error) = started {
            tracing::warn!("no notifications: failed to start their thread: {error}");
        }
        courier
    }

    /// A sign of life of the runner's main loop. Costs nothing; call it in every turn.
    pub fn heartbeat(&self) {
        self.pulse.beat();
    }

    /// Tells at once that the night does not get on; once for each reason until
    /// [`Courier::unstuck`].
    pub fn stuck(&self, reason: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(reason.to_owned()) {
            self.tell(Message::stuck(self.run.as_str(), reason, (self.clock)()));
        }
    }

    /// The night gets on again.
    pub fn unstuck(&self) {
        self.told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Tells a message on every channel.
    pub fn tell(&self, message: Message) {
        // Without its thread there is nobody to tell; that was said at the start.
        let _ = self.orders.send(Order::Tell(message));
    }

    /// Tells how the night ended, and waits up to `grace` for everything to be delivered.
    /// What is not stays in the outbox. Returns what a person should know about it.
    pub fn finish(self, night: &RunSummary, grace: Duration) -> Vec<String> {
        self.tell(summary(night, (self.clock)()));
        self.close(grace)
    }

    /// As [`Courier::finish`], without a message.
    pub fn close(self, grace: Duration) -> Vec<String> {
        let (done, report) = mpsc::channel();
        let until = Instant::now() + grace;
        if self.orders.send(Order::Finish { until, done }).is_err() {
            return Vec::new();
        }
        let notes = report.recv_timeout(grace);
        // A program that still runs is ended; a request ends by its own time limit.
        self.stop.request();
        notes.unwrap_or_else(|_| {
            vec![
                "notifications were still on their way at the end; `overnight notify flush` \
                 delivers what is left"
                    .to_owned(),
            ]
        })
    }
}

/// The thread's own state.
struct Round {
    spec: CourierSpec,
    run: RunId,
    pulse: Arc<Pulse>,
    stop: StopFlag,
    /// Opened at first use.
    ledger: Option<Ledger>,
    next_ping: Instant,
    is_runner_stuck: bool,
}

impl Round {
    fn run(mut self, inbox: &Receiver<Order>) {
        loop {
            self.look_at_pulse();
            let pause = match self.deliver() {
                true => Duration::ZERO,
                false => self.pause(),
            };
            let mut next = match inbox.recv_timeout(pause) {
                Ok(order) => Some(order),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            // All that was told is written down before anything is delivered.
            while let Some(order) = next {
                match order {
                    Order::Tell(message) => self.enqueue(&message),
                    Order::Finish { until, done } => {
                        let _ = done.send(self.finish(until));
                        return;
                    }
                }
                next = inbox.try_recv().ok();
            }
        }
    }

    /// Pings while the runner lives; tells when it does not seem to.
    fn look_at_pulse(&mut self) {
        let age = self.pulse.age();
        if age >= self.spec.stuck_after.max(self.spec.ping_every * 2) {
            if !self.is_runner_stuck {
                self.is_runner_stuck = true;
                let reason = format!(
                    "The runner has given no sign of life for {}.",
                    crate::text::duration(age)
                );
                let message = Message::stuck(self.run.as_str(), &reason, (self.spec.clock)());
                self.enqueue(&message);
            }
        } else {
            self.is_runner_stuck = false;
        }
        let Some(url) = &self.spec.ping else { return };
        if Instant::now() < self.next_ping || age > self.spec.ping_every * 2 {
            return;
        }
        self.next_ping = Instant::now() + self.spec.ping_every;
        if let Err(error) = self.spec.channels.ping(url) {
            tracing::warn!("the dead-man's switch was not reached: {error}");
        }
    }

    /// Until when nothing is to be done.
    fn pause(&mut self) -> Duration {
        let mut pause = LONGEST_PAUSE.min(self.spec.stuck_after);
        if self.spec.ping.is_some() {
            let due = self.next_ping.saturating_duration_since(Instant::now());
            // A ping that waits for a heartbeat is overdue: look at the pulse now and then.
            pause = pause.min(if due.is_zero() { PULSE_PAUSE } else { due });
        }
        let now = (self.spec.clock)();
        match self.ledger().map(|ledger| ledger.next_due()) {
            Some(Ok(Some(due))) => {
                let left = Duration::try_from(due.duration_since(now)).unwrap_or_default();
                pause.min(left.max(Duration::from_millis(10)))
            }
            Some(Ok(None)) => pause,
            Some(Err(_)) | None => pause.max(LEDGER_PAUSE),
        }
    }

    fn ledger(&mut self) -> Option<&mut Ledger> {
        if self.ledger.is_none() {
            match Ledger::open(&self.spec.state_dir) {
                Ok(ledger) => self.ledger = Some(ledger),
                Err(error) => tracing::warn!("notifications wait: {error}"),
            }
        }
        self.ledger.as_mut()
    }

    fn enqueue(&mut self, message: &Message) {
        let message = message.cleared(self.spec.channels.redactor());
        let names = self.spec.channels.names();
        let at = (self.spec.clock)();
        let written = self
            .ledger()
            .map(|ledger| ledger.enqueue(&message, &names, at));
        match written {
            Some(Ok(_)) => return,
            Some(Err(error)) => tracing::warn!("{error}"),
            None => {}
        }
        // Nothing can be written, on a full disk perhaps: just then somebody must be told.
        for name in names {
            if let Err(error) = self.spec.channels.deliver(&name, &message, &self.stop) {
                tracing::warn!("the message on `{name}` is lost: {error}");
            }
        }
    }

    /// Delivers one letter if one is due; whether there was one.
    fn deliver(&mut self) -> bool {
        let (channels, clock, stop) = (
            self.spec.channels.clone(),
            self.spec.clock,
            self.stop.clone(),
        );
        let posted = self
            .ledger()
            .map(|ledger| deliver_one(ledger, &channels, clock, &stop));
        match posted {
            Some(Ok(Some(posted))) => {
                if let Delivered::No { error, .. } = &posted.delivered {
                    let channel = &posted.letter.channel;
                    tracing::warn!("the message on `{channel}` was not delivered: {error}");
                }
                true
            }
            Some(Ok(None)) | None => false,
            Some(Err(error)) => {
                tracing::warn!("{error}");
                false
            }
        }
    }

    /// Delivers until nothing is left or the time is up; what a person should know.
    fn finish(&mut self, until: Instant) -> Vec<String> {
        while Instant::now() < until {
            if self.deliver() {
                continue;
            }
            let now = (self.spec.clock)();
            let due = self.ledger().and_then(|ledger| ledger.next_due().ok()?);
            let Some(due) = due else { break };
            let wait = Duration::try_from(due.duration_since(now)).unwrap_or_default();
            let left = until.saturating_duration_since(Instant::now());
            if wait >= left {
                break;
            }
            thread::sleep(wait.max(Duration::from_millis(10)));
        }
        let left = self.ledger().and_then(|ledger| ledger.undelivered().ok());
        match left.map_or(0, |left| left.len()) {
            0 => Vec::new(),
            left => vec![format!(
                "{left} {} not delivered; `overnight notify flush` tries again",
                if left == 1 {
                    "notification was"
                } else {
                    "notifications were"
                }
            )],
        }
    }
}
