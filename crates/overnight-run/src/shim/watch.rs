//! From the start of the command to the last process of its tree.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitOptions, WaitStatus};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};

use super::cgroup::Cgroup;
use super::command::{self, Guard, Started};
use super::memory::{Watchdog, machine_oom_kills};
use super::order::{Birth, Order};
use super::output::Output;
use super::record::{End, ExitRecord, Reservation};
use super::strays::Strays;
use super::tree::{Tree, Usage, kill_all};
use crate::process::{ProcessIdentity, Stat};

/// How often memory and limits are looked at.
const TICK: Duration = Duration::from_millis(250);
/// When memory is looked at first: most commands are short.
const FIRST_TICK: Duration = Duration::from_millis(5);
/// How often those who watch are told that the command does something.
const ACTIVITY_INTERVAL: Duration = Duration::from_secs(5);
/// Share of a processor below which a command counts as doing nothing.
const IDLE_SHARE: f64 = 0.01;
/// How long killed processes may take to be gone; one in an uninterruptible call may never.
const REAP_LIMIT: Duration = Duration::from_secs(10);

/// What the shim is asked by signals.
#[derive(Debug)]
struct Asked {
    stop: Arc<AtomicBool>,
    kill: Arc<AtomicBool>,
    wake: UnixStream,
}

impl Asked {
    /// SIGTERM asks for an end with grace, SIGINT for one without. SIGHUP is heard and
    /// forgotten; ignoring it would be inherited by the command.
    fn listen() -> io::Result<Self> {
        let (wake, waker) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let (stop, kill) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        signal_hook::flag::register(SIGTERM, Arc::clone(&stop))?;
        signal_hook::flag::register(SIGINT, Arc::clone(&kill))?;
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGCHLD] {
            signal_hook::low_level::pipe::register(signal, waker.try_clone()?)?;
        }
        Ok(Self { stop, kill, wake })
    }

    fn drain(&self) {
        let mut bytes = [0; 256];
        while matches!(rustix::io::read(&self.wake, &mut bytes[..]), Ok(n) if n > 0) {}
    }
}

/// Executes an order to its end and leaves the record.
pub(super) fn execute(
    folder: &Path,
    order: &Order,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> io::Result<()> {
    // A terminal that closes, or a Ctrl-C meant for the runner, must not reach us.
    let _ = rustix::process::setsid();
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    let asked = Asked::listen()?;
    let reservation = Reservation::take(folder)?;
    let redactor = order.secrets.load(lookup, &order.project).redactor;
    let name = format!("overnight-{}", std::process::id());
    let cgroup = order
        .memory_bytes
        .and_then(|bytes| Cgroup::make(&name, bytes));
    let shim = ProcessIdentity::current().ok_or_else(|| io::Error::other("no /proc"))?;
    let birth = Birth {
        shim,
        cgroup: cgroup.as_ref().map(|cgroup| cgroup.path().to_owned()),
    };
    birth.write(folder).map_err(io::Error::other)?;
    let guard = Guard::choose(order, cgroup.as_ref());
    let kills_before = oom_kills(cgroup.as_ref()).0;
    let (wall, begun) = (Timestamp::now(), Instant::now());
    let mut seen = Seen::default();
    // Before the command runs: it may remove the folder.
    let log = |name: &str| File::create(folder.join(name));
    let (stdout_log, stderr_log) = (log("stdout.log")?, log("stderr.log")?);
    match command::start(order, &guard, cgroup.as_ref()) {
        Ok(started) => {
            let output = |fd, log| Output::new(fd, log, order.log_limit_bytes, &redactor);
            let Started {
                pid,
                stdout,
                stderr,
            } = started;
            let outputs = [output(stdout, stdout_log)?, output(stderr, stderr_log)?];
            Watch::new(order, &asked, &guard, pid, outputs, begun, folder).run(&mut seen);
        }
        Err(error) => seen.end = Some(not_started(order, &error)),
    }
    let (kills_after, are_its_own) = oom_kills(cgroup.as_ref());
    reservation.redeem(&ExitRecord {
        end: seen.end.unwrap_or(End::ItsOwn),
        code: seen.status.and_then(WaitStatus::exit_status),
        signal: seen.status.and_then(WaitStatus::terminating_signal),
        started: wall,
        finished: Timestamp::now(),
        duration_s: begun.elapsed().as_secs_f64(),
        cpu_s: seen.cpu_s,
        peak_rss_mib: mib(seen.peak_rss_bytes),
        peak_tree_mib: mib(seen.peak_tree_bytes),
        oom_kills: kills_after.saturating_sub(kills_before),
        oom_kills_are_its_own: are_its_own,
        memory_guard: guard.name().to_owned(),
        left_behind: seen.left_behind,
        written_bytes: seen.written,
        left_out_bytes: seen.left_out,
    })
}

/// Why a command did not start.
fn not_started(order: &Order, error: &io::Error) -> End {
    let program = order.argv.first().map_or("", String::as_str);
    let has_folder = order.directory.is_dir();
    let is_missing = has_folder && error.kind() == io::ErrorKind::NotFound;
    let message = if is_missing {
        format!("program `{program}` was not found")
    } else if has_folder {
        format!("`{program}`: {error}")
    } else {
        format!("the folder {} does not exist", order.directory.display())
    };
    End::NotStarted {
        is_missing,
        message,
    }
}

fn mib(bytes: u64) -> Option<f64> {
    (bytes > 0).then(|| bytes as f64 / f64::from(1 << 20))
}

/// Processes ended by the kernel so far, and whether they are the step's own.
fn oom_kills(cgroup: Option<&Cgroup>) -> (u64, bool) {
    match cgroup.and_then(Cgroup::oom_kills) {
        Some(kills) => (kills, true),
        None => (machine_oom_kills(), false),
    }
}

/// What was seen of a command.
#[derive(Debug, Default)]
struct Seen {
    /// Why it was ended; `None` when it ended by itself.
    end: Option<End>,
    status: Option<WaitStatus>,
    cpu_s: f64,
    peak_rss_bytes: u64,
    peak_tree_bytes: u64,
    left_behind: u32,
    written: [u64; 2],
    left_out: [u64; 2],
}

/// Where ending the tree stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    No,
    /// Everything was asked to end, then.
    Asked(Instant),
    /// Everything was killed, then.
    Killed(Instant),
}

