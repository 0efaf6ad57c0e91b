//! Finds the gutters of a page: the white between two columns of prose.
//!
//! After Breuel ("Two geometric algorithms for layout analysis", DAS 2002) columns are known
//! by the white that separates them, which no line of text crosses. Here the white is not a
//! rectangle: a gutter is followed from line to line, and so may lean and bend with the paper.
//!
//! What speaks for a gutter is that long lines end at it on one side and begin at it on the
//! other, several times below each other. The columns of a table and of a receipt hold short
//! texts, or stand far apart, and are no columns in this sense: they are read in rows.

use super::extent::Extent;

/// A line of prose is at least so many times as wide as high. Detected boxes are some 1.4
/// times as high as the letters are large, so this is about 15 Latin letters.
const LONG: f32 = 5.0;
/// The lines on either side of a gutter are so many times as wide as high, by the median.
const USUALLY_LONG: f32 = 7.0;
/// So many lines, at least, end and begin at a gutter.
const LEAST_LINES: usize = 3;
/// How wide a gutter is, in heights of the page's usual line: more than the white between
/// the two halves of a torn line, less than between the columns of a table.
const WIDTH: std::ops::RangeInclusive<f32> = 0.2..=3.0;
/// Boxes so far (in heights of a line) over the white do not cross it: detected boxes are
/// somewhat larger than their text.
const SLACK: f32 = 0.5;
/// So far below each other, in usual heights, are two lines that follow each other at most.
const NEXT_LINE: f32 = 2.6;
/// A gutter is followed past its last pair of long lines as long as the text beside it has no
/// break of more than this many usual heights ...
const BREAK: f32 = 1.5;
/// ... and past so many usual heights in which no line fills half of its column: headings do
/// that, the rows of a table go on doing it.
const UNFILLED: f32 = 4.0;
/// So many boxes above and below, at most, are asked whether they stand beside a box. Only
/// a page with as many boxes at one height has more.
const ASKED: usize = 512;
/// A page with more gutters is no page of columns.
const MOST_GUTTERS: usize = 128;

/// The white between two columns.
#[derive(Debug, Clone)]
pub(super) struct Gutter {
    /// Its middle line: `[x, y]` from top to bottom.
    line: Vec<[f32; 2]>,
    /// From the highest to the lowest line of text beside it.
    pub(super) top: f32,
    pub(super) bottom: f32,
}

impl Gutter {
    /// Where its middle line is at a height; above and below it goes on straight down.
    pub(super) fn x_at(&self, y: f32) -> f32 {
        let below = self.line.partition_point(|point| point[1] < y);
        let above = below.checked_sub(1).map(|above| self.line[above]);
        match (above, self.line.get(below)) {
            (Some([x, from]), Some([to_x, to])) => x + (to_x - x) * (y - from) / (to - from),
            (Some([x, _]), None) => x,
            (None, Some([x, _])) => *x,
            (None, None) => 0.0,
        }
    }

    pub(super) fn height(&self) -> f32 {
        self.bottom - self.top
    }

    /// Text that lies on both sides, as a heading over two columns does.
    pub(super) fn is_crossed_by(&self, extent: &Extent) -> bool {
        let (x, slack) = (self.x_at(extent.middle), SLACK * extent.height);
        extent.left < x - slack && extent.right > x + slack
    }
}

/// Two long lines beside each other: one place that speaks for a gutter.
#[derive(Debug, Clone, Copy)]
struct Pair {
    /// Places among the extents.
    sides: [usize; 2],
    middle: f32,
    /// The white between both.
    left: f32,
    right: f32,
}

