//! What machine this is, for the record beside every number.

use std::fs;
use std::process::Command;

use overnight_record::{Gpu, Host};

/// Reads the machine's description from the kernel; what cannot be read is `unknown` or 0.
pub(crate) fn host() -> Host {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    Host {
        name: or_unknown(&name),
        os: format!("{} ({})", distribution(), or_unknown(&kernel)),
        cpu: cpu_model(),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        memory_mib: memory_mib(),
        gpus: gpus(),
    }
}

fn or_unknown(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        "unknown".to_owned()
    } else {
        text.to_owned()
    }
}

fn distribution() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    name.map_or_else(
        || std::env::consts::OS.to_owned(),
        |name| name.trim_matches('"').to_owned(),
    )
}

fn cpu_model() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find(|line| line.starts_with("model name"));
    or_unknown(
        model
            .and_then(|line| line.split_once(':'))
            .map_or("", |(_, name)| name),
    )
}

fn memory_mib() -> u64 {
    meminfo_mib("MemTotal:").unwrap_or(0)
}

/// Memory programs can still get without swapping, in MiB; `None` when the kernel does not
/// tell.
pub(crate) fn available_mib() -> Option<u64> {
    meminfo_mib("MemAvailable:")
}

fn meminfo_mib(field: &str) -> Option<u64> {
    let info = fs::read_to_string("/proc/meminfo").ok()?;
    let line = info.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}

/// Asks `nvidia-smi`; a machine without it has no NVIDIA graphics processor we could use.
fn gpus() -> Vec<Gpu> {
    let query = [
        "--query-gpu=name,memory.total,driver_version",
        "--format=csv,noheader,nounits",
    ];
    let Ok(answer) = Command::new("nvidia-smi").args(query).output() else {
        return Vec::new();
    };
    String::from_utf8_lossy(&answer.stdout)
        .lines()
        .filter_map(parse_gpu)
        .collect()
}

fn parse_gpu(line: &str) -> Option<Gpu> {
    let mut fields = line.split(',').map(str::trim);
    let name = fields.next()?.to_owned();
    let memory_mib = fields.next()?.parse().ok()?;
    let driver = fields.next()?.to_owned();
    Some(Gpu {
        name,
        memory_mib,
        driver,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nvidia_smi_lines_are_read() {
        let gpu = parse_gpu("NVIDIA GeForce RTX 3090, 24576, 550.54.14").unwrap();
        assert_eq!(
            (gpu.name.as_str(), gpu.memory_mib),
            ("NVIDIA GeForce RTX 3090", 24576)
        );
        assert_eq!(parse_gpu("NVIDIA-SMI has failed"), None);
    }
}
