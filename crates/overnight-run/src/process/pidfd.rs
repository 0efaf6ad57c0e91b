//! Handles on processes: they stay with the process they were opened for, whatever its
//! number is given to later, and can be waited for.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

/// A handle on a process; `None` when there is no such process, or the kernel gives none.
pub(crate) fn open_process(pid: u32) -> Option<OwnedFd> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw)?;
    pidfd_open(pid, PidfdFlags::empty()).ok()
}

/// Sleeps until one of the processes has ended, at most `limit`; whether one has.
pub(crate) fn wait_for_end<'a>(
    handles: impl IntoIterator<Item = BorrowedFd<'a>>,
    limit: Duration,
) -> bool {
    let mut fds: Vec<PollFd<'a>> = handles
        .into_iter()
        .map(|handle| PollFd::from_borrowed_fd(handle, PollFlags::IN))
        .collect();
    let timeout = Timespec {
        tv_sec: i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(limit.subsec_nanos()),
    };
    // An interrupted wait is looked at again by the caller's loop.
    poll(&mut fds, Some(&timeout)).is_ok_and(|ready| ready > 0)
}