/// The gutters among boxes that run from top to bottom, in no order that means anything.
pub(super) fn gutters(extents: &[Extent]) -> Vec<Gutter> {
    let Some(usual) = median(extents.iter().map(|extent| extent.height)) else {
        return Vec::new();
    };
    let chains: Vec<Chain<'_>> = chained(pairs(extents, usual), usual)
        .into_iter()
        .map(|pairs| Chain {
            extents,
            pairs,
            usual,
        })
        .filter(Chain::divides_prose)
        .collect();
    if chains.len() > MOST_GUTTERS {
        return Vec::new();
    }
    chains.iter().map(Chain::gutter).collect()
}

/// All pairs of a long line and the long line on its right, from top to bottom.
fn pairs(extents: &[Extent], usual: f32) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = (0..extents.len())
        .filter(|&at| is_long(&extents[at]))
        .filter_map(|at| Some((at, on_the_right(extents, at)?)))
        .filter(|&(_, right)| is_long(&extents[right]))
        .map(|(at, right)| Pair {
            sides: [at, right],
            middle: f32::midpoint(extents[at].middle, extents[right].middle),
            left: extents[at].right,
            right: extents[right].left,
        })
        .filter(|pair| WIDTH.contains(&((pair.right - pair.left) / usual)))
        .collect();
    pairs.sort_by(|a, b| (a.middle.total_cmp(&b.middle)).then(a.left.total_cmp(&b.left)));
    pairs
}

fn is_long(extent: &Extent) -> bool {
    extent.width() >= LONG * extent.height
}

/// The nearest box of a similar height to the right of a box, long or not. It need not stand
/// in the same row: lines of two columns may be half a line apart.
fn on_the_right(extents: &[Extent], at: usize) -> Option<usize> {
    let from = &extents[at];
    let is_beside = |to: &Extent| {
        let (lower, higher) = (from.height.min(to.height), from.height.max(to.height));
        higher <= 2.0 * lower
            && (to.middle - from.middle).abs() <= 0.5 * (lower + higher)
            && to.left >= from.right - SLACK * from.height
            && to.right > from.right
    };
    // No box twice as high reaches further.
    let reach = 1.5 * from.height;
    let first = extents.partition_point(|to| to.middle < from.middle - reach);
    let last = extents.partition_point(|to| to.middle <= from.middle + reach);
    let beside = (first.max(at.saturating_sub(ASKED))..last.min(at + ASKED))
        .filter(|&to| to != at && is_beside(&extents[to]));
    let nearest = beside
        .clone()
        .map(|to| extents[to].left)
        .min_by(f32::total_cmp)?;
    let apart = |to: usize| (extents[to].middle - from.middle).abs();
    // Lines of one column begin at about the same place: the one at the same height counts.
    beside
        .filter(|&to| extents[to].left <= nearest + from.height)
        .min_by(|&a, &b| apart(a).total_cmp(&apart(b)).then(a.cmp(&b)))
}

/// Pairs put into chains: each below the one before, with white in common.
fn chained(pairs: Vec<Pair>, usual: f32) -> Vec<Vec<Pair>> {
    let mut chains: Vec<Vec<Pair>> = Vec::new();
    // Those that may go on, by place, with their last pair.
    let mut open: Vec<(usize, Pair)> = Vec::new();
    for pair in pairs {
        open.retain(|(_, last)| pair.middle - last.middle <= NEXT_LINE * usual);
        let common = |last: &Pair| pair.right.min(last.right) - pair.left.max(last.left);
        let best = open
            .iter_mut()
            .filter(|(_, last)| common(last) > -0.25 * usual)
            .max_by(|(_, a), (_, b)| common(a).total_cmp(&common(b)));
        match best {
            Some((chain, last)) => {
                chains[*chain].push(pair);
                *last = pair;
            }
            None => {
                open.push((chains.len(), pair));
                chains.push(vec![pair]);
            }
        }
    }
    chains
}

/// Pairs below each other.
struct Chain<'a> {
    extents: &'a [Extent],
    pairs: Vec<Pair>,
    usual: f32,
}

