//! Scores of text that do not depend on the order in which it was read.
//!
//! A page whose columns were read in another order has a high error rate though every line is
//! right. These scores tell the two apart: bags of characters and words, lines matched by best
//! assignment, and named fields. Texts are compared as they are handed in: normalise first, and
//! name the normalisation beside the number.

mod assignment;
mod bag;
mod counts;
mod fields;
mod lines;

pub use assignment::best_assignment;
pub use bag::BagCounts;
pub use counts::OrderFreeCounts;
pub use fields::{FieldCounts, FieldScore, RECEIPT_FIELDS, score_field};
pub use lines::{LineCounts, LineMatch, LineWork, MatchedLines, match_lines};
