//! A disk that is soon full.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use overnight_testkit::skip;

/// A small disk of its own below a temporary folder; unmounted when dropped.
pub(crate) struct SmallDisk {
    // Dropped after the unmounting.
    _dir: tempfile::TempDir,
    place: PathBuf,
}

impl SmallDisk {
    /// One of so many MiB; `None` where this user may not mount one.
    pub(crate) fn mount(test: &str, mib: u32) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().canonicalize().unwrap().join("disk");
        fs::create_dir(&place).unwrap();
        let size = format!("size={mib}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(&place)
            .output();
        if !mounted.is_ok_and(|output| output.status.success()) {
            skip(test, "the right to mount a small disk");
            return None;
        }
        Some(Self { _dir: dir, place })
    }

    /// Where it is.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(&self.place)
            .status();
    }
}
