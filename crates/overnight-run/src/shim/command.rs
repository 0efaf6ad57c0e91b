//! Starting the command: in a group of its own, with a closed stdin, inside its control
//! group or `systemd-run` where there is one.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::cgroup::Cgroup;
use super::order::Order;

/// How much likelier than others the kernel is to end a step when memory runs out, so that
/// it never picks the runner (`oom_score_adj` of proc(5), 0 to 1000).
const OOM_SCORE: &str = "500";

/// A command that was started.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) pid: u32,
    pub(super) stdout: OwnedFd,
    pub(super) stderr: OwnedFd,
}

/// Who keeps the memory limit of a step.
#[derive(Debug)]
pub(super) enum Guard {
    /// The kernel, in a control group of ours.
    Cgroup,
    /// The kernel, in a scope that `systemd-run` makes.
    SystemdRun,
    /// This program.
    Watchdog,
}

impl Guard {
    /// The best one there is for this step.
    pub(super) fn choose(order: &Order, cgroup: Option<&Cgroup>) -> Self {
        if cgroup.is_some_and(|cgroup| cgroup.keeps_memory) {
            Self::Cgroup
        } else if order.memory_bytes.is_some() && systemd_answers() {
            Self::SystemdRun
        } else {
            Self::Watchdog
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Cgroup => "cgroup",
            Self::SystemdRun => "systemd-run",
            Self::Watchdog => "watchdog",
        }
    }
}

/// Starts the command of an order.
pub(super) fn start(order: &Order, guard: &Guard, cgroup: Option<&Cgroup>) -> io::Result<Started> {
    let argv = match (guard, order.memory_bytes) {
        (Guard::SystemdRun, Some(bytes)) => in_scope(&order.argv, bytes),
        _ => order.argv.clone(),
    };
    let (program, arguments) = argv
        .split_first()
        .ok_or_else(|| io::Error::other("the command is empty"))?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(&order.directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = match cgroup {
        Some(cgroup) => cgroup.around(|| command.spawn()),
        None => command.spawn(),
    }?;
    let pid = child.id();
    let _ = fs::write(format!("/proc/{pid}/oom_score_adj"), OOM_SCORE);
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(io::Error::other("its output cannot be read"));
    };
    // The child is reaped with all its descendants by the watch, not through this handle.
    drop(child);
    Ok(Started {
        pid,
        stdout: stdout.into(),
        stderr: stderr.into(),
    })
}

/// Whether a service manager is there that takes a scope from us.
fn systemd_answers() -> bool {
    if !Path::new("/run/systemd/system").is_dir() {
        return false;
    }
    let mut probe = Command::new("systemd-run");
    probe.args(scope_arguments()).arg("--").arg("true");
    probe
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

fn scope_arguments() -> Vec<String> {
    let mut arguments = ["--scope", "--quiet", "--collect"]
        .map(str::to_owned)
        .to_vec();
    if !rustix::process::getuid().is_root() {
        arguments.insert(0, "--user".to_owned());
    }
    arguments
}

/// The command in a scope of its own. `systemd-run --scope` becomes the command, so it stays
/// our child.
fn in_scope(argv: &[String], memory_bytes: u64) -> Vec<String> {
    let mut line = vec!["systemd-run".to_owned()];
    line.extend(scope_arguments());
    line.push(format!("--property=MemoryMax={memory_bytes}"));
    line.push("--property=MemorySwapMax=0".to_owned());
    line.push("--".to_owned());
    line.extend(argv.iter().cloned());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_gets_the_limit_and_the_command_as_it_is() {
        let argv = ["sh".to_owned(), "-c".to_owned(), "a && b".to_owned()];
        let line = in_scope(&argv, 1 << 20);
        assert_eq!(line[0], "systemd-run");
        assert!(line.contains(&"--property=MemoryMax=1048576".to_owned()));
        assert_eq!(line[line.len() - 4..], ["--", "sh", "-c", "a && b"]);
    }
}
