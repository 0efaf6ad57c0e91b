//! What the kernel says about this process: memory, processor time, load of the machine.
//!
//! Every reading is `None` where `/proc` does not offer it; a study then leaves the number
//! out instead of guessing.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Units of `utime` and its neighbours in `/proc/PID/stat` per second (`USER_HZ`), which
/// Linux fixes at 100 for user space on every architecture we build for.
const TICKS_PER_S: f64 = 100.0;
/// How often the memory of child processes is sampled.
const SAMPLE_EVERY: Duration = Duration::from_millis(5);

/// Resident memory of this process and its descendants now, in MiB; pages they share count
/// once in each.
pub(crate) fn rss_mib() -> Option<f64> {
    status_mib("self", "VmRSS:")?;
    Some(tree_mib(&std::process::id().to_string()))
}

/// Load average of the machine over the last minute.
pub(crate) fn load_average_1m() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// Processor seconds used so far by this process with its threads and its descendants: those
/// that live, and those that somebody among them has waited for. The kernel counts in steps of
/// 10 ms.
pub(crate) fn cpu_seconds() -> Option<f64> {
    let own = cpu_seconds_of(&fs::read_to_string("/proc/self/stat").ok()?)?;
    // A descendant that ends between two readings moves into its parent's figures.
    let of = |process: &String| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        cpu_seconds_of(&stat)
    };
    let others = tree(&std::process::id().to_string());
    Some(own + others.iter().skip(1).filter_map(of).sum::<f64>())
}

fn cpu_seconds_of(stat: &str) -> Option<f64> {
    // The program's name stands in brackets and may itself hold blanks and brackets.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    // utime, stime, cutime, cstime are fields 14 to 17 of the line; `rest` begins at field 3.
    let ticks = fields.get(11..15)?.iter().map(|f| f.parse::<f64>());
    Some(ticks.sum::<Result<f64, _>>().ok()? / TICKS_PER_S)
}

fn status_mib(process: &str, key: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status_value_mib(&status, key)
}

fn status_value_mib(status: &str, key: &str) -> Option<f64> {
    let value = status.lines().find_map(|line| line.strip_prefix(key))?;
    let kib: f64 = value.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib / 1024.0)
}

/// Runs `work` and returns its answer with the peak resident memory meanwhile, in MiB.
///
/// The kernel's high-water mark of this process is set back before (`clear_refs`) and read
/// after. Child processes have marks of their own that vanish with them, so a thread adds
/// up the whole process tree every 5 ms; the larger of both is the peak. Pages shared
/// between processes count once in each. `None` when the mark cannot be set back, for it
/// would then tell of earlier work.
pub(crate) fn with_peak_mib<T>(work: impl FnOnce() -> T) -> (T, Option<f64>) {
    if fs::write("/proc/self/clear_refs", "5").is_err() {
        return (work(), None);
    }
    let finished = AtomicBool::new(false);
    let (answer, sampled) = thread::scope(|scope| {
        let sampler = scope.spawn(|| sample_tree(&finished));
        // The sampler must also be told to end when the work panics.
        let end = EndOnDrop(&finished);
        let answer = work();
        drop(end);
        (answer, sampler.join().unwrap_or(0.0))
    });
    let own = status_mib("self", "VmHWM:");
    (answer, own.map(|own| own.max(sampled)))
}

struct EndOnDrop<'a>(&'a AtomicBool);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Largest memory of this process with its descendants until `finished`, in MiB.
fn sample_tree(finished: &AtomicBool) -> f64 {
    let own = std::process::id().to_string();
    let mut peak = 0.0_f64;
    loop {
        peak = peak.max(tree_mib(&own));
        if finished.load(Ordering::SeqCst) {
            return peak;
        }
        thread::sleep(SAMPLE_EVERY);
    }
}

fn tree_mib(root: &str) -> f64 {
    let rss = |process: &String| status_mib(process, "VmRSS:");
    tree(root).iter().filter_map(rss).sum()
}

/// A process and its living descendants, the process itself first.
fn tree(root: &str) -> Vec<String> {
    let mut found = vec![root.to_owned()];
    let mut looked_at = 0;
    while let Some(process) = found.get(looked_at) {
        looked_at += 1;
        let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else {
            continue;
        };
        for task in threads.flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            found.extend(children.split_whitespace().map(str::to_owned));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let stat = "1 (a) b) c) R 2 3 4 5 6 7 8 9 10 11 100 50 25 25 20 0";
        assert_eq!(cpu_seconds_of(stat), Some(2.0));
        assert_eq!(cpu_seconds_of("nonsense"), None);
    }

    #[test]
    fn a_status_value_is_in_mib() {
        let status = "Name:\tx\nVmHWM:\t    4096 kB\nVmRSS:\t 2048 kB\n";
        assert_eq!(status_value_mib(status, "VmHWM:"), Some(4.0));
        assert_eq!(status_value_mib(status, "VmSwap:"), None);
    }

    #[test]
    fn memory_given_back_before_is_not_in_the_peak() {
        let touch = |mib: usize| std::hint::black_box(vec![1_u8; mib << 20]).len();
        touch(300);
        let before = rss_mib();
        let (_, small) = with_peak_mib(|| touch(20));
        let (Some(before), Some(small)) = (before, small) else {
            overnight_testkit::skip(
                "memory_given_back_before_is_not_in_the_peak",
                "a writable /proc/self/clear_refs",
            );
            return;
        };
        assert!(small < before + 200.0, "{small} MiB after {before} MiB");
        assert!(small >= 20.0);
    }

    #[test]
    fn processor_time_of_a_living_child_counts() {
        let Some(before) = cpu_seconds() else { return };
        // It goes on until its stdin ends, so that nobody has waited for it yet.
        let script = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo; read x";
        let mut child = std::process::Command::new("sh")
            .args(["-c", script])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        std::io::Read::read_exact(&mut stdout, &mut [0]).unwrap();
        let after = cpu_seconds().unwrap();
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(after - before > 0.02, "{before} to {after}");
    }

    #[test]
    fn processor_time_grows_with_work() {
        let Some(before) = cpu_seconds() else { return };
        let started = std::time::Instant::now();
        let mut x = 1_u64;
        while started.elapsed() < Duration::from_millis(60) {
            x = std::hint::black_box(x.wrapping_mul(6_364_136_223_846_793_005));
        }
        assert!(cpu_seconds().unwrap() > before);
    }
}
