//! Depthwise convolutions: every channel with a kernel of its own, one plane after the other.
//!
//! Rows are padded into a strip that stays in the processor's first cache. From there a tile of
//! up to four rows by two vectors is summed in registers over all taps, so every value is loaded
//! once per column of the kernel, and every weight once per tile.

use rayon::prelude::*;
use rten_simd::ops::{BitOps as _, NumOps as _};
use rten_simd::{Isa, SimdOp};

use super::convolution::{MOST_LANES, Task};
use super::operator::WORTH_SHARING;
use super::strip::{Layout, Sides, fill};

/// Values of a strip that fit a first cache of 32 KiB beside the rows written.
const STRIP_VALUES: usize = 5 * 1024;
/// Rows of a tile.
const TILE_ROWS: usize = 4;

/// Whether there are loops for a kernel of this height.
pub(super) fn has_kernel(rows: usize) -> bool {
    matches!(rows, 3 | 5 | 7)
}

/// The weights of a kernel column by column, as the loops want them, from row by row.
pub(super) fn by_column(weights: &[f32], kernel: [usize; 2]) -> Vec<f32> {
    let [rows, columns] = kernel;
    let column = |x| (0..rows).map(move |y| y * columns + x);
    let of = |kernel: &[f32]| -> Vec<f32> {
        (0..columns).flat_map(column).map(|at| kernel[at]).collect()
    };
    weights.chunks_exact(rows * columns).flat_map(of).collect()
}

/// Convolves every plane. `input` is `None` when the result takes its place in `output`, which
/// needs equal sides and strides of one. Planes are shared by the threads of the pool this is
/// called in.
pub(super) fn run(task: Task<'_>, input: Option<&[f32]>, output: &mut [f32]) {
    let Task { sides, .. } = task;
    let area = sides.output[0] * sides.output[1];
    let area_read = sides.input[0] * sides.input[1];
    let plane = |strip: &mut Vec<f32>, number: usize, output: &mut [f32]| {
        let channel = number % task.bias.len();
        let size = sides.kernel[0] * sides.kernel[1];
        let plane = Plane {
            sides,
            weights: &task.weights[channel * size..][..size],
            bias: task.bias[channel],
            least: task.least,
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

/// One plane to convolve.
struct Plane<'a> {
    sides: Sides,
    /// The kernel, column by column.
    weights: &'a [f32],
    bias: f32,
    least: f32,
    /// The plane that is read; `None` when the result takes its place in `output`, which needs
    /// equal sides and a row stride of one.
    input: Option<&'a [f32]>,
    output: &'a mut [f32],
    /// Room for the strip; what it holds does not matter.
    strip: &'a mut Vec<f32>,
}

impl SimdOp for Plane<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        match (self.sides.kernel[0], self.sides.strides[0]) {
            (3, 1) => convolve::<I, 3, 1>(isa, self),
            (3, _) => convolve::<I, 3, 2>(isa, self),
            (5, 1) => convolve::<I, 5, 1>(isa, self),
            (5, _) => convolve::<I, 5, 2>(isa, self),
            (_, 1) => convolve::<I, 7, 1>(isa, self),
            (_, _) => convolve::<I, 7, 2>(isa, self),
        }
    }
}

#[inline(always)]
fn convolve<I: Isa, const KH: usize, const SH: usize>(isa: I, plane: Plane<'_>) {
    let Plane {
        sides,
        weights,
        bias,
        least,
        input,
        output,
        strip,
    } = plane;
    let layout = Layout::of(&sides, isa.f32().len());
    let [height, width] = sides.output;
    let n_rows = strip_rows(layout.pitch, KH, SH).min(height.next_multiple_of(TILE_ROWS));
    let needed = ((n_rows - 1) * SH + KH) * layout.pitch;
    if strip.len() < needed {
        strip.resize(needed, 0.0);
    }
    // Rows of the padded plane: `[first, loaded)` is in the strip.
    let (mut first, mut loaded) = (0, 0);
    for top in (0..height).step_by(n_rows) {
        let rows = n_rows.min(height - top);
        let (begin, end) = (top * SH, (top + rows - 1) * SH + KH);
        if begin < loaded {
            let kept = (begin - first) * layout.pitch..(loaded - first) * layout.pitch;
            strip.copy_within(kept, 0);
        } else {
            loaded = begin;
        }
        first = begin;
        for row in loaded..end {
            let target = &mut strip[(row - first) * layout.pitch..][..layout.pitch];
            fill(target, input.unwrap_or(&*output), row, &sides, layout);
        }
        loaded = end;
        let strip = Strip {
            rows: strip,
            layout,
            weights,
            bias,
            least,
            kernel_width: sides.kernel[1],
            stride: sides.strides[1],
            width,
        };
        let target = &mut output[top * width..(top + rows) * width];
        let mut row = 0;
        while rows - row >= TILE_ROWS {
            strip.rows::<I, KH, SH, TILE_ROWS>(isa, row, target);
            row += TILE_ROWS;
        }
        if rows - row >= 2 {
            strip.rows::<I, KH, SH, 2>(isa, row, target);
            row += 2;
        }
        if row < rows {
            strip.rows::<I, KH, SH, 1>(isa, row, target);
        }
    }
}

/// Rows of the result that a strip serves: whole tiles, as many as the cache holds.
fn strip_rows(pitch: usize, kernel: usize, stride: usize) -> usize {
    let held = STRIP_VALUES / pitch;
    let rows = held.saturating_sub(kernel) / stride + 1;
    (rows / TILE_ROWS * TILE_ROWS).max(TILE_ROWS)
}

