//! PP-OCR in this process: a detection network (DB) finds lines, a recognition network
//! (CTC) reads them. The steps and settings follow PaddleOCR; the code is our own.
//! `docs/backends.md` lists every setting and why it is what it is.

mod batch;
mod classifier;
mod crop;
mod ctc;
mod db;
mod detector;
mod dictionary;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod load;
mod map;
mod network;
mod pipeline;
mod reader;
mod recogniser;
mod rectangle;
mod region;
mod spec;

pub use pipeline::Ppocr;
pub use spec::{PpocrSpec, RecogniserSpec};
