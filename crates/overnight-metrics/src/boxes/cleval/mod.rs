//! CLEval: how much of the text, in characters, was found and read (Y. Baek et al., "CLEval:
//! Character-Level Evaluation for Text Detection and Recognition Tasks", CVPRW 2020).
//!
//! Characters stand where a line of ground truth is cut into equal parts (*centres*). A found
//! box gets the characters whose centres it holds, when enough of its area lies in the
//! region. Splitting a region or merging several costs one character for each box or region
//! beyond the first. The counts are those of the published program, version 0.1.1, with its
//! roundings; `docs/metrics.md` lists them.

mod counts;
mod end_to_end;
mod matching;
mod region;
mod subsequence;
mod walk_order;

pub use counts::{ClevalCounts, ClevalPage, Splits};
pub use matching::{Match, Relation};

use super::TextBox;
use matching::Matching;
use region::Region;

/// How CLEval reads text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cleval {
    /// Whether texts must agree in case; both are brought to upper case when not.
    pub case_sensitive: bool,
    /// Whether the found text is compared, too.
    pub end_to_end: bool,
}

impl Cleval {
    /// The least share of a found box's area that lies in a region it matches.
    const AREA_PRECISION: f64 = 0.3;

    /// Scores one page. A box without a text has no characters; ground truth needs its texts,
    /// as they say how many characters there are to find.
    ///
    /// ```
    /// use overnight_metrics::boxes::{Cleval, Outline, TextBox};
    /// let gt = [TextBox::new(Outline::ltrb(0.0, 0.0, 200.0, 20.0), "HELLOWORLD")];
    /// let found = [
    ///     TextBox::new(Outline::ltrb(0.0, 0.0, 100.0, 20.0), "HELLO"),
    ///     TextBox::new(Outline::ltrb(100.0, 0.0, 200.0, 20.0), "W0RLD"),
    /// ];
    /// let cleval = Cleval { case_sensitive: true, end_to_end: true };
    /// let page = cleval.page(&gt, &found);
    /// // All ten characters were found, but in two pieces.
    /// assert_eq!(page.detection.rates().recall, 0.9);
    /// assert_eq!(page.end_to_end.unwrap().tp, 9);
    /// ```
    pub fn page(&self, ground_truth: &[TextBox], found: &[TextBox]) -> ClevalPage {
        let gt: Vec<Region> = ground_truth
            .iter()
            .map(|region| Region::of_ground_truth(region, self.case_sensitive))
            .collect();
        let det: Vec<Region> = found
            .iter()
            .map(|found| Region::of_found(found, self.case_sensitive))
            .collect();
        let matching = Matching::of(&gt, &det);
        let (detection, splits) = matching.count(&gt, &det);
        let end_to_end = self
            .end_to_end
            .then(|| end_to_end::count(&matching, &gt, &det, &detection));
        ClevalPage {
            detection,
            end_to_end,
            splits,
            matches: matching.matches,
        }
    }
}
