//! The order in which a person reads boxes on a page: column after column where there are
//! columns of prose, otherwise rows from top to bottom, within a row from left to right, as the
//! page lies when its text is upright.
//!
//! Predictions and references go through the same function, because neither the order of
//! a dataset's boxes nor that of a detector means anything. It is geometry only.

mod columns;
mod extent;
mod gutters;
mod rows;
mod upright;

/// Groups boxes into rows: each row holds indices from left to right, rows are in the order
/// of reading, and every index occurs once. Boxes are polygons in pixels, `[x, y]` a corner,
/// clockwise from the corner where the text starts; a box without corners makes a row of
/// its own at the end.
///
/// The page is first laid upright: turned by quarters so that most of the text, by the length
/// of its boxes, runs to the right. A box says where its text runs by its first edge, and is
/// asked only when its corners go clockwise and that edge is no shorter than the next: another
/// order of the corners is a habit of the dataset and says nothing about the page.
///
/// A slant of the whole page is taken out next: the median direction from each box to its
/// neighbour on the right, which serves upright boxes around slanted text as well as
/// slanted boxes.
///
/// Where at least three long lines below each other end close to where as many long lines begin
/// on their right, there is a gutter between two columns. It goes up and down as far as text
/// follows on its sides and nothing lies across; what is above is read first, then the left
/// column, the right column, and what is below. The columns of a table or a receipt, whose
/// texts are short or stand far apart, are not read in this way.
///
/// In what no gutter divides, a box belongs to the row whose horizontally nearest member it
/// overlaps most, if that is at least half of the lower one's height, and unless it lies
/// above or below a member of that row. Rows run from top to bottom. Ties are broken by x,
/// then by index.
///
/// The time grows with the number of boxes times the number of those at one height; 40,000
/// lines take some tenths of a second, and some seconds if all are in one row.
///
/// ```
/// let price = vec![[90.0, 12.0], [120.0, 12.0], [120.0, 30.0], [90.0, 30.0]];
/// let title = vec![[10.0, -20.0], [80.0, -20.0], [80.0, -2.0], [10.0, -2.0]];
/// let item = vec![[10.0, 10.0], [60.0, 10.0], [60.0, 28.0], [10.0, 28.0]];
/// let rows = overnight_metrics::reading_order(&[price, title, item]);
/// assert_eq!(rows, [vec![1], vec![2, 0]]);
/// ```
pub fn reading_order(boxes: &[Vec<[f32; 2]>]) -> Vec<Vec<usize>> {
    let upright = upright::laid_upright(boxes);
    let boxes = upright.as_ref();
    let extents = extent::extents(boxes, upright::slant_of(boxes));
    let gutters = gutters::gutters(&extents);
    let placed = columns::columns(extents, gutters);
    let unplaced = (0..boxes.len())
        .filter(|&index| boxes[index].is_empty())
        .map(|index| vec![index]);
    placed.into_iter().chain(unplaced).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(x: f32, y: f32, width: f32, height: f32) -> Vec<[f32; 2]> {
        vec![
            [x, y],
            [x + width, y],
            [x + width, y + height],
            [x, y + height],
        ]
    }

    fn turned(corners: &[[f32; 2]], angle: f32) -> Vec<[f32; 2]> {
        let (sin, cos) = angle.sin_cos();
        corners
            .iter()
            .map(|[x, y]| [x * cos - y * sin, x * sin + y * cos])
            .collect()
    }

    #[test]
    fn nothing_gives_nothing() {
        assert!(reading_order(&[]).is_empty());
        assert_eq!(reading_order(&[vec![], vec![]]), [[0], [1]]);
    }

    #[test]
    fn a_tall_box_beside_two_rows_joins_only_one() {
        let boxes = [
            at(0.0, 0.0, 100.0, 20.0),
            at(0.0, 25.0, 100.0, 20.0),
            at(120.0, 0.0, 80.0, 45.0),
        ];
        let rows = reading_order(&boxes);
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().any(|row| row.len() == 2));
    }

    #[test]
    fn a_slanted_receipt_reads_like_a_straight_one() {
        let straight: Vec<Vec<[f32; 2]>> = (0..30)
            .flat_map(|line| {
                let y = 30.0 * line as f32;
                [at(0.0, y, 300.0, 22.0), at(700.0, y + 2.0, 90.0, 22.0)]
            })
            .collect();
        let expected: Vec<Vec<usize>> = (0..30).map(|line| vec![2 * line, 2 * line + 1]).collect();
        for degrees in [-8.0_f32, -3.0, 0.0, 3.0, 8.0] {
            let boxes: Vec<_> = straight
                .iter()
                .map(|corners| turned(corners, degrees.to_radians()))
                .collect();
            assert_eq!(reading_order(&boxes), expected, "{degrees} degrees");
        }
    }

    #[test]
    fn a_page_turned_by_quarters_reads_like_an_upright_one() {
        let upright: Vec<Vec<[f32; 2]>> = (0..30)
            .flat_map(|line| {
                let y = 30.0 * line as f32;
                // A price taller than wide, too short a text to say how the page lies.
                [at(0.0, y, 300.0, 22.0), at(700.0, y + 2.0, 12.0, 22.0)]
            })
            .collect();
        let expected: Vec<Vec<usize>> = (0..30).map(|line| vec![2 * line, 2 * line + 1]).collect();
        for degrees in [0.0_f32, 90.0, 180.0, 270.0, 94.0, 176.0, 265.0] {
            let turn = |corners: &Vec<_>| turned(corners, degrees.to_radians());
            let mut boxes: Vec<_> = upright.iter().map(turn).collect();
            assert_eq!(reading_order(&boxes), expected, "{degrees} degrees");
            // A few lines are taken for standing on their head: the others decide.
            for corners in boxes.iter_mut().step_by(6) {
                corners.rotate_left(2);
            }
            assert_eq!(
                reading_order(&boxes),
                expected,
                "{degrees} degrees, some wrong"
            );
        }
    }

    #[test]
    fn upright_writing_beside_lines_keeps_its_row() {
        // The text of the last box runs down; its corners start where its text does.
        let mut down = at(400.0, 29.0, 12.0, 24.0);
        down.rotate_left(1);
        let boxes = [at(0.0, 0.0, 300.0, 22.0), at(0.0, 30.0, 300.0, 22.0), down];
        assert_eq!(reading_order(&boxes), [vec![0], vec![1, 2]]);
    }

    #[test]
    fn corners_in_another_order_do_not_turn_the_page() {
        let upright = [at(0.0, 0.0, 300.0, 22.0), at(0.0, 30.0, 300.0, 22.0)];
        let anticlockwise = upright.clone().map(|mut corners| {
            corners.reverse();
            corners
        });
        // From the bottom left upwards.
        let from_below = upright.clone().map(|mut corners| {
            corners.rotate_right(1);
            corners
        });
        for boxes in [upright, anticlockwise, from_below] {
            assert_eq!(reading_order(&boxes), [[0], [1]], "{boxes:?}");
        }
    }

    #[test]
    fn upright_boxes_around_slanted_text_keep_their_rows() {
        // Three columns of a page slanted by 2 degrees, boxed without turning: across the
        // page a row sinks by more than its height.
        let slope = 2.0_f32.to_radians().tan();
        let boxes: Vec<Vec<[f32; 2]>> = (0..20)
            .flat_map(|line| {
                [0.0, 320.0, 640.0].map(|x| {
                    at(
                        x,
                        30.0 * line as f32 + x * slope,
                        200.0,
                        20.0 + 200.0 * slope,
                    )
                })
            })
            .collect();
        let expected: Vec<Vec<usize>> = (0..20)
            .map(|line| (3 * line..3 * line + 3).collect())
            .collect();
        assert_eq!(reading_order(&boxes), expected);
    }

    proptest! {
        #[test]
        fn every_box_occurs_once(
            boxes in prop::collection::vec(
                (-1e4_f32..1e4, -1e4_f32..1e4, 0.0_f32..500.0, 0.0_f32..80.0), 0..60)
        ) {
            let boxes: Vec<_> = boxes.into_iter().map(|(x, y, w, h)| at(x, y, w, h)).collect();
            let mut seen: Vec<usize> = reading_order(&boxes).into_iter().flatten().collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..boxes.len()).collect::<Vec<_>>());
        }

        #[test]
        fn the_order_of_the_boxes_does_not_matter(
            boxes in prop::collection::vec((0_i16..900, 0_i16..2000), 1..40),
            turn in 0_usize..40
        ) {
            let distinct: std::collections::BTreeSet<(i16, i16)> = boxes.into_iter().collect();
            let boxes: Vec<_> = distinct
                .into_iter()
                .map(|(x, y)| at(f32::from(x), f32::from(y), 90.0, 20.0))
                .collect();
            let mut other = boxes.clone();
            other.rotate_left(turn % boxes.len());
            let texts = |boxes: &[Vec<[f32; 2]>]| -> Vec<Vec<Vec<[f32; 2]>>> {
                reading_order(boxes)
                    .into_iter()
                    .map(|row| row.into_iter().map(|i| boxes[i].clone()).collect())
                    .collect()
            };
            prop_assert_eq!(texts(&boxes), texts(&other));
        }
    }
}
