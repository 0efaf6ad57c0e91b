//! Finding processes by the environment they were started with.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::thread;
use std::time::{Duration, Instant};

use super::group::pids;
use super::identity::Stat;

/// How long `execve` may take before a process counts as one without an environment.
const EXEC_LIMIT: Duration = Duration::from_secs(1);
/// How often a process that shows arguments must show no environment to have none.
const LOOKS: u32 = 3;

/// Whether a process was started with this variable in its environment. `false` also for
/// one that cannot be read.
pub(crate) fn has_variable(pid: u32, name: &str, value: &OsStr) -> bool {
    lines(&environment_of(pid)).any(|line| line == pair(name, value))
}

/// Living processes that were started with all of `variables` in their environment and none
/// named `without`. Processes of other users cannot be read and are passed over.
pub(crate) fn with_environment(
    variables: &[(&str, &OsStr)],
    without: Option<&str>,
) -> BTreeSet<u32> {
    let wanted: Vec<Vec<u8>> = variables.iter().map(|(n, v)| pair(n, v)).collect();
    let unwanted = without.map(|name| pair(name, OsStr::new("")));
    let is_meant = |pid: &u32| {
        let environment = environment_of(*pid);
        let is_barred = |start: &Vec<u8>| lines(&environment).any(|line| line.starts_with(start));
        *pid != std::process::id()
            && wanted
                .iter()
                .all(|pair| lines(&environment).any(|line| line == pair))
            && !unwanted.as_ref().is_some_and(is_barred)
    };
    pids()
        .filter(is_meant)
        .filter(|pid| Stat::read(*pid).is_some_and(|stat| !stat.is_dead()))
        .collect()
}

fn pair(name: &str, value: &OsStr) -> Vec<u8> {
    [name.as_bytes(), b"=", value.as_bytes()].concat()
}

fn lines(environment: &[u8]) -> impl Iterator<Item = &[u8]> {
    environment.split(|byte| *byte == 0)
}

/// The environment a process was started with; empty for one that cannot be read.
///
/// Within `execve` the kernel shows arguments and environment empty until the new program is
/// mapped, which takes as long as its pages take to come from the disk. Such a process is
/// neither gone nor without an environment, so it is asked again.
fn environment_of(pid: u32) -> Vec<u8> {
    let begun = Instant::now();
    let mut times_mapped = 0;
    loop {
        let environment = read_at_once(&format!("/proc/{pid}/environ")).unwrap_or_default();
        // Kernel threads, processes that have ended and those of others show no program.
        let has_program = || fs::read_link(format!("/proc/{pid}/exe")).is_ok();
        if !environment.is_empty() || !has_program() || begun.elapsed() > EXEC_LIMIT {
            return environment;
        }
        // Each of the two files is read at a moment of its own, so one look proves nothing.
        let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        times_mapped += u32::from(!arguments.is_empty());
        if times_mapped > LOOKS {
            return environment;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Reads a file of `/proc` with one call: between two the process may become another program,
/// and the rest of the old one's environment is gone.
fn read_at_once(path: &str) -> io::Result<Vec<u8>> {
    let mut size = 16 << 10;
    loop {
        let mut bytes = vec![0; size];
        let length = File::open(path)?.read(&mut bytes)?;
        if length < size {
            bytes.truncate(length);
            return Ok(bytes);
        }
        size *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_process_is_found_while_it_becomes_another_program() {
        // One process that executes a new program again and again, and stays in the end.
        let script = "n=$1; test $n = 0 && exec sleep 60; exec sh -c \"$0\" \"$0\" $((n - 1))";
        let mut child = Command::new("sh")
            .args(["-c", script, script, "600"])
            .env("OVERNIGHT_TEST_EXEC", "yes")
            .spawn()
            .unwrap();
        let variable = [("OVERNIGHT_TEST_EXEC", OsStr::new("yes"))];
        let program = format!("/proc/{}/comm", child.id());
        let mut lost = 0;
        while fs::read_to_string(&program).unwrap() != "sleep\n" {
            lost += usize::from(!with_environment(&variable, None).contains(&child.id()));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(lost, 0);
        assert!(with_environment(&variable, None).is_empty());
    }
}
