//! The largest value around each pixel.

use rten_tensor::Tensor;

use super::operator::{Image, planes};

/// The largest value of a window that moves pixel by pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pool {
    /// Rows and columns of the window.
    window: [usize; 2],
    /// Rows and columns that it may reach beyond the image: above, left, below, right.
    pads: [usize; 4],
}

impl Pool {
    /// `None` when a window would lie outside of the image as a whole.
    pub(super) fn new(window: [usize; 2], pads: [usize; 4]) -> Option<Self> {
        let [rows, columns] = window;
        let [top, left, bottom, right] = pads;
        let is_sound = top.max(bottom) < rows && left.max(right) < columns;
        is_sound.then_some(Self { window, pads })
    }

    /// # Errors
    /// A sentence when the image is smaller than the window.
    pub(super) fn run(self, image: &Image<'_>) -> Result<Tensor<f32>, String> {
        let [rows, columns] = self.window;
        let [top, left, bottom, right] = self.pads;
        let [_, _, height, width] = image.shape;
        let side = |input: usize, pads: usize, window: usize| {
            (input + pads + 1)
                .checked_sub(window)
                .filter(|side| *side > 0)
                .ok_or_else(|| format!("{input} pixels are less than a window of {window}"))
        };
        let sides = [
            side(height, top + bottom, rows)?,
            side(width, left + right, columns)?,
        ];
        Ok(planes(image, sides, |plane, output| {
            let mut tallest = vec![f32::NEG_INFINITY; left + width + right];
            for (y, output) in output.chunks_exact_mut(sides[1]).enumerate() {
                let of_image = &mut tallest[left..left + width];
                of_image.fill(f32::NEG_INFINITY);
                let first = y.saturating_sub(top);
                let end = (y + rows - top).min(height);
                for row in plane.chunks_exact(width).take(end).skip(first) {
                    raise(of_image, row);
                }
                output.copy_from_slice(&tallest[..sides[1]]);
                for x in 1..columns {
                    raise(output, &tallest[x..][..sides[1]]);
                }
            }
        }))
    }
}

fn raise(values: &mut [f32], to: &[f32]) {
    for (value, to) in values.iter_mut().zip(to) {
        // `f32::max` would look at what is not a number, one value at a time.
        *value = if *to > *value { *to } else { *value };
    }
}
