//! Folders of ours in the user's checkout.

use std::fs;
use std::path::Path;

use overnight_record::store;

use super::WorkspaceError;

/// Makes a folder that git ignores by itself, so that `git status` says what it said
/// before. A `.gitignore` that is already there is left alone.
///
/// # Errors
/// [`WorkspaceError::File`].
pub fn ensure_own_folder(folder: &Path) -> Result<(), WorkspaceError> {
    let failed = |source| WorkspaceError::File {
        what: "make",
        path: folder.to_owned(),
        source,
    };
    fs::create_dir_all(folder).map_err(failed)?;
    let ignore = folder.join(".gitignore");
    if ignore.symlink_metadata().is_ok() {
        return Ok(());
    }
    store::write_atomically(&ignore, b"*\n").map_err(|error| match error {
        store::StoreError::Write { path, source } => WorkspaceError::File {
            what: "write",
            path,
            source,
        },
        other => failed(std::io::Error::other(other)),
    })
}
