//! Backends that read text in images, behind one trait.

mod backend;

pub use backend::{Backend, ImageInput, ImageSource, Quad, ReadLine, StageError, Stages};
