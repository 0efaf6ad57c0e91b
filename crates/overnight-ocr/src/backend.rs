//! The seam between the studies and whatever reads an image.

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

    /// How many images keep all of it busy: what a study hands over at once. More would only
    /// delay the moment at which predictions are safe.
    fn images_at_once(&self) -> usize {
        self.info().threads.clamp(1, 16)
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
