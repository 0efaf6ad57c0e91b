//! Scores of where text was found: areas of polygons, H-mean at an IoU, CLEval.
//!
//! Coordinates are pixels, x to the right and y downwards. A box is a quadrilateral or a
//! polygon; a region whose text is `###` is *don't care*: finding it is neither right nor
//! wrong. Every score is a set of counts that add up over pages, and rates are made from the
//! sums. The definitions are in `docs/metrics.md`, section Boxes.

mod area;
mod cleval;
mod hmean;
mod outline;
mod rates;
mod text_box;

pub use area::{Fill, Ring, area_where, intersection_area};
pub use cleval::{Cleval, ClevalCounts, ClevalPage, Match, Relation, Splits};
pub use hmean::{Hmean, HmeanPage};
pub use outline::{Bounds, Outline, Point};
pub use rates::{BoxCounts, BoxRates};
pub use text_box::TextBox;
