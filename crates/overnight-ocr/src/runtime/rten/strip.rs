//! Rows of a padded image, laid out for convolutions that go along them vector by vector.
//!
//! A few rows stay in the processor's cache while a convolution works on them. With a column
//! stride of two, even and odd columns are kept apart: neighbours in the result are then
//! neighbours in the strip as well, and both strides share the same loops.

/// The sides of a convolution that all planes share; columns and rows of the padded plane
/// follow from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sides {
    /// Rows and columns of the kernel.
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

/// Where a strip keeps its columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Values from one row to the next.
    pub(super) pitch: usize,
    /// Where the odd columns begin, when they are kept apart.
    odd: usize,
}

impl Layout {
    pub(super) fn of(sides: &Sides, lanes: usize) -> Self {
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
    pub(super) fn tap(self, column: usize, stride: usize) -> usize {
        if stride == 1 {
            column
        } else {
            (column % 2) * self.odd + column / 2
        }
    }
}

/// Writes row `row` of the padded plane into a row of the strip.
#[inline(always)]
pub(super) fn fill(target: &mut [f32], plane: &[f32], row: usize, sides: &Sides, layout: Layout) {
    let at = row.wrapping_sub(sides.before[0]);
    if at < sides.input[0] {
        let source = &plane[at * sides.input[1]..][..sides.input[1]];
        fill_columns(target, source, sides, layout);
    } else {
        target.fill(0.0);
    }
}

/// Writes one row of the plane, zeros around it.
#[inline(always)]
fn fill_columns(target: &mut [f32], source: &[f32], sides: &Sides, layout: Layout) {
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
