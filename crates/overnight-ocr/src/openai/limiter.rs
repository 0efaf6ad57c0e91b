//! How many requests may be on their way at once, by number and by bytes.
//!
//! The number follows the server: it falls to half when the server says that it has too much
//! to do, and grows by one for every round of answers (additive increase, multiplicative
//! decrease), up to the configured number.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

/// Admits requests.
#[derive(Debug)]
pub(super) struct Limiter {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    /// The present limit; between whole numbers while it grows.
    limit: f64,
    most: usize,
    most_bytes: u64,
    requests: usize,
    bytes: u64,
    /// Somebody is alone in here.
    is_taken: bool,
    /// So many wait to be alone; nobody else enters until they were.
    n_waiting_alone: usize,
    /// When the limit last fell: answers to requests from before say nothing new.
    lowered: Option<Instant>,
}

/// A request's place; given back when dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    limiter: &'a Limiter,
    bytes: u64,
    is_alone: bool,
    /// When it was given.
    pub(super) since: Instant,
}

impl Limiter {
    /// At most `most` requests (at least 1) with together `most_bytes` bytes.
    pub(super) fn new(most: usize, most_bytes: u64) -> Self {
        let most = most.max(1);
        Self {
            state: Mutex::new(State {
                limit: most as f64,
                most,
                most_bytes,
                requests: 0,
                bytes: 0,
                is_taken: false,
                n_waiting_alone: 0,
                lowered: None,
            }),
            changed: Notify::new(),
        }
    }

    /// Requests that may be on their way now.
    pub(super) fn limit(&self) -> usize {
        self.state().limit as usize
    }

    /// Waits for a place. `alone`: until nobody else has one, and keeps everybody out.
    pub(super) async fn enter(&self, bytes: u64, alone: bool) -> Place<'_> {
        // Counted as waiting even when the wait is given up.
        let _waiting = alone.then(|| Waiting::new(self));
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.state().admit(bytes, alone) {
                return Place {
                    limiter: self,
                    bytes,
                    is_alone: alone,
                    since: Instant::now(),
                };
            }
            changed.await;
        }
    }

    /// The server had too much to do for a request that began at `since`.
    pub(super) fn lower(&self, since: Instant) {
        let mut state = self.state();
        if state.lowered.is_some_and(|lowered| since < lowered) {
            return;
        }
        state.lowered = Some(Instant::now());
        state.limit = (state.limit.floor() / 2.0).max(1.0);
        tracing::info!(limit = state.limit, "fewer requests at once");
    }

    /// The server answered.
    pub(super) fn raise(&self) {
        {
            let mut state = self.state();
            state.limit = (state.limit + 1.0 / state.limit).min(state.most as f64);
        }
        self.changed.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn admit(&mut self, bytes: u64, alone: bool) -> bool {
        let has_room = self.requests == 0
            || (self.requests < self.limit as usize && self.bytes + bytes <= self.most_bytes);
        let may = match alone {
            true => self.requests == 0 && !self.is_taken,
            false => has_room && !self.is_taken && self.n_waiting_alone == 0,
        };
        if may {
            self.requests += 1;
            self.bytes += bytes;
            self.is_taken = alone;
        }
        may
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        {
            let mut state = self.limiter.state();
            state.requests -= 1;
            state.bytes -= self.bytes;
            if self.is_alone {
                state.is_taken = false;
            }
        }
        self.limiter.changed.notify_waiters();
    }
}

/// Somebody who waits to be alone.
struct Waiting<'a>(&'a Limiter);

impl<'a> Waiting<'a> {
    fn new(limiter: &'a Limiter) -> Self {
        limiter.state().n_waiting_alone += 1;
        Self(limiter)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().n_waiting_alone -= 1;
        self.0.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn soon<T>(future: impl Future<Output = T>) -> Option<T> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            tokio::time::timeout(Duration::from_millis(30), future)
                .await
                .ok()
        })
    }

    #[test]
    fn numbers_and_bytes_bound_what_is_on_its_way() {
        let limiter = Limiter::new(3, 100);
        let first = soon(limiter.enter(500, false)).expect("one is always allowed");
        assert!(
            soon(limiter.enter(1, false)).is_none(),
            "the bytes are used up"
        );
        drop(first);
        let _a = soon(limiter.enter(40, false)).unwrap();
        let _b = soon(limiter.enter(40, false)).unwrap();
        assert!(soon(limiter.enter(40, false)).is_none(), "120 bytes");
        let _c = soon(limiter.enter(20, false)).unwrap();
        assert!(soon(limiter.enter(0, false)).is_none(), "three at once");
    }

    #[test]
    fn overload_halves_once_for_all_that_were_on_their_way() {
        let limiter = Limiter::new(8, 100);
        let begun = Instant::now();
        limiter.lower(begun);
        limiter.lower(begun);
        assert_eq!(limiter.limit(), 4);
        limiter.lower(Instant::now());
        assert_eq!(limiter.limit(), 2);
        for _ in 0..2 {
            limiter.lower(Instant::now());
        }
        assert_eq!(limiter.limit(), 1);
        limiter.raise();
        assert_eq!(limiter.limit(), 2);
        for _ in 0..100 {
            limiter.raise();
        }
        assert_eq!(limiter.limit(), 8);
    }

    #[test]
    fn who_wants_to_be_alone_is_alone() {
        let limiter = Limiter::new(4, 100);
        let one = soon(limiter.enter(1, false)).unwrap();
        assert!(soon(limiter.enter(1, true)).is_none());
        drop(one);
        let alone = soon(limiter.enter(1, true)).unwrap();
        assert!(soon(limiter.enter(1, false)).is_none());
        assert!(soon(limiter.enter(1, true)).is_none());
        drop(alone);
        assert!(soon(limiter.enter(1, false)).is_some());
    }
}
