//! What the kernel says about the arms' processes and the machine. Everything is `None`
//! where `/proc` does not offer it.

use std::fs;

use serde::Serialize;

/// Units of the processor times in `/proc/PID/stat` per second, fixed at 100 on Linux.
const TICKS_PER_S: f64 = 100.0;

/// The machine the numbers hold for.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Machine {
    /// Processor model.
    pub(super) cpu: String,
    /// Processors this process may use, as the kernel lists them.
    pub(super) cpus_allowed: String,
    /// Physical memory in MiB.
    pub(super) memory_mib: Option<f64>,
    /// Kernel release.
    pub(super) kernel: String,
}

impl Machine {
    /// This machine.
    pub(super) fn here() -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpuinfo.lines().find(|line| line.starts_with("model name"));
        let model = model.and_then(|line| line.split_once(':'));
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cpu: model.map_or("unknown", |(_, name)| name.trim()).to_owned(),
            cpus_allowed: status("self", "Cpus_allowed_list:").unwrap_or_default(),
            memory_mib: mib(
                &fs::read_to_string("/proc/meminfo").unwrap_or_default(),
                "MemTotal:",
            ),
            kernel: kernel.trim().to_owned(),
        }
    }

    /// The first two processors this process may use, as a list for `taskset`; `None` when
    /// there are not more than two.
    pub(super) fn first_two_cpus(&self) -> Option<String> {
        let cpus = listed(&self.cpus_allowed);
        (cpus.len() > 2).then(|| format!("{},{}", cpus[0], cpus[1]))
    }
}

/// The numbers of a list such as `0-2,5`.
fn listed(list: &str) -> Vec<usize> {
    let ranges = list.split(',').filter_map(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.trim().parse().ok()?..=last.trim().parse().ok()?)
    });
    ranges.flatten().collect()
}

/// Load averages over one minute.
pub(super) fn load_1m() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// Processor seconds of a process so far, its threads and ended children included, in steps
/// of 10 ms.
pub(super) fn cpu_s(pid: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    cpu_s_of(&stat)
}

fn cpu_s_of(stat: &str) -> Option<f64> {
    // The program's name stands in brackets and may itself hold blanks and brackets.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    // utime, stime, cutime, cstime are fields 14 to 17 of the line; `rest` begins at field 3.
    let ticks = fields.get(11..15)?.iter().map(|field| field.parse::<f64>());
    Some(ticks.sum::<Result<f64, _>>().ok()? / TICKS_PER_S)
}

/// Highest resident memory of a process and its descendants since the mark was set back, in
/// MiB. Pages they share count once in each.
pub(super) fn peak_mib(pid: u32) -> Option<f64> {
    let own = mib(&status_text(&pid.to_string())?, "VmHWM:")?;
    Some(own + children(pid).into_iter().filter_map(peak_mib).sum::<f64>())
}

/// Sets the high-water mark of a process and its descendants back to what they hold now.
/// Where that is not allowed, later peaks include earlier ones.
pub(super) fn reset_peak(pid: u32) -> bool {
    let own = fs::write(format!("/proc/{pid}/clear_refs"), "5").is_ok();
    children(pid).into_iter().all(reset_peak) && own
}

/// Threads of a process now.
pub(super) fn threads(pid: u32) -> Option<u64> {
    status(&pid.to_string(), "Threads:")?.parse().ok()
}

fn children(pid: u32) -> Vec<u32> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    let lists = tasks.flatten().map(|task| {
        let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        let pids: Vec<u32> = children.split_whitespace().flat_map(str::parse).collect();
        pids
    });
    lists.flatten().collect()
}

fn status_text(process: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/{process}/status")).ok()
}

fn status(process: &str, key: &str) -> Option<String> {
    let text = status_text(process)?;
    let value = text.lines().find_map(|line| line.strip_prefix(key))?;
    Some(value.trim().to_owned())
}

fn mib(text: &str, key: &str) -> Option<f64> {
    let value = text.lines().find_map(|line| line.strip_prefix(key))?;
    let kib: f64 = value.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let stat = "1 (a) b) c) R 2 3 4 5 6 7 8 9 10 11 100 50 25 25 20 0";
        assert_eq!(cpu_s_of(stat), Some(2.0));
        assert_eq!(cpu_s_of("nonsense"), None);
    }

    #[test]
    fn lists_of_processors_are_read() {
        assert_eq!(listed("0-2,5"), [0, 1, 2, 5]);
        assert_eq!(listed("7"), [7]);
        assert!(listed("").is_empty());
    }

    #[test]
    fn a_peak_set_back_forgets_what_was_given_back() {
        let pid = std::process::id();
        drop(std::hint::black_box(vec![1_u8; 300 << 20]));
        let before = peak_mib(pid).unwrap();
        if reset_peak(pid) {
            assert!(peak_mib(pid).unwrap() < before - 200.0);
        }
        assert!(before > 300.0 && threads(pid).unwrap() >= 1);
    }
}
