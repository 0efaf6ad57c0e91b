//! Where an image is handed to Tesseract, and where it leaves its answers.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::PathBuf;

use image::RgbImage;

/// Most bytes read of an answer.
const MAX_ANSWER: u64 = 16 << 20;

/// A folder for one call: the image, and the answers beside it.
pub(super) struct Desk(tempfile::TempDir);

impl Desk {
    pub(super) fn with(image: &RgbImage) -> io::Result<Self> {
        let desk = Self(tempfile::tempdir()?);
        let mut file = BufWriter::new(File::create(desk.image())?);
        write!(file, "P6\n{} {}\n255\n", image.width(), image.height())?;
        file.write_all(image.as_raw())?;
        file.flush()?;
        Ok(desk)
    }

    pub(super) fn image(&self) -> PathBuf {
        self.0.path().join("image.ppm")
    }

    /// Where the answers lie, without their extension.
    pub(super) fn answer(&self) -> PathBuf {
        self.0.path().join("answer")
    }

    pub(super) fn read(&self, extension: &str) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(self.answer().with_extension(extension))?
            .take(MAX_ANSWER)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
