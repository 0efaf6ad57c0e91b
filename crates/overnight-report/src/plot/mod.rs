//! Plots drawn by hand as inline SVG, one module each. Colours come from the page's style
//! sheet through classes, so that every plot follows the reader's theme.

mod canvas;
mod cer;
mod forest;
mod memory;
mod pairs;
mod routing;
mod scale;
mod stages;
mod storage;
mod throughput;
mod timeline;

pub(crate) use canvas::Svg;
pub(crate) use cer::cer;
pub(crate) use forest::{Size, forest, forest_in_sections};
pub(crate) use memory::memory;
pub(crate) use pairs::pairs;
pub(crate) use routing::routing;
pub(crate) use stages::stages;
pub(crate) use storage::storage;
pub(crate) use throughput::throughput;
pub(crate) use timeline::timeline;
