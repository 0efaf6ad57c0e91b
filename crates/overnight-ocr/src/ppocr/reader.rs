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

/// What a crop says, and how it lay.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    /// Its text.
    pub(super) line: ReadLine,
    /// Whether the crop stood on its head and was turned for reading.
    pub(super) was_upside_down: bool,
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
    ) -> Result<Reading, StageError> {
        let mut crop = Cow::Borrowed(crop);
        let was_upside_down = match &self.classifier {
            Some(classifier) => classifier.is_upside_down(&crop, lane, buffer)?,
            None => false,
        };
        if was_upside_down {
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
        Ok(Reading {
            line: best,
            was_upside_down,
        })
    }
}
