//! Convolutions computed here: depthwise ones, and small ones of all channels.

use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use super::operator::Image;
use super::strip::Sides;
use super::{dense, depthwise};

/// Lanes of the widest vectors there are.
pub(super) const MOST_LANES: usize = 64;

/// What a convolution is made of, as ONNX has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ConvolutionSpec {
    /// How many channels each channel of the result is computed from.
    pub(super) reads: Reads,
    /// Rows and columns of the kernel.
    pub(super) kernel: [usize; 2],
    /// Rows and columns from one result to the next.
    pub(super) strides: [usize; 2],
    /// Rows and columns of zeros: above, left, below, right.
    pub(super) pads: [usize; 4],
    /// The kernels: channel of the result, channel read, row, column.
    pub(super) weights: Vec<f32>,
    /// One number for each channel of the result.
    pub(super) bias: Vec<f32>,
    /// Whether what is below zero becomes zero.
    pub(super) is_rectified: bool,
}

/// The channels a channel of the result is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// The one with the same number.
    Own,
    /// All of so many.
    All(usize),
}

/// A convolution, ready to run.
#[derive(Debug)]
pub(super) struct Convolution {
    /// With the weights in the order that the loops want.
    spec: ConvolutionSpec,
}

/// One convolution of one input.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) sides: Sides,
    /// Channels that are read.
    pub(super) channels: usize,
    pub(super) weights: &'a [f32],
    pub(super) bias: &'a [f32],
    /// What lies below becomes this.
    pub(super) least: f32,
}

impl Convolution {
    /// `None` for what there are no loops for, what rten does as well, or what contradicts itself.
    pub(super) fn new(mut spec: ConvolutionSpec) -> Option<Self> {
        let [rows, columns] = spec.kernel;
        let is_sound = (1..=16).contains(&rows)
            && (1..=16).contains(&columns)
            && spec.strides.iter().all(|stride| (1..=2).contains(stride))
            && spec.pads[0] < rows
            && spec.pads[2] < rows
            && spec.pads[1] < columns
            && spec.pads[3] < columns
            && !spec.bias.is_empty();
        let area = rows * columns;
        let channels = spec.bias.len();
        if !is_sound {
            return None;
        }
        spec.weights = match spec.reads {
            Reads::Own if depthwise::has_kernel(rows) && spec.weights.len() == channels * area => {
                depthwise::by_column(&spec.weights, spec.kernel)
            }
            Reads::All(read)
                if dense::is_worth_it(channels, read, area)
                    && spec.weights.len() == channels * read * area =>
            {
                dense::in_blocks(&spec.weights, read * area)
            }
            _ => return None,
        };
        Some(Self { spec })
    }

    /// Convolves an image; the result takes its place where it has its shape.
    ///
    /// # Errors
    /// A sentence when the image does not fit the weights.
    pub(super) fn run_owned(&self, image: Tensor<f32>) -> Result<Tensor<f32>, String> {
        let (shape, task) = self.task(image.shape())?;
        let stays_in_place = self.spec.reads == Reads::Own
            && task.sides.input == task.sides.output
            && task.sides.strides == [1, 1];
        let [height, width] = task.sides.input;
        // Copies what lies in another order.
        let mut data = image.into_data();
        if !stays_in_place {
            return self.run_borrowed(&[Image {
                shape: [shape[0], task.channels, height, width],
                data: data.into(),
            }]);
        }
        if !data.is_empty() {
            depthwise::run(task, None, &mut data);
        }
        Ok(Tensor::from_data(&shape, data))
    }

    /// Convolves images; those of all channels may come in parts that have some channels each.
    ///
    /// # Errors
    /// A sentence when the images do not fit the weights or each other.
    pub(super) fn run_borrowed(&self, images: &[Image<'_>]) -> Result<Tensor<f32>, String> {
        let channels = images.iter().map(|image| image.shape[1]).sum();
        let [first, others @ ..] = images else {
            return Err("a convolution needs an image".to_owned());
        };
        let mut shape = first.shape;
        let differs = |other: &Image<'_>| {
            let [n, _, height, width] = other.shape;
            [n, height, width] != [shape[0], shape[2], shape[3]]
        };
        if others.iter().any(differs) || (self.spec.reads == Reads::Own && !others.is_empty()) {
            return Err("images of different sizes cannot be convolved as one".to_owned());
        }
        shape[1] = channels;
        let (shape, task) = self.task(&shape)?;
        let mut output = vec![0.0; shape.iter().product()];
        if !output.is_empty() {
            match self.spec.reads {
                Reads::Own => depthwise::run(task, Some(&first.data), &mut output),
                Reads::All(_) => dense::run(task, images, &mut output),
            }
        }
        Ok(Tensor::from_data(&shape, output))
    }

    /// The shape of the result, and what is to be done.
    fn task(&self, input: &[usize]) -> Result<([usize; 4], Task<'_>), String> {
        let spec = &self.spec;
        let channels = match spec.reads {
            Reads::Own => spec.bias.len(),
            Reads::All(channels) => channels,
        };
        let [n, _, height, width] = <[usize; 4]>::try_from(input)
            .ok()
            .filter(|shape| shape[1] == channels)
            .ok_or_else(|| {
                format!("a convolution of {channels} channels cannot take the shape {input:?}")
            })?;
        let [top, left, bottom, right] = spec.pads;
        let side = |input: usize, pads: usize, axis: usize| {
            let room = (input + pads).checked_sub(spec.kernel[axis]);
            room.map(|room| room / spec.strides[axis] + 1)
                .ok_or_else(|| format!("{input} pixels are less than a convolution's kernel"))
        };
        let output = [
            side(height, top + bottom, 0)?,
            side(width, left + right, 1)?,
        ];
        let sides = Sides {
            kernel: spec.kernel,
            strides: spec.strides,
            before: [top, left],
            input: [height, width],
            output,
        };
        let task = Task {
            sides,
            channels,
            weights: &spec.weights,
            bias: &spec.bias,
            least: if spec.is_rectified {
                0.0
            } else {
                f32::NEG_INFINITY
            },
        };
        Ok(([n, spec.bias.len(), output[0], output[1]], task))
    }
}

#[cfg(test)]
mod tests;
