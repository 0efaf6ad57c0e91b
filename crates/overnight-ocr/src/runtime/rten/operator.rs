//! The operators that are computed outside of rten.

use ::rten::{Value, ValueOrView, ValueView};
use rayon::prelude::*;
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use super::convolution::Convolution;
use super::enlarge::Enlargement;
use super::pool::Pool;

/// Values of a result below which it is not shared by several threads.
pub(super) const WORTH_SHARING: usize = 1 << 14;

/// An operator with one input and one output: images x channels x rows x columns.
#[derive(Debug)]
pub(super) enum Operator {
    Convolution(Convolution),
    Enlargement(Enlargement),
    Pool(Pool),
}

impl Operator {
    /// Runs it. What is owned may be written over. The work is shared by the threads of the pool
    /// this is called in.
    ///
    /// # Errors
    /// A sentence when the input does not fit.
    pub(super) fn run(&self, input: ValueOrView<'_>) -> Result<Value, String> {
        let output = match (self, input) {
            (Self::Convolution(convolution), ValueOrView::Value(Value::FloatTensor(image))) => {
                convolution.run_owned(image)?
            }
            (operator, input) => {
                let ValueView::FloatTensor(image) = input.as_view() else {
                    return Err("an image is made of floating-point numbers".to_owned());
                };
                let shape = <[usize; 4]>::try_from(image.shape())
                    .map_err(|_| format!("{:?} is not the shape of images", image.shape()))?;
                let copied;
                let data = match image.data() {
                    Some(data) => data,
                    None => {
                        copied = image.to_vec();
                        &copied
                    }
                };
                operator.run_borrowed(shape, data)?
            }
        };
        Ok(output.into())
    }

    fn run_borrowed(&self, shape: [usize; 4], data: &[f32]) -> Result<Tensor<f32>, String> {
        match self {
            Self::Convolution(convolution) => convolution.run_borrowed(shape, data),
            Self::Enlargement(enlargement) => Ok(enlargement.run(shape, data)),
            Self::Pool(pool) => pool.run(shape, data),
        }
    }
}

/// Makes every plane of a result from the plane of the input with the same number.
pub(super) fn planes(
    [n, channels, height, width]: [usize; 4],
    input: &[f32],
    [output_height, output_width]: [usize; 2],
    make: impl Fn(&[f32], &mut [f32]) + Sync,
) -> Tensor<f32> {
    let area = output_height * output_width;
    let mut output = vec![0.0; n * channels * area];
    let area_read = height * width;
    if !output.is_empty() && area_read > 0 {
        if output.len() < WORTH_SHARING || rayon::current_num_threads() == 1 {
            let planes = output.chunks_exact_mut(area);
            let planes = planes.zip(input.chunks_exact(area_read));
            planes.for_each(|(output, input)| make(input, output));
        } else {
            let planes = output.par_chunks_exact_mut(area);
            let planes = planes.zip(input.par_chunks_exact(area_read));
            planes.for_each(|(output, input)| make(input, output));
        }
    }
    Tensor::from_data(&[n, channels, output_height, output_width], output)
}

#[cfg(test)]
mod tests;
