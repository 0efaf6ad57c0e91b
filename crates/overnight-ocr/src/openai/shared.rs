//! What all samples of a backend share.

use std::sync::atomic::{AtomicBool, AtomicU32};

use overnight_record::StopFlag;
use overnight_record::result::BackendInfo;

use super::journal::Journal;
use super::limiter::Limiter;
use super::server::Server;
use super::spec::OpenaiSpec;

/// What all samples of a backend share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) info: BackendInfo,
    pub(super) spec: OpenaiSpec,
    pub(super) server: Server,
    pub(super) limiter: Limiter,
    pub(super) journal: Journal,
    pub(super) stop: StopFlag,
    /// Whether usage is asked for while an answer streams; not every server knows of it.
    pub(super) with_usage: AtomicBool,
    /// Refusals of the key or the address in a row.
    pub(super) refusals: AtomicU32,
}
