//! Reads columns one after the other: a recursive X-Y cut along gutters that were found.
//!
//! The X-Y cut (Nagy and Seth, 1984) divides a page where its projections are empty, which
//! needs straight white, and cannot tell the columns of a table from those of prose. Here
//! gutters are given, bent ones included: a gutter cuts the boxes into those above it, on its
//! left, on its right and below it, which are read in this order and cut further. What no
//! gutter cuts is read in rows.

use super::extent::Extent;
use super::gutters::Gutter;
use super::rows::rows;

/// The parts a gutter cuts a page into, in the order in which they are read.
#[derive(Debug, Clone, Copy)]
enum Part {
    Above,
    Left,
    Right,
    Below,
}

/// Rows of boxes that run from top to bottom, column after column. Every gutter cuts once, so
/// no box is looked at more often than there are gutters.
pub(super) fn columns(extents: Vec<Extent>, mut gutters: Vec<Gutter>) -> Vec<Vec<usize>> {
    let tallest = (0..gutters.len()).max_by(|&a, &b| {
        let height = |at: usize| gutters[at].height();
        // The first of equals.
        height(a).total_cmp(&height(b)).then(b.cmp(&a))
    });
    let Some(tallest) = tallest else {
        return rows(&extents);
    };
    let gutter = gutters.remove(tallest);
    let cut = Cut::along(gutter, &gutters);
    let mut boxes: [Vec<Extent>; 4] = Default::default();
    for extent in extents {
        boxes[cut.part_of(&extent) as usize].push(extent);
    }
    let mut theirs: [Vec<Gutter>; 4] = Default::default();
    for gutter in gutters {
        theirs[cut.part_of_gutter(&gutter) as usize].push(gutter);
    }
    let parts = boxes.into_iter().zip(theirs);
    parts
        .flat_map(|(extents, gutters)| columns(extents, gutters))
        .collect()
}

/// A gutter, and how high the columns beside it are.
struct Cut {
    gutter: Gutter,
    top: f32,
    bottom: f32,
}

impl Cut {
    /// Columns beside each other begin and end together, even where the page is bent and their
    /// gutters do not: gutters half of whose height is common share the outermost ends.
    fn along(gutter: Gutter, others: &[Gutter]) -> Self {
        let (mut top, mut bottom) = (gutter.top, gutter.bottom);
        for other in others {
            let common = other.bottom.min(gutter.bottom) - other.top.max(gutter.top);
            if common >= 0.5 * other.height().min(gutter.height()) {
                top = top.min(other.top);
                bottom = bottom.max(other.bottom);
            }
        }
        Self {
            gutter,
            top,
            bottom,
        }
    }

    fn part_of(&self, extent: &Extent) -> Part {
        // What lies across is a heading above or below, not a line of a column.
        let (top, bottom) = if self.gutter.is_crossed_by(extent) {
            (self.gutter.top, self.gutter.bottom)
        } else {
            (self.top, self.bottom)
        };
        self.part(extent.centre(), extent.middle, top, bottom)
    }

    fn part_of_gutter(&self, other: &Gutter) -> Part {
        let middle = f32::midpoint(other.top, other.bottom);
        self.part(other.x_at(middle), middle, self.top, self.bottom)
    }