struct Watch<'a> {
    order: &'a Order,
    asked: &'a Asked,
    watchdog: Watchdog,
    own_pid: u32,
    command: u32,
    outputs: [Output; 2],
    begun: Instant,
    next_tick: Instant,
    /// When it last wrote or used the processor.
    active: Instant,
    /// When its description was touched last for that.
    told_active: Instant,
    folder: &'a Path,
    cpu_s: f64,
    cpu_looked: Instant,
    ending: Ending,
    strays: Strays,
}

impl<'a> Watch<'a> {
    fn new(
        order: &'a Order,
        asked: &'a Asked,
        guard: &Guard,
        command: u32,
        outputs: [Output; 2],
        begun: Instant,
        folder: &'a Path,
    ) -> Self {
        let kept_by_us = matches!(guard, Guard::Watchdog);
        Self {
            order,
            asked,
            watchdog: Watchdog::new(order.memory_bytes.filter(|_| kept_by_us)),
            own_pid: std::process::id(),
            command,
            outputs,
            begun,
            next_tick: begun + FIRST_TICK,
            active: begun,
            told_active: begun,
            folder,
            cpu_s: 0.0,
            cpu_looked: begun,
            ending: Ending::No,
            strays: Strays::default(),
        }
    }

    fn run(mut self, seen: &mut Seen) {
        loop {
            let is_tree_gone = self.reap(seen);
            if is_tree_gone || self.is_given_up() {
                break;
            }
            self.wait();
            self.asked.drain();
            if self
                .outputs
                .iter_mut()
                .map(Output::pump)
                .fold(false, |a, b| a | b)
            {
                self.active = Instant::now();
            }
            let now = Instant::now();
            if now >= self.next_tick {
                self.tick(seen, now);
            }
            if self.ending == Ending::No {
                if seen.status.is_some() {
                    let left = Tree::below(self.own_pid).len();
                    seen.left_behind = u32::try_from(left).unwrap_or(u32::MAX);
                    self.ask();
                } else if let Some(end) = self.reason_to_end(now) {
                    seen.end = Some(end);
                    self.ask();
                }
            }
            self.press(now);
        }
        self.strays.forget(self.folder);
        for (index, output) in self.outputs.iter_mut().enumerate() {
            output.finish();
            seen.written[index] = output.written;
            seen.left_out[index] = output.left_out;
        }
    }

