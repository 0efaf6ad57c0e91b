//! Convolutions of all channels with few weights.
//!
//! rten lays the values of every kernel out side by side and multiplies matrices, which pays for
//! many channels. For few, writing and reading that copy takes longer than the sums. Here a tile
//! of eight channels by three vectors is summed in registers over all channels and taps; the rows
//! it reads stay in a strip that fits the processor's second cache.

use rayon::prelude::*;
use rten_simd::ops::{BitOps as _, NumOps as _};
use rten_simd::{Isa, SimdOp};

use super::convolution::{MOST_LANES, Task};
use super::operator::{Image, WORTH_SHARING};
use super::strip::{Layout, fill};

/// Values of a strip that fit a second cache of 512 KiB beside the weights.
const STRIP_VALUES: usize = 64 * 1024;
/// Channels whose weights stand side by side.
const BLOCK: usize = 4;
/// Channels of the result from which on multiplying matrices is as fast.
const MOST_CHANNELS: usize = 64;

/// Whether these loops are faster than rten's.
pub(super) fn is_worth_it(channels: usize, read: usize, area: usize) -> bool {
    area > 1 && read > 0 && channels <= MOST_CHANNELS
}

/// The weights of each block of four channels side by side, zeros for channels that are not
/// there; `size` weights a channel.
pub(super) fn in_blocks(weights: &[f32], size: usize) -> Vec<f32> {
    let block = |block: &[f32]| -> Vec<f32> {
        let weight = |at: usize| {
            let channels = (0..BLOCK).map(move |channel| channel * size + at);
            channels.map(|at| block.get(at).copied().unwrap_or(0.0))
        };
        (0..size).flat_map(weight).collect()
    };
    weights.chunks(BLOCK * size).flat_map(block).collect()
}

/// Convolves every image, whose channels are those of `parts` one after the other. Channels of the result are shared by the threads
/// of the pool this is called in.
pub(super) fn run(task: Task<'_>, parts: &[Image<'_>], output: &mut [f32]) {
    let Task {
        sides, channels, ..
    } = task;
    let area = sides.output[0] * sides.output[1];
    let area_read = sides.input[0] * sides.input[1];
    let images = output.chunks_exact_mut(task.bias.len() * area);
    for (number, output) in images.enumerate() {
        let of_image = parts.iter().map(|part| {
            let size = part.shape[1] * area_read;
            &part.data[number * size..][..size]
        });
        let input: Vec<&[f32]> = of_image.collect();
        let threads = rayon::current_num_threads();
        let share = if output.len() < WORTH_SHARING {
            task.bias.len()
        } else {
            task.bias.len().div_ceil(threads)
        };
        let share = share.next_multiple_of(2 * BLOCK);
        let part = |(number, output): (usize, &mut [f32])| {
            let first = number * share;
            let size = channels * sides.kernel[0] * sides.kernel[1];
            let part = Part {
                task: Task {
                    weights: &task.weights[first * size..],
                    bias: &task.bias[first..],
                    ..task
                },
                input: &input,
                output,
            };
            part.dispatch();
        };
        let parts = output.par_chunks_mut(share * area).enumerate();
        parts.for_each(part);
    }
}

/// Some channels of the result of one image.
struct Part<'a> {
    task: Task<'a>,
    /// Its planes, in several parts.
    input: &'a [&'a [f32]],
    output: &'a mut [f32],
}

impl SimdOp for Part<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let Self {
            task,
            input,
            output,
        } = self;
        let Task {
            sides, channels, ..
        } = task;
        let lanes = isa.f32().len();
        let layout = Layout::of(&sides, lanes);
        let [rows, columns] = sides.kernel;
        let [height, width] = sides.output;
        let area_read = sides.input[0] * sides.input[1];
        let held = STRIP_VALUES / (layout.pitch * channels);
        let n_rows = (held.saturating_sub(rows) / sides.strides[0] + 1).min(height);
        let rows_held = (n_rows - 1) * sides.strides[0] + rows;
        let mut strip = vec![0.0; channels * rows_held * layout.pitch];
        let taps = (0..rows).flat_map(|y| {
            let columns = 0..columns;
            columns.map(move |x| y * layout.pitch + layout.tap(x, sides.strides[1]))
        });
        let taps: Vec<usize> = taps.collect();
        for top in (0..height).step_by(n_rows) {
            let n_rows = n_rows.min(height - top);
            let filled = (n_rows - 1) * sides.strides[0] + rows;
            let planes = strip.chunks_exact_mut(rows_held * layout.pitch);
            let read = input.iter().flat_map(|part| part.chunks_exact(area_read));
            for (target, plane) in planes.zip(read) {
                let target = target.chunks_exact_mut(layout.pitch).take(filled);
                for (row, target) in target.enumerate() {
                    let row = top * sides.strides[0] + row;
                    fill(target, plane, row, &sides, layout);
                }
            }
            for row in 0..n_rows {
                let line = Line {
                    strip: &strip[row * sides.strides[0] * layout.pitch..],
                    plane: rows_held * layout.pitch,
                    taps: &taps,
                    task,
                    target: (top + row) * width,
                };
                line.all_channels(isa, output);
            }
        }
    }
}

/// One row of the result.
struct Line<'a> {
    /// From the first row on that this one reads.
    strip: &'a [f32],
    /// Values from one channel of the strip to the next.
    plane: usize,
    /// Where the first result finds its values, row by row of the kernel.
    taps: &'a [usize],
    task: Task<'a>,
    /// Where the row begins in a channel of the result.
    target: usize,
}