    fn part(&self, x: f32, y: f32, top: f32, bottom: f32) -> Part {
        if y < top {
            Part::Above
        } else if y > bottom {
            Part::Below
        } else if x < self.gutter.x_at(y) {
            Part::Left
        } else {
            Part::Right
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::reading_order;

    type Quad = Vec<[f32; 2]>;

    const LINE: f32 = 20.0;
    const PITCH: f32 = 26.0;
    const COLUMN: f32 = 300.0;
    const NEXT_COLUMN: f32 = COLUMN + 24.0;

    fn at(x: f32, y: f32, width: f32) -> Quad {
        vec![[x, y], [x + width, y], [x + width, y + LINE], [x, y + LINE]]
    }

    /// Lines of ragged length; the last line of every paragraph of five is short.
    fn column(x: f32, y: f32, lines: usize) -> impl Iterator<Item = Quad> {
        (0..lines).map(move |line| {
            let ragged = [0.0, 31.0, 8.0, 17.0, 190.0][line % 5];
            at(x, y + PITCH * line as f32, COLUMN - ragged)
        })
    }

    /// The boxes as they are read, given in another order.
    fn read(page: &[Quad]) -> Vec<Vec<usize>> {
        let step = (page.len() / 2..page.len()).find(|step| gcd(*step, page.len()) == 1);
        let shuffled: Vec<usize> = (0..page.len())
            .map(|at| (at * step.unwrap_or(1)) % page.len())
            .collect();
        let boxes: Vec<Quad> = shuffled.iter().map(|&at| page[at].clone()).collect();
        let order = reading_order(&boxes).into_iter();
        order
            .map(|row| row.into_iter().map(|at| shuffled[at]).collect())
            .collect()
    }

    fn gcd(a: usize, b: usize) -> usize {
        if b == 0 { a } else { gcd(b, a % b) }
    }

    fn one_by_one(boxes: usize) -> Vec<Vec<usize>> {
        (0..boxes).map(|at| vec![at]).collect()
    }

    #[test]
    fn two_columns_are_read_one_after_the_other() {
        // The lines of both columns at one height, and by a third and half a line apart.
        for lower in [0.0, 8.0, 13.0] {
            let left = column(0.0, 0.0, 14);
            let right = column(NEXT_COLUMN, lower, 14);
            let page: Vec<Quad> = left.chain(right).collect();
            assert_eq!(read(&page), one_by_one(28), "{lower}");
        }
    }

    #[test]
    fn columns_of_unlike_height_are_read_to_their_ends() {
        for (first, second) in [(5, 20), (20, 5)] {
            let left = column(0.0, 0.0, first);
            let page: Vec<Quad> = left.chain(column(NEXT_COLUMN, 0.0, second)).collect();
            assert_eq!(read(&page), one_by_one(25), "{first} and {second} lines");
        }
    }

    #[test]
    fn headings_over_both_columns_divide_them() {
        let across = COLUMN + NEXT_COLUMN;
        let mut page = vec![at(0.0, 0.0, across)];
        page.extend(column(0.0, 40.0, 6));
        page.extend(column(NEXT_COLUMN, 40.0, 6));
        page.push(at(60.0, 210.0, across - 120.0));
        page.extend(column(0.0, 250.0, 6));
        page.extend(column(NEXT_COLUMN, 250.0, 6));
        page.push(at(200.0, 430.0, 240.0));
        assert_eq!(read(&page), one_by_one(27));
    }

    #[test]
    fn headings_in_columns_belong_to_them() {
        let mut page = Vec::new();
        for number in 0..4 {
            let x = NEXT_COLUMN * number as f32;
            page.push(at(x, 0.0, 90.0));
            page.push(at(x, 30.0, 260.0));
            page.extend(column(x, 60.0, 9));
        }
        assert_eq!(read(&page), one_by_one(44));
    }

    #[test]
    fn text_around_a_picture_is_read_to_its_end() {
        // A title, a long column, and beside it a picture with two columns below it.
        let mut page = vec![at(0.0, 0.0, 3.0 * NEXT_COLUMN)];
        page.extend(column(0.0, 40.0, 14));
        for number in 1..3 {
            page.extend(column(NEXT_COLUMN * number as f32, 40.0 + 10.0 * PITCH, 4));
        }
        assert_eq!(read(&page), one_by_one(23));
    }

    #[test]
    fn a_receipt_is_read_in_rows() {
        let mut page = vec![at(100.0, 0.0, 300.0), at(130.0, 26.0, 240.0)];
        let mut expected = vec![vec![0], vec![1]];
        for line in 0..12 {
            let y = 70.0 + PITCH * line as f32;
            let item = 150.0 + 17.0 * (line % 5) as f32;
            expected.push((page.len()..page.len() + 3).collect());
            // Item, quantity, price.
            page.extend([at(0.0, y, item), at(300.0, y + 2.0, 20.0)]);
            page.push(at(430.0, y + 1.0, 70.0));
        }
        assert_eq!(read(&page), expected);
    }

    #[test]
    fn names_and_long_values_far_apart_are_read_in_rows() {
        let page: Vec<Quad> = (0..6)
            .flat_map(|line| {
                let y = PITCH * line as f32;
                [
                    at(0.0, y, 140.0 + 9.0 * (line % 3) as f32),
                    at(260.0, y, 200.0),
                ]
            })
            .collect();
        let expected: Vec<Vec<usize>> = (0..6).map(|line| vec![2 * line, 2 * line + 1]).collect();
        assert_eq!(read(&page), expected);
    }

    #[test]
    fn a_table_between_columns_is_read_in_rows() {
        let mut page: Vec<Quad> = column(0.0, 0.0, 6).collect();
        page.extend(column(NEXT_COLUMN, 0.0, 6));
        page.push(at(40.0, 180.0, 540.0));
        let mut expected = one_by_one(13);
        for line in 0..8 {
            let y = 210.0 + PITCH * line as f32;
            expected.push((page.len()..page.len() + 5).collect());
            page.push(at(0.0, y, 150.0));
            page.extend([220.0, 330.0, 440.0, 550.0].map(|x| at(x, y, 60.0)));
        }
        let first = page.len();
        page.push(at(0.0, 430.0, 620.0));
        page.extend(column(0.0, 470.0, 6));
        page.extend(column(NEXT_COLUMN, 470.0, 6));
        expected.extend((first..page.len()).map(|at| vec![at]));
        assert_eq!(read(&page), expected);
    }

    #[test]
    fn columns_on_bent_paper_photographed_from_the_side_are_columns() {
        let mut flat = vec![at(0.0, -60.0, 2.0 * NEXT_COLUMN)];
        for number in 0..3 {
            flat.extend(column(NEXT_COLUMN * number as f32, 0.0, 24));
        }
        // Lines sag by two of their heights, gutters lean by up to 7 degrees, and the far edge
        // is a fifth smaller.
        let photographed = |[x, y]: [f32; 2]| {
            let across = (x - 1.5 * NEXT_COLUMN) / (1.5 * NEXT_COLUMN);
            let away = 1.0 - 0.2 * (y / 624.0);
            [
                1.5 * NEXT_COLUMN * across * away,
                y + 40.0 * across * across,
            ]
        };
        let page: Vec<Quad> = flat
            .iter()
            .map(|corners| corners.iter().copied().map(photographed).collect())
            .collect();
        assert_eq!(read(&page), one_by_one(73));
        for quarter in [1, 2, 3] {
            let turned: Vec<Quad> = page
                .iter()
                .map(|corners| {
                    let turn = |[x, y]: [f32; 2]| match quarter {
                        1 => [-y, x],
                        2 => [-x, -y],
                        _ => [y, -x],
                    };
                    corners.iter().copied().map(turn).collect()
                })
                .collect();
            assert_eq!(
                read(&turned),
                one_by_one(73),
                "turned by {quarter} quarters"
            );
        }
    }

    #[test]
    fn a_long_scroll_is_read_in_a_moment() {
        // What is quadratic in the number of lines takes this test from a moment to minutes.
        let lines = 20_000;
        let page: Vec<Quad> = column(0.0, 0.0, lines)
            .chain(column(NEXT_COLUMN, 5.0, lines))
            .collect();
        assert_eq!(reading_order(&page), one_by_one(2 * lines));
    }

    /// Two or three columns with lines of any length, some of them cut in two.
    fn pages() -> impl Strategy<Value = Vec<Quad>> {
        let line = (0_u16..280, any::<bool>());
        prop::collection::vec(prop::collection::vec(line, 1..20), 2..4).prop_map(|columns| {
            let mut page = Vec::new();
            for (number, lines) in columns.into_iter().enumerate() {
                for (row, (missing, is_cut)) in lines.into_iter().enumerate() {
                    let x = NEXT_COLUMN * number as f32;
                    let y = PITCH * row as f32 + 7.0 * number as f32;
                    let width = COLUMN - f32::from(missing);
                    if is_cut && width > 60.0 {
                        page.push(at(x, y, width - 50.0));
                        page.push(at(x + width - 46.0, y, 46.0));
                    } else {
                        page.push(at(x, y, width));
                    }
                }
            }
            page
        })
    }

    proptest! {
        #[test]
        fn every_box_of_a_page_of_columns_occurs_once(page in pages()) {
            let mut seen: Vec<usize> = reading_order(&page).into_iter().flatten().collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..page.len()).collect::<Vec<_>>());
        }

        #[test]
        fn the_order_of_the_boxes_does_not_matter_to_columns(page in pages()) {
            prop_assert_eq!(read(&page), reading_order(&page));
        }

        #[test]
        fn neither_place_nor_scale_of_a_page_matters(
            page in pages(), x in -4_i16..4, y in -4_i16..4, scale in -3_i32..4
        ) {
            // Powers of two, so that nothing is rounded.
            let by = |[a, b]: [f32; 2]| {
                let scale = 2.0_f32.powi(scale);
                [(a + 512.0 * f32::from(x)) * scale, (b + 512.0 * f32::from(y)) * scale]
            };
            let moved: Vec<Quad> = page
                .iter()
                .map(|corners| corners.iter().copied().map(by).collect())
                .collect();
            prop_assert_eq!(reading_order(&moved), reading_order(&page));
        }
    }
}
