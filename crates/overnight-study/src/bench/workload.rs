//! What one case hands to the backend: loading a batch is never timed, running it is.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use overnight_image::{Limits, RgbImage, decode};
use overnight_ocr::{Backend, ImageInput, ImageSource, Stages};
use overnight_record::Prediction;
use overnight_record::result::BenchStage;

use crate::reason::reason;

/// A sample whose image was decoded once to the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Usable {
    /// Sample id.
    pub(crate) id: String,
    /// The image, as the dataset names it.
    pub(crate) image: String,
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// SHA-256 of its bytes in hex.
    pub(crate) sha256: String,
    /// Width times height.
    pub(crate) pixels: u64,
}

/// The items of one stage and what reads them.
#[derive(Clone, Copy)]
pub(crate) enum Workload<'a> {
    /// Text detection on decoded images.
    Detection(&'a dyn Stages, &'a [Usable]),
    /// Text recognition on line crops.
    Recognition(&'a dyn Stages, &'a [RgbImage]),
    /// Image bytes to text.
    Pipeline(&'a dyn Backend, &'a [Usable]),
}

/// The items of one batch, in memory.
#[derive(Debug)]
pub(crate) enum Batch {
    /// Decoded images or crops.
    Pixels(Vec<RgbImage>),
    /// Bytes of image files.
    Files(Vec<ImageInput>),
}

impl Workload<'_> {
    /// The stage it times.
    pub(crate) fn stage(&self) -> BenchStage {
        match self {
            Self::Detection(..) => BenchStage::Detection,
            Self::Recognition(..) => BenchStage::Recognition,
            Self::Pipeline(..) => BenchStage::Pipeline,
        }
    }

    /// Number of items.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Detection(_, images) | Self::Pipeline(_, images) => images.len(),
            Self::Recognition(_, crops) => crops.len(),
        }
    }

    /// Pixels of an item.
    pub(crate) fn pixels(&self, item: usize) -> u64 {
        match self {
            Self::Detection(_, images) | Self::Pipeline(_, images) => images[item].pixels,
            Self::Recognition(_, crops) => {
                u64::from(crops[item].width()) * u64::from(crops[item].height())
            }
        }
    }

    /// Brings the items of a batch into memory.
    pub(crate) fn load(&self, items: &[usize]) -> Result<Batch, String> {
        match self {
            Self::Detection(_, images) => {
                let pixels = items.iter().map(|i| load_pixels(&images[*i]));
                pixels.collect::<Result<_, _>>().map(Batch::Pixels)
            }
            Self::Recognition(_, crops) => Ok(Batch::Pixels(
                items.iter().map(|i| crops[*i].clone()).collect(),
            )),
            Self::Pipeline(_, images) => {
                let files = items.iter().map(|i| load_file(&images[*i]));
                files.collect::<Result<_, _>>().map(Batch::Files)
            }
        }
    }

    /// Runs a batch; predictions only come from the pipeline.
    pub(crate) fn run(&self, batch: &Batch) -> Result<Vec<Prediction>, String> {
        match (self, batch) {
            (Self::Detection(stages, _), Batch::Pixels(images)) => stages
                .detect(images)
                .map(|_| Vec::new())
                .map_err(|error| error.to_string()),
            (Self::Recognition(stages, _), Batch::Pixels(crops)) => stages
                .read(crops)
                .map(|_| Vec::new())
                .map_err(|error| error.to_string()),
            (Self::Pipeline(backend, _), Batch::Files(files)) => Ok(backend.recognize(files)),
            _ => Err("the batch belongs to another stage".to_owned()),
        }
    }
}

fn load_pixels(image: &Usable) -> Result<RgbImage, String> {
    let bytes = read(image)?;
    match decode(&bytes, &Limits::default()) {
        Ok(decoded) => Ok(decoded.image),
        Err(error) => Err(format!("{}: {}", image.image, reason(&error))),
    }
}

fn load_file(image: &Usable) -> Result<ImageInput, String> {
    Ok(ImageInput {
        id: image.id.clone(),
        image: image.image.clone(),
        sha256: image.sha256.clone(),
        source: ImageSource::Encoded(Arc::from(read(image)?)),
    })
}

fn read(image: &Usable) -> Result<Vec<u8>, String> {
    fs::read(&image.path).map_err(|error| format!("failed to read {}: {error}", image.image))
}