impl Chain<'_> {
    fn divides_prose(&self) -> bool {
        (0..2).all(|side| {
            let lines = self.lines(side);
            lines.len() >= LEAST_LINES
                && median(lines.iter().map(|line| line.width() / line.height))
                    .is_some_and(|shape| shape >= USUALLY_LONG)
        })
    }

    /// The lines on one side (0 is left), each once.
    fn lines(&self, side: usize) -> Vec<&Extent> {
        let mut lines: Vec<usize> = self.pairs.iter().map(|pair| pair.sides[side]).collect();
        lines.sort_unstable();
        lines.dedup();
        lines.into_iter().map(|at| &self.extents[at]).collect()
    }

    fn gutter(&self) -> Gutter {
        let mut gutter = Gutter {
            line: self.line(),
            top: self.pairs.first().map_or(0.0, |pair| pair.middle),
            bottom: self.pairs.last().map_or(0.0, |pair| pair.middle),
        };
        let above = self
            .extents
            .partition_point(|extent| extent.middle < gutter.top);
        let below = self
            .extents
            .partition_point(|extent| extent.middle <= gutter.bottom);
        let top = self.followed(&gutter, gutter.top, self.extents[..above].iter().rev());
        let bottom = self.followed(&gutter, gutter.bottom, self.extents[below..].iter());
        gutter.top = top - self.usual / 2.0;
        gutter.bottom = bottom + self.usual / 2.0;
        gutter
    }

    /// The middle of the white that pairs near each other leave free, or of a pair's own white
    /// where the lines of a bent page leave none.
    fn line(&self) -> Vec<[f32; 2]> {
        let mut line: Vec<[f32; 2]> = Vec::new();
        for pair in &self.pairs {
            let first = |y: f32| self.pairs.partition_point(|pair| pair.middle < y);
            let reach = NEXT_LINE * self.usual;
            let near = &self.pairs[first(pair.middle - reach)..first(pair.middle + reach)];
            let left = near.iter().map(|near| near.left).fold(pair.left, f32::max);
            let right = near
                .iter()
                .map(|near| near.right)
                .fold(pair.right, f32::min);
            let x = if left <= right {
                f32::midpoint(left, right)
            } else {
                f32::midpoint(pair.left, pair.right)
            };
            if line.last().is_none_or(|last| last[1] < pair.middle) {
                line.push([x, pair.middle]);
            }
        }
        line
    }

    /// How far the gutter goes beyond its last pair, along the boxes that follow that way: the
    /// middle of the last box that stands on one side of it.
    fn followed<'b>(
        &self,
        gutter: &Gutter,
        end: f32,
        way: impl Iterator<Item = &'b Extent>,
    ) -> f32 {
        let (left, right) = (self.lines(0), self.lines(1));
        let outer_left = left
            .iter()
            .map(|line| line.left)
            .fold(f32::INFINITY, f32::min);
        let outer_right = right
            .iter()
            .map(|line| line.right)
            .fold(f32::NEG_INFINITY, f32::max);
        let width = |lines: &[&Extent]| median(lines.iter().map(|line| line.width()));
        let (left_width, right_width) = (width(&left), width(&right));
        let (mut end, mut filled) = (end, end);
        for extent in way {
            let step = (extent.middle - end).abs() - f32::midpoint(extent.height, self.usual);
            if step > BREAK * self.usual {
                break;
            }
            if extent.right < outer_left || extent.left > outer_right {
                continue;
            }
            if gutter.is_crossed_by(extent) {
                break;
            }
            let is_left = extent.centre() < gutter.x_at(extent.middle);
            let column = if is_left { left_width } else { right_width };
            if column.is_some_and(|column| extent.width() >= column / 2.0) {
                filled = extent.middle;
            } else if (extent.middle - filled).abs() > UNFILLED * self.usual {
                return filled;
            }
            end = extent.middle;
        }
        end
    }
}

/// The higher of the middle two where there are two.
fn median(values: impl Iterator<Item = f32>) -> Option<f32> {
    let mut values: Vec<f32> = values.collect();
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}
