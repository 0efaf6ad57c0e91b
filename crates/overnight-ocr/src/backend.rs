//! The seam between the studies and whatever reads an image.

use std::ops::ControlFlow;
use std::sync::Arc;

use image::RgbImage;
use overnight_record::Prediction;
use overnight_record::result::BackendInfo;

/// One image handed to a backend.
#[derive(Debug, Clone)]
pub struct ImageInput {
    /// Sample id.
    pub id: String,
    /// The image, as the dataset names it.
    pub image: String,
    /// SHA-256 of the image file's bytes, in hex.
    pub sha256: String,
    /// The image itself.
    pub source: ImageSource,
}

/// An image as a file's bytes, or already decoded (and perhaps changed).
#[derive(Debug, Clone)]
pub enum ImageSource {
    /// The bytes of an image file in any format the intake knows.
    Encoded(Arc<[u8]>),
    /// Upright pixels, 8 bits a channel.
    Pixels(Arc<RgbImage>),
}

/// Something that reads images: loaded once, used for many.
pub trait Backend: Send + Sync {
    /// What it is, with the fingerprint its predictions are cached under.
    fn info(&self) -> &BackendInfo;

    /// Reads every image: one prediction each, in order. A sample that fails is a
    /// prediction with a status; the call itself cannot fail.
    fn recognize(&self, batch: &[ImageInput]) -> Vec<Prediction>;

    /// As [`Self::recognize`], but hands over each prediction with its place in the batch as
    /// soon as it is there, in any order and from any one thread at a time: what was handed
    /// over can be made safe while the rest is still being read.
    ///
    /// When `hand_over` answers `Break`, no further image is begun; those in work are still
    /// handed over. Without a better way of its own a backend hands over the whole batch at
    /// its end.
    fn recognize_each(
        &self,
        batch: &[ImageInput],
        hand_over: &mut (dyn FnMut(usize, Prediction) -> ControlFlow<()> + Send),
    ) {
        for (index, prediction) in self.recognize(batch).into_iter().enumerate() {
            let _ = hand_over(index, prediction);
        }
    }

    /// Detection and recognition apart, for backends that can.
    fn stages(&self) -> Option<&dyn Stages> {
        None
    }
}

/// Corners of a text line in pixels, `[x, y]`, clockwise from the corner at its start.
pub type Quad = [[f32; 2]; 4];

/// One recognised crop.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadLine {
    /// Its text.
    pub text: String,
    /// Mean confidence of its characters in [0, 1].
    pub confidence: f32,
}

/// A stage that could not run.
#[derive(Debug, thiserror::Error)]
#[error("failed to run {stage}: {reason}")]
pub struct StageError {
    /// Which stage.
    pub stage: &'static str,
    /// What its runtime said.
    pub reason: String,
}

/// The two networks of a detector-recogniser backend, callable apart.
pub trait Stages: Send + Sync {
    /// Finds text lines: for each image its quads in pixels of that image, unordered.
    ///
    /// # Errors
    /// [`StageError`] when the network fails.
    fn detect(&self, batch: &[RgbImage]) -> Result<Vec<Vec<Quad>>, StageError>;

    /// Cuts out and straightens lines, one crop a quad, in order.
    fn crop(&self, image: &RgbImage, quads: &[Quad]) -> Vec<RgbImage>;

    /// Reads crops: one line each, in order.
    ///
    /// # Errors
    /// [`StageError`] when the network fails.
    fn read(&self, crops: &[RgbImage]) -> Result<Vec<ReadLine>, StageError>;
}
