//! A server that may go away and come back: seen to be down, waited for, given up.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use overnight_record::StopFlag;

use super::client::{Client, Sign};
use super::served::Served;

/// Waits between two looks at a server that is down.
const FIRST_LOOK: Duration = Duration::from_millis(100);
const LONGEST_LOOK: Duration = Duration::from_secs(5);
/// How often somebody who waits looks whether he still should.
const BLINK: Duration = Duration::from_millis(50);
/// Requests in a row without a byte of an answer, while nobody else got one either, after
/// which a server that says it is well is not believed.
const MOST_SILENT: u32 = 3;
/// Questions in vain before a server of ours is ended.
const MOST_LOOKS: u32 = 3;

/// A server, and whether it is there.
#[derive(Debug)]
pub(super) struct Server {
    client: Client,
    /// Its process, when it is ours.
    served: Option<Mutex<Served>>,
    state: Mutex<State>,
    /// Held by the one who looks; the others wait for what he sees.
    turn: tokio::sync::Mutex<()>,
    give_up_after: Duration,
    stop: StopFlag,
}

#[derive(Debug, Default)]
struct State {
    /// Deaths so far: a request knows by it whether the server it asked is still the same.
    deaths: u64,
    down_since: Option<Instant>,
    /// Why nobody waits any more.
    given_up: Option<String>,
    /// Requests in a row that nobody answered, and when the first was made.
    silence: Option<(u32, Instant)>,
}

/// Why a server cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Away {
    /// It stayed away too long, or will refuse everything.
    GivenUp(String),
    /// Somebody wants to stop, and the server is not there.
    Interrupted,
}

/// What is found after a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    /// The server is there.
    Alive,
    /// It died meanwhile, or does not answer.
    Died,
}

/// How long a server of ours may stay silent before it is ended.
pub(super) fn patience(client: &Client) -> Duration {
    client.look_limit() * MOST_LOOKS
}

