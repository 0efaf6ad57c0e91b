//! What a caller hands to long work: somewhere to report progress, and a way to ask it to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Receives the progress of one loop over items.
///
/// Libraries never print; the binary draws a bar from these calls, tests use [`Silent`].
pub trait Progress: Send + Sync {
    /// A loop over `total` items begins; `what` names it, such as `"recognising receipts"`.
    fn begin(&self, what: &str, total: u64);
    /// `n` further items are finished, whatever their outcome.
    fn advance(&self, n: u64);
    /// The loop is over.
    fn end(&self);
}

/// Progress that goes nowhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _what: &str, _total: u64) {}
    fn advance(&self, _n: u64) {}
    fn end(&self) {}
}

/// A request to stop, shared between a signal handler and the work it interrupts.
///
/// ```
/// use overnight_record::StopFlag;
/// let stop = StopFlag::default();
/// let seen_by_worker = stop.clone();
/// stop.request();
/// assert!(seen_by_worker.is_requested() && !seen_by_worker.is_urgent());
/// stop.request();
/// assert!(seen_by_worker.is_urgent());
/// ```
#[derive(Debug, Clone, Default)]
pub struct StopFlag(Arc<AtomicUsize>);

impl StopFlag {
    /// Asks the work to stop after the item it is on; a second time: at once.
    pub fn request(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether a stop was asked for.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }

    /// Whether it was asked for more than once: nobody wants to wait for a graceful end.
    pub fn is_urgent(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 1
    }
}