impl Line<'_> {
    #[inline(always)]
    fn all_channels<I: Isa>(&self, isa: I, output: &mut [f32]) {
        let [height, width] = self.task.sides.output;
        let area = height * width;
        let n_blocks = (output.len() / area).div_ceil(BLOCK);
        // Twice eight sums and more stay in registers where there are 32 of them.
        let is_wide = isa.f32().len() == 16 || cfg!(target_arch = "aarch64");
        let mut block = 0;
        while is_wide && block + 2 <= n_blocks {
            self.columns::<I, 2>(isa, block, output);
            block += 2;
        }
        while block < n_blocks {
            self.columns::<I, 1>(isa, block, output);
            block += 1;
        }
    }

    #[inline(always)]
    fn columns<I: Isa, const BLOCKS: usize>(&self, isa: I, block: usize, output: &mut [f32]) {
        let lanes = isa.f32().len();
        let width = self.task.sides.output[1];
        let mut x = 0;
        while x < width {
            match (width - x).div_ceil(lanes) {
                1 => {
                    self.tile::<I, BLOCKS, 1>(isa, block, x, output);
                    x += lanes;
                }
                2 | 4 => {
                    self.tile::<I, BLOCKS, 2>(isa, block, x, output);
                    x += 2 * lanes;
                }
                _ => {
                    self.tile::<I, BLOCKS, 3>(isa, block, x, output);
                    x += 3 * lanes;
                }
            }
        }
    }

    /// Computes four channels a block by `VECTORS` vectors.
    #[inline(always)]
    #[expect(
        clippy::needless_range_loop,
        reason = "loops over constants are unrolled, and a closure would not be compiled for the \
                  instruction set in use"
    )]
    fn tile<I: Isa, const BLOCKS: usize, const VECTORS: usize>(
        &self,
        isa: I,
        block: usize,
        x: usize,
        output: &mut [f32],
    ) {
        let ops = isa.f32();
        let lanes = ops.len();
        let size = self.task.channels * self.taps.len();
        let (weights, _) = self.task.weights.as_chunks::<BLOCK>();
        let weights = &weights[block * size..][..BLOCKS * size];
        let mut sums = [[[ops.zero(); VECTORS]; BLOCK]; BLOCKS];
        for channel in 0..self.task.channels {
            let source = &self.strip[channel * self.plane + x..];
            for (at, tap) in self.taps.iter().enumerate() {
                let values = ops.load_many::<VECTORS>(&source[*tap..][..VECTORS * lanes]);
                for b in 0..BLOCKS {
                    let weights = &weights[b * size + channel * self.taps.len() + at];
                    for to in 0..BLOCK {
                        let weight = ops.splat(weights[to]);
                        for v in 0..VECTORS {
                            sums[b][to][v] = ops.mul_add(values[v], weight, sums[b][to][v]);
                        }
                    }
                }
            }
        }
        let [height, width] = self.task.sides.output;
        let least = ops.splat(self.task.least);
        let first = block * BLOCK;
        let planes = output.chunks_exact_mut(height * width);
        for (number, plane) in planes.enumerate().skip(first).take(BLOCKS * BLOCK) {
            let row = &mut plane[self.target..][..width];
            let bias = ops.splat(self.task.bias[number]);
            let sums = &sums[(number - first) / BLOCK][(number - first) % BLOCK];
            for v in 0..VECTORS {
                let sum = ops.max(least, ops.add(sums[v], bias));
                let at = x + v * lanes;
                if at + lanes <= width {
                    ops.store(sum, &mut row[at..]);
                } else if at < width {
                    let mut whole = [0.0; MOST_LANES];
                    ops.store(sum, &mut whole);
                    row[at..].copy_from_slice(&whole[..width - at]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rten_simd::isa::GenericIsa;

    use super::super::strip::Sides;
    use super::*;

    /// Three channels of 37 columns, in two parts, by the instruction set given.
    fn convolve_by(strides: [usize; 2], run: impl FnOnce(Part<'_>)) -> Vec<f32> {
        let output = strides.map(|stride| 36 / stride + 1);
        let numbers = |n: usize| (0..n).map(|i| (i * 7919 % 1009) as f32 / 500.0 - 1.0);
        let weights: Vec<f32> = numbers(13 * 3 * 9).collect();
        let bias: Vec<f32> = numbers(13).collect();
        let input: Vec<f32> = numbers(3 * 37 * 37).collect();
        let mut result = vec![0.0; 13 * output[0] * output[1]];
        run(Part {
            task: Task {
                sides: Sides {
                    kernel: [3; 2],
                    strides,
                    before: [1; 2],
                    input: [37; 2],
                    output,
                },
                channels: 3,
                weights: &in_blocks(&weights, 3 * 9),
                bias: &bias,
                least: 0.0,
            },
            input: &[&input[..37 * 37], &input[37 * 37..]],
            output: &mut result,
        });
        result
    }

    #[test]
    fn every_instruction_set_gives_the_same() {
        for strides in [[1, 1], [2, 1], [1, 2], [2, 2]] {
            let best = convolve_by(strides, |part| part.dispatch());
            let plain = convolve_by(strides, |part| part.eval(GenericIsa::new()));
            let mut all = vec![plain];
            #[cfg(target_arch = "x86_64")]
            if let Some(isa) = rten_simd::isa::Avx2Isa::new() {
                all.push(convolve_by(strides, |part| part.eval(isa)));
            }
            for other in all {
                for (a, b) in best.iter().zip(&other) {
                    assert!((a - b).abs() < 1e-4, "{strides:?}: {a} {b}");
                }
            }
        }
    }
}
