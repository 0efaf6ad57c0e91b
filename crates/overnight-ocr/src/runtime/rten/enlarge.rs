//! Enlarging an image by repeating its pixels.

use rten_tensor::Tensor;

use super::operator::{Image, planes};

/// Every pixel becomes a rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Enlargement {
    /// Rows and columns that a pixel becomes, at least 1.
    pub(super) factors: [usize; 2],
}

impl Enlargement {
    pub(super) fn run(self, image: &Image<'_>) -> Tensor<f32> {
        let [down, across] = self.factors;
        let [_, _, height, width] = image.shape;
        let wide = width * across;
        planes(image, [height * down, wide], |plane, output| {
            let rows = output.chunks_exact_mut(down * wide);
            for (row, output) in plane.chunks_exact(width).zip(rows) {
                let (first, others) = output.split_at_mut(wide);
                match across {
                    2 => repeat::<2>(row, first),
                    4 => repeat::<4>(row, first),
                    8 => repeat::<8>(row, first),
                    _ => {
                        for (pixel, output) in row.iter().zip(first.chunks_exact_mut(across)) {
                            output.fill(*pixel);
                        }
                    }
                }
                for other in others.chunks_exact_mut(wide) {
                    other.copy_from_slice(first);
                }
            }
        })
    }
}

/// With a number of times that the compiler knows, several pixels are repeated at once.
fn repeat<const TIMES: usize>(row: &[f32], output: &mut [f32]) {
    let (output, _) = output.as_chunks_mut::<TIMES>();
    for (pixel, output) in row.iter().zip(output) {
        *output = [*pixel; TIMES];
    }
}
