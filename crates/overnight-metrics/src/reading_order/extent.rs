//! A box in the page's own axes.

/// A box in the page's own axes: those of the image, turned by the slant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) index: usize,
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) middle: f32,
    pub(super) height: f32,
}

/// Horizontal distance between two boxes; negative when they overlap.
pub(super) fn gap(a: &Extent, b: &Extent) -> f32 {
    a.left.max(b.left) - a.right.min(b.right)
}

/// Height in common as a share of the lower box. Two boxes without height at the same
/// place share no height, yet lie in one row: their share is 1.
pub(super) fn common_height(a: &Extent, b: &Extent) -> f32 {
    let half = f32::midpoint(a.height, b.height);
    let lower = a.height.min(b.height);
    let apart = (a.middle - b.middle).abs();
    let common = (half - apart).min(lower);
    if lower > 0.0 {
        common / lower
    } else if apart <= half {
        1.0
    } else {
        0.0
    }
}

/// The boxes turned by `-slant`, from top to bottom; those without corners are left out.
pub(super) fn extents(boxes: &[Vec<[f32; 2]>], slant: f32) -> Vec<Extent> {
    let mut extents: Vec<Extent> = boxes
        .iter()
        .enumerate()
        .filter_map(|(index, corners)| extent_of(index, corners, slant))
        .collect();
    extents.sort_by(|a, b| {
        (a.middle.total_cmp(&b.middle))
            .then(a.left.total_cmp(&b.left))
            .then(a.index.cmp(&b.index))
    });
    extents
}

/// Where the box lies once the page is turned by `-slant`. The height of a box with four
/// corners is that of its steeper sides, so that an upright and a slanted box of one line agree.
fn extent_of(index: usize, corners: &[[f32; 2]], slant: f32) -> Option<Extent> {
    let (sin, cos) = slant.sin_cos();
    let xs = corners.iter().map(|[x, y]| x * cos + y * sin);
    let ys = corners.iter().map(|[x, y]| y * cos - x * sin);
    let left = xs.clone().reduce(f32::min)?;
    let right = xs.reduce(f32::max)?;
    let top = ys.clone().reduce(f32::min)?;
    let bottom = ys.clone().reduce(f32::max)?;
    let height = match corners {
        [a, b, c, d] => {
            let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
            // Upright writing on a page of lines starts with an edge that goes down.
            if (dx * cos + dy * sin).abs() >= (dy * cos - dx * sin).abs() {
                f32::midpoint(length(*a, *d), length(*b, *c))
            } else {
                f32::midpoint(length(*a, *b), length(*c, *d))
            }
        }
        _ => bottom - top,
    };
    Some(Extent {
        index,
        left,
        right,
        middle: ys.sum::<f32>() / corners.len() as f32,
        height,
    })
}

fn length(a: [f32; 2], b: [f32; 2]) -> f32 {
    (b[0] - a[0]).hypot(b[1] - a[1])
}

impl Extent {
    pub(super) fn width(&self) -> f32 {
        self.right - self.left
    }

    pub(super) fn centre(&self) -> f32 {
        f32::midpoint(self.left, self.right)
    }
}
