//! The operators that are computed outside of rten.

use std::borrow::Cow;

use ::rten::{Value, ValueOrView, ValueView};
use rayon::prelude::*;
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use super::convolution::Convolution;
use super::enlarge::Enlargement;
use super::pool::Pool;

/// Values of a result below which it is not shared by several threads.
pub(super) const WORTH_SHARING: usize = 1 << 14;

/// An operator on images.
#[derive(Debug)]
pub(super) enum Operator {
    Convolution(Convolution),
    Enlargement(Enlargement),
    Pool(Pool),
}

impl Operator {
    /// Runs it. What is owned may be written over. The work is shared by the threads of the pool
    /// this is called in. Several inputs are taken for one with the channels of all of them, one
    /// after the other.
    ///
    /// # Errors
    /// A sentence when the inputs do not fit.
    pub(super) fn run(&self, mut inputs: Vec<ValueOrView<'_>>) -> Result<Value, String> {
        if let (Self::Convolution(convolution), 1) = (self, inputs.len())
            && let Some(ValueOrView::Value(Value::FloatTensor(image))) =
                inputs.pop_if(|input| matches!(input, ValueOrView::Value(Value::FloatTensor(_))))
        {
            return Ok(convolution.run_owned(image)?.into());
        }
        let images: Vec<Image<'_>> = inputs.iter().map(Image::of).collect::<Result<_, _>>()?;
        let output = match (self, &images[..]) {
            (Self::Convolution(convolution), images) => convolution.run_borrowed(images)?,
            (Self::Enlargement(enlargement), [image]) => enlargement.run(image),
            (Self::Pool(pool), [image]) => pool.run(image)?,
            _ => return Err("an operator of one input was given another number".to_owned()),
        };
        Ok(output.into())
    }
}

/// Images x channels x rows x columns, and their values row by row.
#[derive(Debug)]
pub(super) struct Image<'a> {
    pub(super) shape: [usize; 4],
    pub(super) data: Cow<'a, [f32]>,
}

impl<'a> Image<'a> {
    fn of(input: &'a ValueOrView<'_>) -> Result<Self, String> {
        let ValueView::FloatTensor(image) = input.as_view() else {
            return Err("an image is made of floating-point numbers".to_owned());
        };
        let shape = <[usize; 4]>::try_from(image.shape())
            .map_err(|_| format!("{:?} is not the shape of images", image.shape()))?;
        let data = match image.data() {
            Some(data) => Cow::Borrowed(data),
            None => Cow::Owned(image.to_vec()),
        };
        Ok(Self { shape, data })
    }
}

/// Makes every plane of a result from the plane of the input with the same number.
pub(super) fn planes(
    image: &Image<'_>,
    [output_height, output_width]: [usize; 2],
    make: impl Fn(&[f32], &mut [f32]) + Sync,
) -> Tensor<f32> {
    let [n, channels, height, width] = image.shape;
    let input = &*image.data;
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
