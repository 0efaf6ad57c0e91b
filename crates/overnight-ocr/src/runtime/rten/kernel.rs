//! The inner loops of a depthwise convolution: one plane, vector by vector.
//!
//! Rows are padded into a strip that stays in the processor's first cache. From there a tile of
//! up to four rows by two vectors is summed in registers over all taps, so every value is loaded
//! once per column of the kernel, and every weight once per tile. With a column stride of two the
//! strip keeps even and odd columns apart; neighbours in the result are then neighbours in the
//! strip as well, and both strides share the same loops.

use rten_simd::ops::{BitOps as _, NumOps as _};
use rten_simd::{Isa, SimdOp};

/// Values of a strip that fit a first cache of 32 KiB beside the rows written.
const STRIP_VALUES: usize = 5 * 1024;
/// Rows of a tile.
const TILE_ROWS: usize = 4;
/// Lanes of the widest vectors there are.
const MOST_LANES: usize = 64;

/// The sides of a convolution that all planes share; columns and rows of the padded plane
/// follow from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sides {
    /// Rows and columns of the kernel; [`has_kernel`] tells which rows there are loops for.
    pub(super) kernel: [usize; 2],
    /// Rows and columns from one result to the next, 1 or 2.
    pub(super) strides: [usize; 2],
    /// Rows of zeros above, columns of zeros to the left.
    pub(super) before: [usize; 2],
    /// Height and width of the plane that is read.
    pub(super) input: [usize; 2],
    /// Height and width of the result.
    pub(super) output: [usize; 2],
}

/// Whether there are loops for a kernel of this height.
pub(super) fn has_kernel(rows: usize) -> bool {
    matches!(rows, 3 | 5 | 7)
}

/// One plane to convolve.
pub(super) struct Plane<'a> {
    pub(super) sides: Sides,
    /// The kernel, column by column.
    pub(super) weights: &'a [f32],
    pub(super) bias: f32,
    /// The plane that is read; `None` when the result takes its place in `output`, which needs
    /// equal sides and a row stride of one.
    pub(super) input: Option<&'a [f32]>,
    pub(super) output: &'a mut [f32],
    /// Room for the strip; what it holds does not matter.
    pub(super) strip: &'a mut Vec<f32>,
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

/// Where a strip keeps its columns.
#[derive(Clone, Copy)]
struct Layout {
    /// Values from one row to the next.
    pitch: usize,
    /// Where the odd columns begin, when they are kept apart.
    odd: usize,
}

impl Layout {
    fn of(sides: &Sides, lanes: usize) -> Self {
        let columns = sides.output[1].next_multiple_of(lanes);
        if sides.strides[1] == 1 {
            let reached = columns + sides.kernel[1] - 1;
            let filled = sides.before[1] + sides.input[1];
            Self {
                pitch: reached.max(filled),
                odd: 0,
            }
        } else {
            let reached = columns + sides.kernel[1] / 2;
            let filled = (sides.before[1] + sides.input[1]).div_ceil(2) + 1;
            let odd = reached.max(filled);
            Self {
                pitch: 2 * odd,
                odd,
            }
        }
    }

    /// Where in a row of the strip the first result finds its value for a column of the kernel.
    #[inline(always)]
    fn tap(self, column: usize, stride: usize) -> usize {
        if stride == 1 {
            column
        } else {
            (column % 2) * self.odd + column / 2
        }
    }
}

#[inline(always)]
fn convolve<I: Isa, const KH: usize, const SH: usize>(isa: I, plane: Plane<'_>) {
    let Plane {
        sides,
        weights,
        bias,
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
            let at = row.wrapping_sub(sides.before[0]);
            if at < sides.input[0] {
                let source = input.unwrap_or(&*output);
                fill(
                    target,
                    &source[at * sides.input[1]..][..sides.input[1]],
                    &sides,
                    layout,
                );
            } else {
                target.fill(0.0);
            }
        }
        loaded = end;
        let strip = Strip {
            rows: strip,
            layout,
            weights,
            bias,
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

/// Writes one row of the plane into a row of the strip, zeros around it.
#[inline(always)]
fn fill(target: &mut [f32], source: &[f32], sides: &Sides, layout: Layout) {
    let left = sides.before[1];
    if sides.strides[1] == 1 {
        let (before, rest) = target.split_at_mut(left);
        let (row, after) = rest.split_at_mut(source.len());
        before.fill(0.0);
        row.copy_from_slice(source);
        after.fill(0.0);
        return;
    }
    let (even, odd) = target.split_at_mut(layout.odd);
    // The first value of the plane stands in column `left` of the padded row.
    let (first, second) = if left.is_multiple_of(2) {
        (even, odd)
    } else {
        (odd, even)
    };
    let (before, first) = first.split_at_mut(left / 2);
    before.fill(0.0);
    let (before, second) = second.split_at_mut(left.div_ceil(2));
    before.fill(0.0);
    let (first, first_after) = first.split_at_mut(source.len().div_ceil(2));
    let (second, second_after) = second.split_at_mut(source.len() / 2);
    first_after.fill(0.0);
    second_after.fill(0.0);
    let pairs = source.chunks_exact(2);
    if let ([last], Some(place)) = (pairs.remainder(), first.last_mut()) {
        *place = *last;
    }
    for ((pair, first), second) in pairs.zip(first).zip(second) {
        *first = pair[0];
        *second = pair[1];
    }
}

/// A strip that is filled.
struct Strip<'a> {
    rows: &'a [f32],
    layout: Layout,
    weights: &'a [f32],
    bias: f32,
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
        for to in 0..ROWS {
            let row = &mut target[to * self.width..][..self.width];
            for v in 0..VECTORS {
                let at = x + v * lanes;
                if at + lanes <= self.width {
                    ops.store(sums[to][v], &mut row[at..]);
                } else if at < self.width {
                    let mut whole = [0.0; MOST_LANES];
                    ops.store(sums[to][v], &mut whole);
                    let rest = self.width - at;
                    row[at..].copy_from_slice(&whole[..rest]);
                }
            }
        }
    }
}
