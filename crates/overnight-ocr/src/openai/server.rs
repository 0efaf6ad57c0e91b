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
    /// It died meanwhile.
    Died,
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
        if self.given_up().is_some() && self.client.sign_of_life().await == Sign::Up {
            let mut state = self.state();
            state.given_up = None;
            state.down_since = None;
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
            if let Err(reason) = self.revive() {
                self.give_up(reason);
                return Ok(());
            }
            let reason = match self.client.sign_of_life().await {
                Sign::Up => {
                    tracing::info!(
                        "the server is back after {:.1} s",
                        since.elapsed().as_secs_f64()
                    );
                    self.state().down_since = None;
                    return Ok(());
                }
                Sign::Down(reason) => reason,
            };
            if since.elapsed() >= self.give_up_after {
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
        let has_exited = self.served.as_ref().is_some_and(|served| {
            served
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .has_exited()
        });
        let reason = match self.client.sign_of_life().await {
            Sign::Up if !has_exited => return Finding::Alive,
            Sign::Up => "it ended".to_owned(),
            Sign::Down(reason) => reason,
        };
        tracing::warn!("the server does not answer, work pauses: {reason}");
        let mut state = self.state();
        state.deaths += 1;
        state.down_since = Some(Instant::now());
        Finding::Died
    }

    /// Starts a server of ours that has ended.
    fn revive(&self) -> Result<bool, String> {
        match &self.served {
            None => Ok(false),
            Some(served) => served
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .revive(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
