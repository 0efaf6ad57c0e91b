//! Detection H-mean at an IoU: the rule of ICDAR 2015, Incidental Scene Text (D. Karatzas et
//! al., "ICDAR 2015 competition on robust reading", 2015), as its evaluation script has it.

use super::outline::Bounds;
use super::{BoxCounts, TextBox};

/// How boxes are matched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hmean {
    /// A found box matches when its IoU with the ground truth is above this, in [0, 1).
    pub iou: f64,
    /// A found box is left out when more than this share of its area lies in one don't-care
    /// region, in [0, 1).
    pub dont_care: f64,
    /// Whether texts must agree in case; both are brought to upper case when not.
    pub case_sensitive: bool,
}

impl Hmean {
    /// The rule of ICDAR 2015: both thresholds 0.5, texts compared as they are.
    pub const ICDAR_2015: Self = Self {
        iou: 0.5,
        dont_care: 0.5,
        case_sensitive: true,
    };
}

/// Counts of one page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HmeanPage {
    /// Boxes in the right place.
    pub detection: BoxCounts,
    /// Boxes in the right place with the right text.
    pub end_to_end: BoxCounts,
}

impl Hmean {
    /// Matches the boxes of one page, one to one: in the order of the ground truth, and for
    /// each region in the order of the found boxes, the first that is not taken and whose IoU
    /// is above the threshold.
    ///
    /// ```
    /// use overnight_metrics::boxes::{Hmean, Outline, TextBox};
    /// let gt = [TextBox::new(Outline::ltrb(0.0, 0.0, 100.0, 20.0), "TOTAL")];
    /// let found = [TextBox::new(Outline::ltrb(10.0, 0.0, 100.0, 20.0), "T0TAL")];
    /// let page = Hmean::ICDAR_2015.page(&gt, &found);
    /// assert_eq!((page.detection.tp, page.end_to_end.tp), (1, 0));
    /// assert_eq!(page.detection.rates().hmean, 1.0);
    /// ```
    pub fn page(&self, ground_truth: &[TextBox], found: &[TextBox]) -> HmeanPage {
        let (asked, dont_care): (Vec<&TextBox>, Vec<&TextBox>) = ground_truth
            .iter()
            .partition(|region| !region.is_dont_care());
        let counted: Vec<&TextBox> = found
            .iter()
            .filter(|box_| !self.is_left_out(box_, &dont_care))
            .collect();
        let bounds: Vec<Option<Bounds>> = counted
            .iter()
            .map(|box_| Bounds::of(box_.outline.corners()))
            .collect();
        let mut taken = vec![false; counted.len()];
        let (mut placed, mut read) = (0, 0);
        for region in &asked {
            let place = Bounds::of(region.outline.corners());
            let matched = (0..counted.len()).find(|&index| {
                let near = place.zip(bounds[index]).is_some_and(|(a, b)| a.touches(&b));
                near && !taken[index] && region.outline.iou(&counted[index].outline) > self.iou
            });
            if let Some(index) = matched {
                taken[index] = true;
                placed += 1;
                read += u64::from(self.is_read(region, counted[index]));
            }
        }
        let of = |tp| BoxCounts {
            n_gt: asked.len() as u64,
            n_det: counted.len() as u64,
            tp,
        };
        HmeanPage {
            detection: of(placed),
            end_to_end: of(read),
        }
    }

    fn is_left_out(&self, found: &TextBox, dont_care: &[&TextBox]) -> bool {
        if dont_care.is_empty() {
            return false;
        }
        let area = found.outline.area();
        area > 0.0
            && dont_care
                .iter()
                .any(|region| region.outline.intersection(&found.outline) / area > self.dont_care)
    }

    fn is_read(&self, region: &TextBox, found: &TextBox) -> bool {
        let (Some(reference), Some(text)) = (&region.text, &found.text) else {
            return false;
        };
        reference == text
            || (!self.case_sensitive && reference.to_uppercase() == text.to_uppercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boxes::Outline;

    fn at(left: f64, right: f64, text: &str) -> TextBox {
        TextBox::new(Outline::ltrb(left, 0.0, right, 10.0), text)
    }

    #[test]
    fn half_an_overlap_is_not_enough_and_nothing_counts_twice() {
        let gt = [at(0.0, 10.0, "a"), at(20.0, 30.0, "b")];
        // IoU 0.5, then 10/19, then the first region a second time, then nothing.
        let found = [at(0.0, 20.0, "a"), at(0.0, 19.0, "A"), at(0.0, 10.0, "a")];
        let page = Hmean::ICDAR_2015.page(&gt, &found);
        let counts = |n_gt, n_det, tp| BoxCounts { n_gt, n_det, tp };
        assert_eq!(page.detection, counts(2, 3, 1));
        assert_eq!(page.end_to_end, counts(2, 3, 0));
        let caseless = Hmean {
            case_sensitive: false,
            ..Hmean::ICDAR_2015
        };
        assert_eq!(caseless.page(&gt, &found).end_to_end, counts(2, 3, 1));
        let rates = page.detection.rates();
        assert_eq!((rates.recall, rates.precision), (0.5, 1.0 / 3.0));
        assert!((rates.hmean - 0.4).abs() < 1e-12);
    }

    #[test]
    fn what_lies_mostly_in_a_dont_care_region_is_left_out() {
        let gt = [at(0.0, 10.0, "###"), at(40.0, 50.0, "b")];
        let found = [at(0.0, 19.0, "x"), at(0.0, 20.0, "half in, half out")];
        let page = Hmean::ICDAR_2015.page(&gt, &found);
        assert_eq!(
            page.detection,
            BoxCounts {
                n_gt: 1,
                n_det: 1,
                tp: 0
            }
        );
        assert_eq!(
            Hmean::ICDAR_2015.page(&[], &[]).detection.rates().hmean,
            0.0
        );
    }
}
