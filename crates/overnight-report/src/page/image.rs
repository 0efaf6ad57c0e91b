//! Small JPEG images from results, carried inside the page.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of one image that are still carried.
const MAX_IMAGE: u64 = 400 * 1024;
/// Bytes of all images of one page; base64 makes a third more of them.
const MAX_PAGE: u64 = 2_600 * 1024;

/// Carries images into the page until the page is large enough.
#[derive(Debug, Default)]
pub(super) struct Images {
    carried: u64,
}

impl Images {
    /// The image at `path`, absolute or relative to `dir`, as a `data:` address. `None` when
    /// it is not a JPEG file, too large, or the page is full.
    pub(super) fn carry(&mut self, dir: &Path, path: Option<&str>) -> Option<String> {
        let path = dir.join(path?);
        let length = fs::metadata(&path)
            .ok()
            .filter(fs::Metadata::is_file)?
            .len();
        if length > MAX_IMAGE || self.carried + length > MAX_PAGE {
            return None;
        }
        let bytes = fs::read(&path).ok()?;
        // A result may come from any program: nothing but an image leaves its place here.
        if !bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            return None;
        }
        self.carried += length;
        Some(format!("data:image/jpeg;base64,{}", STANDARD.encode(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_small_jpeg_files_are_carried() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.jpg"), [0xff, 0xd8, 0xff, 0xe0]).unwrap();
        fs::write(dir.path().join("secret.txt"), "password").unwrap();
        let mut images = Images::default();
        let carried = images.carry(dir.path(), Some("a.jpg"));
        assert_eq!(carried.as_deref(), Some("data:image/jpeg;base64,/9j/4A=="));
        assert_eq!(images.carry(dir.path(), Some("secret.txt")), None);
        assert_eq!(images.carry(dir.path(), Some("none.jpg")), None);
        assert_eq!(images.carry(dir.path(), None), None);
    }
}
