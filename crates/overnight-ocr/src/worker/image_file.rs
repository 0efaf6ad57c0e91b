//! Images as workers get them: upright pixels in a BMP file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use image::RgbImage;
use tempfile::TempDir;

/// What the folders of images are called.
const PREFIX: &str = "overnight-worker-";
/// The file in such a folder that is locked as long as somebody uses it.
const LOCK: &str = "lock";
/// A folder younger than this is left alone, locked or not: it may be just in the making.
const YOUNG: Duration = Duration::from_secs(600);

/// Bytes before the pixels: BITMAPFILEHEADER and BITMAPINFOHEADER.
const HEAD: u32 = 54;

/// The folder the images lie in while they are read; gone when dropped.
#[derive(Debug)]
pub(super) struct ImageFolder {
    folder: TempDir,
    /// Held until the end; the kernel lets go of it when we are killed.
    _lock: File,
    next: AtomicU64,
}

/// An image on disk; gone when dropped.
#[derive(Debug)]
pub(super) struct ImageFile {
    pub(super) path: PathBuf,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl ImageFolder {
    /// A new folder among the temporary files. Folders that killed programs left there are
    /// removed.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn new() -> io::Result<Self> {
        let place = std::env::temp_dir();
        sweep(&place, YOUNG);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(place)?;
        let lock = File::create_new(folder.path().join(LOCK))?;
        // Where nothing can be locked the folder is only not protected once it is old.
        let _ = lock.try_lock();
        Ok(Self {
            folder,
            _lock: lock,
            next: AtomicU64::new(1),
        })
    }

    /// Writes an image under a new name.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write(&self, image: &RgbImage) -> io::Result<ImageFile> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let file = ImageFile {
            path: self.folder.path().join(format!("{number}.bmp")),
            width: image.width(),
            height: image.height(),
        };
        write_bmp(image, &file.path)?;
        Ok(file)
    }
}

impl Drop for ImageFile {
    fn drop(&mut self) {
        // The folder is removed as a whole later on.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Removes the folders in `place` that nobody uses and that are at least `age` old. What cannot
/// be looked at or removed, such as those of other people, stays.
fn sweep(place: &Path, age: Duration) {
    for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let lock = entry.path().join(LOCK);
        let made = lock.metadata().and_then(|meta| meta.modified());
        let is_old = made.is_ok_and(|made| made.elapsed().is_ok_and(|passed| passed >= age));
        if is_old && File::open(&lock).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Writes 24-bit rows from bottom to top, blue first, each padded to four bytes. Nothing is
/// compressed: that would take longer than reading the larger file.
fn write_bmp(image: &RgbImage, path: &Path) -> io::Result<()> {
    let (width, height) = image.dimensions();
    let row_bytes = (u64::from(width) * 3).next_multiple_of(4);
    let pixel_bytes = row_bytes * u64::from(height);
    let too_large = || io::Error::other("the image is too large for a BMP file");
    let size = u32::try_from(pixel_bytes + u64::from(HEAD)).map_err(|_| too_large())?;
    let mut file = BufWriter::with_capacity(1 << 20, File::create_new(path)?);
    file.write_all(b"BM")?;
    for number in [
        size,
        0,
        HEAD,
        40,
        width,
        height,
        1 | 24 << 16,
        0,
        size - HEAD,
    ] {
        file.write_all(&number.to_le_bytes())?;
    }
    // 72 dots an inch, no palette.
    for number in [2835_u32, 2835, 0, 0] {
        file.write_all(&number.to_le_bytes())?;
    }
    let mut row = vec![0; usize::try_from(row_bytes).map_err(|_| too_large())?];
    for pixels in image.as_raw().rchunks_exact((width as usize * 3).max(1)) {
        for (bgr, rgb) in row.chunks_exact_mut(3).zip(pixels.chunks_exact(3)) {
            bgr.copy_from_slice(&[rgb[2], rgb[1], rgb[0]]);
        }
        file.write_all(&row)?;
    }
    file.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_pixels_come_back() {
        let folder = ImageFolder::new().unwrap();
        for (width, height) in [(1, 1), (2, 3), (5, 2), (64, 7)] {
            let image = RgbImage::from_fn(width, height, |x, y| {
                image::Rgb([x as u8 * 3, y as u8 * 40, (x + y) as u8 + 100])
            });
            let file = folder.write(&image).unwrap();
            let back = image::open(&file.path).unwrap().into_rgb8();
            assert_eq!(back, image, "{width}x{height}");
            let path = file.path.clone();
            drop(file);
            assert!(!path.exists());
        }
    }

    #[test]
    fn what_a_killed_program_left_is_removed_and_what_is_used_stays() {
        let used = ImageFolder::new().unwrap();
        let place = tempfile::tempdir().unwrap();
        let left = place.path().join(format!("{PREFIX}left"));
        std::fs::create_dir(&left).unwrap();
        std::fs::write(left.join(LOCK), "").unwrap();
        std::fs::write(left.join("1.bmp"), "x").unwrap();
        std::fs::create_dir(place.path().join("other")).unwrap();
        sweep(place.path(), YOUNG);
        assert!(left.exists(), "it is young");
        sweep(place.path(), Duration::ZERO);
        assert!(!left.exists() && place.path().join("other").exists());
        // The other's lock is seen from another opening of the same file.
        let lock = File::open(used.folder.path().join(LOCK)).unwrap();
        assert!(lock.try_lock().is_err());
    }
}
