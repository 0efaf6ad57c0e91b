//! A control group (version 2) of the step's own, where the system lets us make one.
//!
//! It does three things nothing else can: the kernel keeps the memory limit and counts what
//! it ended for it, every process is ended by one write, and whoever comes after a shim
//! that was killed still finds what it left. Entering one costs milliseconds of waiting for
//! every processor, so only steps with a memory limit get one.

use std::fs;
use std::path::{Path, PathBuf};

use super::memory::counter;

/// A group made for one step.
#[derive(Debug)]
pub(super) struct Cgroup {
    path: PathBuf,
    /// Whether the kernel keeps a memory limit in it.
    pub(super) keeps_memory: bool,
}

impl Cgroup {
    /// Makes a group below our own; `None` where that is not allowed or there is no
    /// version 2 hierarchy.
    pub(super) fn make(name: &str, memory_bytes: u64) -> Option<Self> {
        let own = own_group()?;
        let path = own.join(name);
        // The controller has to be handed down first; a group with processes of its own may
        // not do that, which leaves the watchdog.
        if !lists(&own.join("cgroup.subtree_control"), "memory") {
            let _ = fs::write(own.join("cgroup.subtree_control"), "+memory");
        }
        fs::create_dir(&path).ok()?;
        let keeps_memory = path.join("memory.max").exists() && {
            let _ = fs::write(path.join("memory.swap.max"), "0");
            // The whole step is ended, not the one process that asked last.
            let _ = fs::write(path.join("memory.oom.group"), "1");
            fs::write(path.join("memory.max"), memory_bytes.to_string()).is_ok()
        };
        Some(Self { path, keeps_memory })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Moves the calling process in, runs `spawn`, and moves it out again: what it spawns is
    /// born inside, with no moment in which it could escape.
    pub(super) fn around<T>(&self, spawn: impl FnOnce() -> T) -> T {
        let home = self.path.parent().map(|own| own.join("cgroup.procs"));
        let entered = fs::write(self.path.join("cgroup.procs"), "0").is_ok();
        let result = spawn();
        if entered && let Some(home) = home {
            let _ = fs::write(home, "0");
        }
        result
    }

    /// Processes the kernel ended here for want of memory; `None` when it does not count.
    pub(super) fn oom_kills(&self) -> Option<u64> {
        let text = fs::read_to_string(self.path.join("memory.events")).ok()?;
        Some(counter(&text, "oom_kill"))
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // A group with a process left in it stays, and is found by its path.
        let _ = fs::remove_dir(&self.path);
    }
}

/// Ends every process of a group, whoever made it, and removes it.
pub(super) fn kill_group(path: &Path) {
    if fs::write(path.join("cgroup.kill"), "1").is_err() {
        return;
    }
    for _ in 0..100 {
        if fs::remove_dir(path).is_ok() || !path.exists() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

fn lists(file: &Path, word: &str) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.split_whitespace().any(|known| known == word)
}

/// Our own group's folder in the version 2 hierarchy.
fn own_group() -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    folder_of(&mounts, &groups).filter(|folder| folder.is_dir())
}

/// The folder from `mountinfo` (proc(5)) and `cgroup` (cgroups(7)).
fn folder_of(mounts: &str, groups: &str) -> Option<PathBuf> {
    let own = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let (root, mount) = mounts.lines().find_map(|line| {
        let (places, kinds) = line.split_once(" - ")?;
        let is_version_2 = kinds.split(' ').next() == Some("cgroup2");
        let mut fields = places.split(' ').skip(3);
        let (root, mount) = (fields.next()?, fields.next()?);
        is_version_2.then_some((root, mount))
    })?;
    // In a container the mount may show a part of the hierarchy only.
    let below = own.strip_prefix(root).unwrap_or(own);
    Some(Path::new(mount).join(below.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_group_is_found_in_every_layout() {
        let unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n";
        let session = "0::/user.slice/user-1000.slice/session-2.scope\n";
        assert_eq!(
            folder_of(unified, session).as_deref(),
            Some(Path::new(
                "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope"
            ))
        );
        let hybrid = "31 30 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
                      32 30 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        let both = "4:memory:/a\n0::/\n";
        assert_eq!(
            folder_of(hybrid, both).as_deref(),
            Some(Path::new("/sys/fs/cgroup/unified"))
        );
        let container = "33 30 0:29 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        assert_eq!(
            folder_of(container, "0::/docker/x/y\n").as_deref(),
            Some(Path::new("/sys/fs/cgroup/y"))
        );
        assert_eq!(folder_of("", session), None);
    }
}
