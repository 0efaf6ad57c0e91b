//! Lines that stand on their head.

use image::RgbImage;

use super::network::Network;
use super::recogniser::fill_planes;
use crate::runtime::{Input, Lane};
use crate::{BackendError, StageError};

/// What a classifier takes and from when it is believed; all of it is in the fingerprint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ClassifierSettings {
    /// Rows of the input.
    pub(super) height: u32,
    /// Columns of the input.
    pub(super) width: u32,
    /// Probability of 180 degrees above which a line is turned.
    pub(super) threshold: f32,
}

/// A network that tells 0 from 180 degrees.
#[derive(Debug)]
pub(super) struct Classifier {
    network: Network,
    settings: ClassifierSettings,
}

impl Classifier {
    /// Checks that the network maps a line to two probabilities.
    pub(super) fn new(
        network: Network,
        settings: ClassifierSettings,
    ) -> Result<Self, BackendError> {
        let shape = network.probe(settings.height as usize, settings.width as usize)?;
        if shape != [1, 2] {
            return Err(network.unusable(format!(
                "it answers a {}x{} image with shape {shape:?}, an angle classifier answers [1, 2]",
                settings.height, settings.width
            )));
        }
        Ok(Self { network, settings })
    }

    /// The network.
    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// The settings.
    pub(super) fn settings(&self) -> &ClassifierSettings {
        &self.settings
    }

    /// Whether a line stands on its head.
    ///
    /// # Errors
    /// [`StageError`] when the network fails.
    pub(super) fn is_upside_down(
        &self,
        crop: &RgbImage,
        lane: Lane,
        buffer: &mut Vec<f32>,
    ) -> Result<bool, StageError> {
        let ClassifierSettings {
            height,
            width,
            threshold,
        } = self.settings;
        let ratio = crop.width() as f32 / crop.height().max(1) as f32;
        let scaled = ((height as f32 * ratio).ceil() as u32).clamp(1, width);
        fill_planes(
            &overnight_image::resize(crop, scaled, height),
            width,
            buffer,
        );
        let input = Input {
            shape: [1, 3, height as usize, width as usize],
            data: buffer,
        };
        let mut answer = None;
        self.network.run(input, lane, &mut |_, values| {
            if let [_, turned] = values {
                answer = Some(*turned > threshold);
            }
        })?;
        answer.ok_or_else(|| self.network.failed("the answer has an unexpected shape"))
    }
}
