//! The disk: a file that is given up when nothing else is left, and a floor below which no
//! step begins.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate, statvfs};

/// Space that is kept for ledger and reports.
#[derive(Debug)]
pub(super) struct Reserve {
    path: PathBuf,
}

impl Reserve {
    /// Takes `bytes` of the disk `folder` lies on, unless that would take half of what is
    /// free. The file of a night that died is used again.
    pub(super) fn take(folder: &Path, bytes: u64) -> Self {
        let path = folder.join("reserve");
        let held = fs::metadata(&path).map_or(0, |meta| meta.len());
        let is_affordable = free_bytes(folder).is_none_or(|free| free / 2 >= bytes);
        if held < bytes && is_affordable {
            let taken = File::create(&path).map_err(|_| ()).and_then(|file| {
                // Blocks must really be taken: a sparse file would keep nothing.
                fallocate(&file, FallocateFlags::empty(), 0, bytes).map_err(|_| ())
            });
            if taken.is_err() {
                let _ = fs::remove_file(&path);
            }
        }
        Self { path }
    }

    /// Whether there is any.
    pub(super) fn is_held(&self) -> bool {
        self.path.exists()
    }

    /// Gives the space back; whether there was any.
    pub(super) fn give_up(&self) -> bool {
        fs::remove_file(&self.path).is_ok()
    }
}

/// Bytes an ordinary user may still write to the disk a path lies on; `None` when the
/// system does not tell.
pub(super) fn free_bytes(path: &Path) -> Option<u64> {
    let disk = statvfs(path).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;

    #[test]
    fn a_reserve_takes_real_blocks_and_gives_them_back() {
        let dir = tempfile::tempdir().unwrap();
        let reserve = Reserve::take(dir.path(), 1 << 20);
        let meta = fs::metadata(dir.path().join("reserve")).unwrap();
        assert!(meta.blocks() * 512 >= 1 << 20, "{} blocks", meta.blocks());
        let again = Reserve::take(dir.path(), 1 << 20);
        assert!(reserve.give_up() && !again.give_up());
    }

    #[test]
    fn a_reserve_never_takes_what_it_should_protect() {
        let dir = tempfile::tempdir().unwrap();
        let too_much = free_bytes(dir.path()).unwrap();
        Reserve::take(dir.path(), too_much);
        assert!(!dir.path().join("reserve").exists());
    }
}
