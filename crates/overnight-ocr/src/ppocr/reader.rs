//! From a crop to its text: an angle classifier and one or several recognisers.

use std::borrow::Cow;

use image::RgbImage;

use super::classifier::Classifier;
use super::recogniser::Recogniser;
use crate::runtime::Lane;
use crate::{ReadLine, StageError};

/// Everything that reads a line.
#[derive(Debug)]
pub(super) struct Reader {
    /// Turns lines that stand on their head.
    pub(super) classifier: Option<Classifier>,
    /// Reads every line.
    pub(super) first: Recogniser,
    /// Read the lines that the first is not sure of.
    pub(super) others: Vec<Recogniser>,
    /// Confidence from which the others are not asked.
    pub(super) sure_from: f32,
}

impl Reader {
    /// What reading a crop costs, in columns of the first network's input.
    pub(super) fn cost(&self, crop: &RgbImage) -> u32 {
        self.first.input_width(crop)
    }

    /// Reads a crop. Of several answers the one of the highest confidence is kept, the
    /// earlier one of equals; an answer without text has none.
    ///
    /// # Errors
    /// [`StageError`] when a network fails.
    pub(super) fn read(
        &self,
        crop: &RgbImage,
        lane: Lane,
        buffer: &mut Vec<f32>,
    ) -> Result<ReadLine, StageError> {
        let mut crop = Cow::Borrowed(crop);
        if let Some(classifier) = &self.classifier
            && classifier.is_upside_down(&crop, lane, buffer)?
        {
            image::imageops::rotate180_in_place(crop.to_mut());
        }
        let mut best = self.first.read(&crop, lane, buffer)?;
        for other in &self.others {
            if best.confidence >= self.sure_from {
                break;
            }
            let answer = other.read(&crop, lane, buffer)?;
            if answer.confidence > best.confidence {
                best = answer;
            }
        }
        Ok(best)
    }
}
