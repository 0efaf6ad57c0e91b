//! From a crop to its text: an angle classifier and one or several recognisers.

use std::borrow::Cow;

use image::RgbImage;

use super::classifier::Classifier;
use super::recogniser::Recogniser;
use crate::runtime::Lane;
use crate::{ReadLine, StageError};

/// Where there is a classifier, a line read with less confidence is read both ways: the
/// classifier misses one in twelve lines that stand on their head, and most of these show it
/// by a low confidence. Another value is another version of the post-processing.
const BOTH_WAYS_BELOW: f32 = 0.9;

/// By how much the other way must be surer: short lines such as `2X` read well both ways.
const SURER_BY: f32 = 0.15;

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

    /// Reads a crop. With a classifier, a line that stands on its head is turned first, and one
    /// whose answer is below [`BOTH_WAYS_BELOW`] is read the other way, too; that answer is
    /// kept when it is surer by [`SURER_BY`].
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
        let Some(classifier) = &self.classifier else {
            let line = self.surest(&crop, lane, buffer)?;
            return Ok(Reading {
                line,
                was_upside_down: false,
            });
        };
        let mut was_upside_down = classifier.is_upside_down(&crop, lane, buffer)?;
        if was_upside_down {
            image::imageops::rotate180_in_place(crop.to_mut());
        }
        let mut line = self.surest(&crop, lane, buffer)?;
        if line.confidence < BOTH_WAYS_BELOW {
            image::imageops::rotate180_in_place(crop.to_mut());
            let other = self.surest(&crop, lane, buffer)?;
            if other.confidence >= line.confidence + SURER_BY {
                line = other;
                was_upside_down = !was_upside_down;
            }
        }
        Ok(Reading {
            line,
            was_upside_down,
        })
    }

    /// What the recognisers read in a crop. Of several answers the one of the highest
    /// confidence is kept, the earlier one of equals; an answer without text has none.
    fn surest(
        &self,
        crop: &RgbImage,
        lane: Lane,
        buffer: &mut Vec<f32>,
    ) -> Result<ReadLine, StageError> {
        let mut best = self.first.read(crop, lane, buffer)?;
        for other in &self.others {
            if best.confidence >= self.sure_from {
                break;
            }
            let answer = other.read(crop, lane, buffer)?;
            if answer.confidence > best.confidence {
                best = answer;
            }
        }
        Ok(best)
    }
}