/// A strip that is filled.
struct Strip<'a> {
    rows: &'a [f32],
    layout: Layout,
    weights: &'a [f32],
    bias: f32,
    least: f32,
    kernel_width: usize,
    stride: usize,
    /// Columns of the result.
    width: usize,
}

impl Strip<'_> {
    /// Computes `ROWS` rows of the result from `row` of the strip's on.
    #[inline(always)]
    fn rows<I: Isa, const KH: usize, const SH: usize, const ROWS: usize>(
        &self,
        isa: I,
        row: usize,
        target: &mut [f32],
    ) {
        let lanes = isa.f32().len();
        let target = &mut target[row * self.width..][..ROWS * self.width];
        let source = &self.rows[row * SH * self.layout.pitch..];
        let mut x = 0;
        while x + lanes < self.width {
            self.tile::<I, KH, SH, ROWS, 2>(isa, source, x, target);
            x += 2 * lanes;
        }
        if x < self.width {
            self.tile::<I, KH, SH, ROWS, 1>(isa, source, x, target);
        }
    }

    /// Computes `ROWS` rows by `VECTORS` vectors of the result.
    #[inline(always)]
    #[expect(
        clippy::needless_range_loop,
        reason = "loops over constants are unrolled, and a closure would not be compiled for the \
                  instruction set in use"
    )]
    fn tile<I: Isa, const KH: usize, const SH: usize, const ROWS: usize, const VECTORS: usize>(
        &self,
        isa: I,
        source: &[f32],
        x: usize,
        target: &mut [f32],
    ) {
        let ops = isa.f32();
        let lanes = ops.len();
        let pitch = self.layout.pitch;
        let mut sums = [[ops.splat(self.bias); VECTORS]; ROWS];
        for column in 0..self.kernel_width {
            let mut taps = [ops.zero(); KH];
            for k in 0..KH {
                taps[k] = ops.splat(self.weights[column * KH + k]);
            }
            let source = &source[x + self.layout.tap(column, self.stride)..];
            // Thirteen rows are the most: four of the result, a stride of two, a kernel of seven.
            // The loop is written out, or the sums would not stay in registers.
            macro_rules! rows {
                ($($row:literal)*) => {$(
                    if $row < (ROWS - 1) * SH + KH {
                        let values = &source[$row * pitch..][..VECTORS * lanes];
                        let values = ops.load_many::<VECTORS>(values);
                        for to in 0..ROWS {
                            if $row >= to * SH && $row - to * SH < KH {
                                for v in 0..VECTORS {
                                    sums[to][v] =
                                        ops.mul_add(values[v], taps[$row - to * SH], sums[to][v]);
                                }
                            }
                        }
                    }
                )*};
            }
            rows!(0 1 2 3 4 5 6 7 8 9 10 11 12);
        }
        let least = ops.splat(self.least);
        for to in 0..ROWS {
            let row = &mut target[to * self.width..][..self.width];
            for v in 0..VECTORS {
                let sum = ops.max(least, sums[to][v]);
                let at = x + v * lanes;
                if at + lanes <= self.width {
                    ops.store(sum, &mut row[at..]);
                } else if at < self.width {
                    let mut whole = [0.0; MOST_LANES];
                    ops.store(sum, &mut whole);
                    let rest = self.width - at;
                    row[at..].copy_from_slice(&whole[..rest]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rten_simd::isa::GenericIsa;

    use super::*;

    /// A plane of 37 columns by the instruction set given.
    fn convolve_by(kernel: usize, strides: [usize; 2], run: impl FnOnce(Plane<'_>)) -> Vec<f32> {
        let output = strides.map(|stride| 36 / stride + 1);
        let numbers = |n: usize| (0..n).map(|i| (i * 7919 % 1009) as f32 / 500.0 - 1.0);
        let weights: Vec<f32> = numbers(kernel * kernel).collect();
        let input: Vec<f32> = numbers(37 * 37).collect();
        let mut result = vec![0.0; output[0] * output[1]];
        run(Plane {
            sides: Sides {
                kernel: [kernel; 2],
                strides,
                before: [kernel / 2; 2],
                input: [37; 2],
                output,
            },
            weights: &weights,
            bias: 0.25,
            least: f32::NEG_INFINITY,
            input: Some(&input),
            output: &mut result,
            strip: &mut Vec::new(),
        });
        result
    }

    #[test]
    fn every_instruction_set_gives_the_same() {
        for (kernel, strides) in [
            (3, [1, 1]),
            (3, [2, 1]),
            (5, [1, 2]),
            (7, [1, 1]),
            (7, [2, 2]),
        ] {
            let best = convolve_by(kernel, strides, |plane| plane.dispatch());
            let plain = convolve_by(kernel, strides, |plane| plane.eval(GenericIsa::new()));
            let mut all = vec![plain];
            #[cfg(target_arch = "x86_64")]
            if let Some(isa) = rten_simd::isa::Avx2Isa::new() {
                all.push(convolve_by(kernel, strides, |plane| plane.eval(isa)));
            }
            for other in all {
                for (a, b) in best.iter().zip(&other) {
                    assert!((a - b).abs() < 1e-4, "{kernel}, {strides:?}: {a} {b}");
                }
            }
        }
    }
}
