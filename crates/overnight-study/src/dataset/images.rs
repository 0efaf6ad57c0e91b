//! Listing the image files of a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::DatasetError;

/// File name extensions that are taken for images, in lower case.
const EXTENSIONS: [&str; 12] = [
    "jpg", "jpeg", "png", "webp", "tif", "tiff", "bmp", "gif", "ppm", "pgm", "pbm", "pnm",
];

/// The files of `folder` (not below it) with one of `extensions` in any case, by file name.
///
/// # Errors
/// [`DatasetError::Read`], or [`DatasetError::Malformed`] for a name that is not UTF-8.
pub(super) fn with_extension(
    folder: &Path,
    extensions: &[&str],
) -> Result<BTreeMap<String, PathBuf>, DatasetError> {
    let wrap = |source| DatasetError::Read {
        path: folder.to_owned(),
        source,
    };
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(wrap)? {
        let path = entry.map_err(wrap)?.path();
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
        if !extensions.contains(&extension.to_ascii_lowercase().as_str()) || path.is_dir() {
            continue;
        }
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return Err(DatasetError::Malformed {
                reason: "the file's name is not UTF-8".to_owned(),
                path,
                line: None,
            });
        };
        // Files that editors and file managers hide beside the real ones.
        if !name.starts_with('.') {
            files.insert(name.to_owned(), path);
        }
    }
    Ok(files)
}

/// The image files of `folder` by sample id: the name without extension, or with it where
/// two images differ in nothing else.
///
/// # Errors
/// As [`with_extension`].
pub(super) fn by_id(folder: &Path) -> Result<BTreeMap<String, PathBuf>, DatasetError> {
    let files = with_extension(folder, &EXTENSIONS)?;
    let mut stems: BTreeMap<String, usize> = BTreeMap::new();
    for name in files.keys() {
        *stems.entry(stem(name)).or_default() += 1;
    }
    Ok(files
        .into_iter()
        .map(|(name, path)| {
            let stem = stem(&name);
            let id = if stems[&stem] == 1 { stem } else { name };
            (id, path)
        })
        .collect())
}

/// A file name without its last extension.
pub(super) fn stem(name: &str) -> String {
    Path::new(name).file_stem().map_or_else(
        || name.to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}