impl Server {
    pub(super) fn new(
        client: Client,
        served: Option<Served>,
        give_up_after: Duration,
        stop: &StopFlag,
    ) -> Self {
        Self {
            client,
            served: served.map(Mutex::new),
            state: Mutex::default(),
            turn: tokio::sync::Mutex::new(()),
            give_up_after,
            stop: stop.clone(),
        }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Deaths so far.
    pub(super) fn deaths(&self) -> u64 {
        self.state().deaths
    }

    /// Whether it is known to be away.
    pub(super) fn is_down(&self) -> bool {
        let state = self.state();
        state.down_since.is_some() || state.given_up.is_some()
    }

    /// Why nothing more can be asked.
    pub(super) fn given_up(&self) -> Option<String> {
        self.state().given_up.clone()
    }

    /// Nothing more is to be asked, for this reason.
    pub(super) fn give_up(&self, reason: String) {
        let mut state = self.state();
        if state.given_up.is_none() {
            tracing::warn!("the server is given up: {reason}");
            state.given_up = Some(reason);
        }
    }

    /// A new batch begins: who was given up gets another chance when he is there.
    pub(super) async fn reconsider(&self) {
        if self.given_up().is_some() && self.sign_of_life().await == Sign::Up {
            let mut state = self.state();
            state.given_up = None;
            state.down_since = None;
            state.silence = None;
        }
    }

    /// Waits while the server is down.
    ///
    /// # Errors
    /// [`Away`].
    pub(super) async fn wait_until_up(&self) -> Result<(), Away> {
        loop {
            let down_since = {
                let state = self.state();
                if let Some(reason) = &state.given_up {
                    return Err(Away::GivenUp(reason.clone()));
                }
                state.down_since
            };
            let Some(since) = down_since else {
                return Ok(());
            };
            let _turn = self.turn.lock().await;
            if self.state().down_since.is_some() && self.given_up().is_none() {
                self.watch(since).await?;
            }
        }
    }

    /// Looks until the server is back or given up.
    async fn watch(&self, since: Instant) -> Result<(), Away> {
        let mut pause = FIRST_LOOK;
        loop {
            if self.stop.is_requested() {
                return Err(Away::Interrupted);
            }
            if let Err(reason) = self.revive(since) {
                self.give_up(reason);
                return Ok(());
            }
            let reason = match self.sign_of_life().await {
                Sign::Up => {
                    tracing::info!(
                        "the server is back after {:.1} s",
                        since.elapsed().as_secs_f64()
                    );
                    self.with_served(Served::answers);
                    let mut state = self.state();
                    state.down_since = None;
                    state.silence = None;
                    return Ok(());
                }
                Sign::Down(reason) => reason,
            };
            // One that was started in time may take its time to start.
            let is_starting = self.with_served(|served| served.is_starting());
            if since.elapsed() >= self.give_up_after && is_starting != Some(true) {
                self.give_up(format!(
                    "the server was not there for {:.0} s: {reason}",
                    since.elapsed().as_secs_f64()
                ));
                return Ok(());
            }
            let until = Instant::now() + pause;
            while Instant::now() < until && !self.stop.is_requested() {
                let left = until.saturating_duration_since(Instant::now());
                tokio::time::sleep(left.min(BLINK)).await;
            }
            pause = (pause * 2).min(LONGEST_LOOK);
        }
    }

    /// Looks after the server when a request found no connection or lost it. `deaths` is what
    /// [`Self::deaths`] said before the request.
    pub(super) async fn examine(&self, deaths: u64) -> Finding {
        let _turn = self.turn.lock().await;
        if self.state().deaths != deaths {
            return Finding::Died;
        }
        let has_exited = self.with_served(Served::has_exited) == Some(true);
        let reason = match self.sign_of_life().await {
            Sign::Up if !has_exited => return Finding::Alive,
            Sign::Up => "it ended".to_owned(),
            Sign::Down(reason) => reason,
        };
        self.miss(&reason);
        Finding::Died
    }

    /// Looks after the server when nothing came of a request made at `asked` for as long as
    /// may be waited.
    pub(super) async fn examine_silent(&self, deaths: u64, asked: Instant) -> Finding {
        if self.examine(deaths).await == Finding::Died {
            return Finding::Died;
        }
        let _turn = self.turn.lock().await;
        let mut state = self.state();
        if state.deaths != deaths {
            return Finding::Died;
        }
        if self.client.heard() > asked {
            // Others are answered.
            state.silence = None;
            return Finding::Alive;
        }
        let (n, since) = state
            .silence
            .map_or((1, asked), |(n, since)| (n + 1, since));
        state.silence = Some((n, since));
        drop(state);
        if n < MOST_SILENT {
            return Finding::Alive;
        }
        let reason = format!(
            "it says that it is well, and {n} requests in a row were not answered within {:.0} s",
            since.elapsed().as_secs_f64()
        );
        if self.served.is_some() {
            self.apart(|served| served.condemn(&reason));
            self.miss(&reason);
            return Finding::Died;
        }
        if since.elapsed() >= self.give_up_after {
            self.give_up(reason);
        }
        Finding::Alive
    }

    /// Takes down that the server is not there.
    fn miss(&self, reason: &str) {
        tracing::warn!("the server does not answer, work pauses: {reason}");
        let mut state = self.state();
        state.deaths += 1;
        state.down_since = Some(Instant::now());
        state.silence = None;
    }

    async fn sign_of_life(&self) -> Sign {
        self.client.sign_of_life(self.served.is_some()).await
    }

    /// Ends a server of ours that hangs, and starts one that has ended.
    fn revive(&self, since: Instant) -> Result<bool, String> {
        let may_start = since.elapsed() < self.give_up_after;
        self.apart(|served| served.revive(since, may_start))
            .unwrap_or(Ok(false))
    }

    /// Does what may take a while with the server of ours, while others go on.
    fn apart<T>(&self, work: impl FnOnce(&mut Served) -> T) -> Option<T> {
        tokio::task::block_in_place(|| self.with_served(work))
    }

    fn with_served<T>(&self, work: impl FnOnce(&mut Served) -> T) -> Option<T> {
        let served = self.served.as_ref()?;
        let mut served = served.lock().unwrap_or_else(PoisonError::into_inner);
        Some(work(&mut served))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
