//! Depthwise convolutions: every channel with a kernel of its own.

use ::rten::{Value, ValueOrView, ValueView};
use rayon::prelude::*;
use rten_simd::SimdOp as _;
use rten_tensor::prelude::*;
use rten_tensor::{Tensor, TensorView};

use super::kernel::{Plane, Sides, has_kernel};

/// Values of a result below which its planes are not handed to several threads.
const WORTH_SHARING: usize = 1 << 14;

/// What a depthwise convolution is made of, as ONNX has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DepthwiseSpec {
    /// Rows and columns of the kernel.
    pub(super) kernel: [usize; 2],
    /// Rows and columns from one result to the next.
    pub(super) strides: [usize; 2],
    /// Rows and columns of zeros: above, left, below, right.
    pub(super) pads: [usize; 4],
    /// The kernels, channel by channel, row by row.
    pub(super) weights: Vec<f32>,
    /// One number a channel.
    pub(super) bias: Vec<f32>,
}

/// A depthwise convolution, ready to run.
#[derive(Debug)]
pub(super) struct Depthwise {
    spec: DepthwiseSpec,
}

impl Depthwise {
    /// `None` for what there are no loops for, or what contradicts itself.
    pub(super) fn new(mut spec: DepthwiseSpec) -> Option<Self> {
        let [rows, columns] = spec.kernel;
        let is_known = has_kernel(rows)
            && (1..=16).contains(&columns)
            && spec.strides.iter().all(|stride| (1..=2).contains(stride))
            && spec.pads[0] < rows
            && spec.pads[2] < rows
            && spec.pads[1] < columns
            && spec.pads[3] < columns
            && !spec.bias.is_empty()
            && spec.weights.len() == spec.bias.len() * rows * columns;
        if !is_known {
            return None;
        }
        let by_column = |kernel: &[f32]| -> Vec<f32> {
            let column = |x| (0..rows).map(move |y| y * columns + x);
            (0..columns).flat_map(column).map(|at| kernel[at]).collect()
        };
        spec.weights = spec
            .weights
            .chunks_exact(rows * columns)
            .flat_map(by_column)
            .collect();
        Some(Self { spec })
    }

    /// Convolves images x channels x rows x columns. What is owned is written over where the
    /// result has its shape. Planes are shared by the threads of the pool this is called in.
    ///
    /// # Errors
    /// A sentence when the input does not fit the weights.
    pub(super) fn run(&self, input: ValueOrView<'_>) -> Result<Value, String> {
        let output = match input {
            ValueOrView::Value(Value::FloatTensor(tensor)) => self.run_owned(tensor)?,
            ValueOrView::View(ValueView::FloatTensor(view)) => self.run_borrowed(&view)?,
            _ => return Err("a convolution takes floating-point numbers".to_owned()),
        };
        Ok(output.into())
    }

    fn run_owned(&self, input: Tensor<f32>) -> Result<Tensor<f32>, String> {
        let (shape, sides) = self.shape(input.shape())?;
        if sides.input != sides.output || sides.strides != [1, 1] || !input.is_contiguous() {
            return self.run_borrowed(&input.view());
        }
        let mut data = input.into_data();
        self.planes(sides, None, &mut data);
        Ok(Tensor::from_data(&shape, data))
    }

    fn run_borrowed(&self, input: &TensorView<'_, f32>) -> Result<Tensor<f32>, String> {
        let (shape, sides) = self.shape(input.shape())?;
        let mut output = vec![0.0; shape.iter().product()];
        match input.data() {
            Some(data) => self.planes(sides, Some(data), &mut output),
            None => self.planes(sides, Some(&input.to_vec()), &mut output),
        }
        Ok(Tensor::from_data(&shape, output))
    }

    fn shape(&self, input: &[usize]) -> Result<([usize; 4], Sides), String> {
        let channels = self.spec.bias.len();
        let [n, _, height, width] = <[usize; 4]>::try_from(input)
            .ok()
            .filter(|shape| shape[1] == channels)
            .ok_or_else(|| {
                format!("a convolution of {channels} channels cannot take the shape {input:?}")
            })?;
        let [top, left, bottom, right] = self.spec.pads;
        let side = |input: usize, pads: usize, axis: usize| {
            let room = (input + pads).checked_sub(self.spec.kernel[axis]);
            room.map(|room| room / self.spec.strides[axis] + 1)
                .ok_or_else(|| format!("{input} pixels are less than a convolution's kernel"))
        };
        let output = [
            side(height, top + bottom, 0)?,
            side(width, left + right, 1)?,
        ];
        let sides = Sides {
            kernel: self.spec.kernel,
            strides: self.spec.strides,
            before: [top, left],
            input: [height, width],
            output,
        };
        Ok(([n, channels, output[0], output[1]], sides))
    }

    fn planes(&self, sides: Sides, input: Option<&[f32]>, output: &mut [f32]) {
        let area = sides.output[0] * sides.output[1];
        let area_read = sides.input[0] * sides.input[1];
        if area == 0 || output.is_empty() {
            return;
        }
        let plane = |strip: &mut Vec<f32>, number: usize, output: &mut [f32]| {
            let channel = number % self.spec.bias.len();
            let size = sides.kernel[0] * sides.kernel[1];
            let plane = Plane {
                sides,
                weights: &self.spec.weights[channel * size..][..size],
                bias: self.spec.bias[channel],
                input: input.map(|input| &input[number * area_read..][..area_read]),
                output,
                strip,
            };
            plane.dispatch();
        };
        if output.len() < WORTH_SHARING || rayon::current_num_threads() == 1 {
            let mut strip = Vec::new();
            for (number, output) in output.chunks_exact_mut(area).enumerate() {
                plane(&mut strip, number, output);
            }
        } else {
            let planes = output.par_chunks_exact_mut(area).enumerate();
            planes.for_each_init(Vec::new, |strip, (number, output)| {
                plane(strip, number, output);
            });
        }
    }
}

#[cfg(test)]
mod tests;
