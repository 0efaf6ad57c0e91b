//! Backends that read text in images, behind one trait.
//!
//! [`load`] turns a specification into a [`Backend`]: `ppocr` runs PP-OCR's detection and
//! recognition networks in this process, `tesseract` runs that program, `openai` asks a served
//! vision language model, `worker` any program. A sample that
//! fails is a prediction with a status, never an error and never empty text that looks
//! read. What is measured about backends lives in the studies; nothing here prints.

mod assemble;
mod backend;
mod fingerprint;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod intake;
mod key_values;
mod load;
pub mod markdown;
pub mod models;
pub mod openai;
pub mod ppocr;
mod process;
mod runtime;
mod side_by_side;
pub mod tesseract;
pub mod worker;

pub use backend::{Backend, ImageInput, ImageSource, Quad, ReadLine, StageError, Stages};
pub use load::{BackendError, BackendSpec, LoadOptions, load};
pub use openai::OpenaiSpec;
pub use ppocr::{PpocrSpec, RecogniserSpec};
pub use runtime::{Device, ParseRuntimeError, RuntimeChoice, RuntimeError, RuntimeSpec};
pub use tesseract::TesseractSpec;
pub use worker::WorkerSpec;