    /// Sleeps until a signal, more output, or the next thing that is due.
    fn wait(&self) {
        let now = Instant::now();
        let mut until = self.next_tick;
        if self.ending == Ending::No {
            until = until.min(self.begun + self.timeout());
            until = until.min(self.active + self.idle_timeout());
        }
        let pause = until.saturating_duration_since(now).min(TICK);
        let timeout = Timespec {
            tv_sec: i64::try_from(pause.as_secs()).unwrap_or(0),
            tv_nsec: i64::from(pause.subsec_nanos()),
        };
        let mut fds = vec![PollFd::from_borrowed_fd(
            self.asked.wake.as_fd(),
            PollFlags::IN,
        )];
        let open = self.outputs.iter().filter_map(Output::fd);
        fds.extend(open.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        // An interrupted wait is as good as one that ended.
        let _ = poll(&mut fds, Some(&timeout));
    }

    fn timeout(&self) -> Duration {
        Duration::from_millis(self.order.timeout_ms)
    }

    fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.order.idle_timeout_ms)
    }

    fn reason_to_end(&self, now: Instant) -> Option<End> {
        let is_asked = |flag: &AtomicBool| flag.load(Ordering::SeqCst);
        if is_asked(&self.asked.stop) || is_asked(&self.asked.kill) {
            return Some(End::Stopped);
        }
        if self.order.deadline.is_some_and(|at| Timestamp::now() >= at) {
            return Some(End::Deadline);
        }
        if now >= self.begun + self.timeout() {
            return Some(End::TimedOut);
        }
        (now >= self.active + self.idle_timeout()).then_some(End::Hung)
    }

    /// Looks at memory and processor time.
    fn tick(&mut self, seen: &mut Seen, now: Instant) {
        self.next_tick = now + TICK;
        for output in &mut self.outputs {
            output.flush_idle();
        }
        let tree = Tree::below(self.own_pid);
        self.strays.look(&tree, self.folder);
        let usage = tree.usage();
        seen.peak_tree_bytes = seen.peak_tree_bytes.max(usage.resident_bytes);
        seen.peak_rss_bytes = seen.peak_rss_bytes.max(usage.largest_peak_bytes);
        self.notice_activity(usage, now);
        if self.active > self.told_active + ACTIVITY_INTERVAL {
            self.told_active = now;
            Birth::touch(self.folder);
        }
        if self.ending == Ending::No
            && seen.status.is_none()
            && let Some(why) = self.watchdog.verdict(&tree, usage)
        {
            seen.end = Some(End::Memory { seen: why });
            // There is no memory for a graceful end.
            self.kill();
        }
    }

    /// A command that computes is alive though it says nothing. A child that ended takes its
    /// processor time out of the sum, which is activity, too.
    fn notice_activity(&mut self, usage: Usage, now: Instant) {
        let span = now.duration_since(self.cpu_looked).as_secs_f64();
        let used = usage.cpu_s - self.cpu_s;
        let ticks = 0.02;
        if used < 0.0 || used > (span * IDLE_SHARE).max(ticks) {
            self.active = now;
        } else if used > 0.0 && span < 2.0 {
            // Less than can be told from nothing in so short a span: look again later.
            return;
        }
        self.cpu_s = usage.cpu_s;
        self.cpu_looked = now;
    }

    /// Asks the whole tree to end.
    fn ask(&mut self) {
        if self.order.grace_ms == 0 || self.asked.kill.load(Ordering::SeqCst) {
            self.kill();
            return;
        }
        let tree = Tree::below(self.own_pid);
        tree.signal(Signal::TERM);
        // A stopped process would only see the signal when it goes on.
        tree.signal(Signal::CONT);
        self.ending = Ending::Asked(Instant::now());
    }

    fn kill(&mut self) {
        kill_all(self.own_pid);
        self.ending = Ending::Killed(Instant::now());
    }

    /// Goes from asking to killing when the grace is over, and kills again what came up
    /// meanwhile.
    fn press(&mut self, now: Instant) {
        match self.ending {
            Ending::Asked(since) => {
                let is_urgent = self.asked.kill.load(Ordering::SeqCst);
                if is_urgent || now >= since + Duration::from_millis(self.order.grace_ms) {
                    self.kill();
                }
            }
            Ending::Killed(_) => Tree::below(self.own_pid).signal(Signal::KILL),
            Ending::No => {}
        }
    }

    fn is_given_up(&self) -> bool {
        matches!(self.ending, Ending::Killed(since) if since.elapsed() > REAP_LIMIT)
    }

    /// Reaps whatever has ended; whether the tree is empty.
    fn reap(&self, seen: &mut Seen) -> bool {
        loop {
            if seen.status.is_none() {
                self.look_at_the_dead(seen);
            }
            match rustix::process::wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) => {
                    if u32::try_from(pid.as_raw_nonzero().get()) == Ok(self.command) {
                        seen.status = Some(status);
                    }
                }
                Ok(None) => return false,
                Err(Errno::INTR) => {}
                Err(_) => return true,
            }
        }
    }

    /// The processor time of the command, which is gone once it is reaped.
    fn look_at_the_dead(&self, seen: &mut Seen) {
        let pid = i32::try_from(self.command).ok().and_then(Pid::from_raw);
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let has_ended = pid.is_some_and(|pid| {
            matches!(
                rustix::process::waitid(WaitId::Pid(pid), options),
                Ok(Some(_))
            )
        });
        if has_ended && let Some(stat) = Stat::read(self.command) {
            seen.cpu_s = stat.cpu_s();
        }
    }
}
