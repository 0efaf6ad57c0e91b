use super::*;

fn numbers(n: usize) -> Vec<f32> {
    let number = |i: u32| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 23) as f32 - 1.0;
    (0..u32::try_from(n).unwrap()).map(number).collect()
}

/// Runs an operator on images and compares every value with what `expected` says of the plane, the
/// row and the column.
fn check(
    operator: &Operator,
    shape: [usize; 4],
    sides: [usize; 2],
    expected: impl Fn(&[f32], usize, usize) -> f32,
) {
    let data = numbers(shape.iter().product());
    let image = Tensor::from_data(&shape, data.clone());
    let output: Tensor<f32> = operator
        .run(vec![(&image).into()])
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(output.shape(), [shape[0], shape[1], sides[0], sides[1]]);
    let output = output.data().unwrap();
    let planes = data.chunks_exact(shape[2] * shape[3]);
    for (plane, output) in planes.zip(output.chunks_exact(sides[0] * sides[1])) {
        for (at, value) in output.iter().enumerate() {
            let (y, x) = (at / sides[1], at % sides[1]);
            assert_eq!(*value, expected(plane, y, x), "{operator:?} {y} {x}");
        }
    }
}

#[test]
fn pixels_are_repeated() {
    for factors in [[1, 2], [2, 2], [4, 4], [8, 8], [3, 5]] {
        let operator = Operator::Enlargement(Enlargement { factors });
        let sides = [7 * factors[0], 9 * factors[1]];
        check(&operator, [2, 3, 7, 9], sides, |plane, y, x| {
            plane[y / factors[0] * 9 + x / factors[1]]
        });
    }
}

#[test]
fn the_largest_of_a_window_is_kept() {
    for (window, pads) in [
        ([2, 2], [0, 0, 1, 1]),
        ([2, 2], [0; 4]),
        ([3, 2], [1, 1, 2, 0]),
        ([1, 5], [0, 4, 0, 3]),
    ] {
        let operator = Operator::Pool(Pool::new(window, pads).unwrap());
        let sides = [
            8 + pads[0] + pads[2] - window[0],
            10 + pads[1] + pads[3] - window[1],
        ];
        check(&operator, [2, 3, 7, 9], sides, |plane, y, x| {
            let rows = (y..y + window[0]).filter_map(|y| y.checked_sub(pads[0]));
            let largest = rows.filter(|y| *y < 7).flat_map(|y| {
                let columns = (x..x + window[1]).filter_map(|x| x.checked_sub(pads[1]));
                columns.filter(|x| *x < 9).map(move |x| plane[y * 9 + x])
            });
            largest.fold(f32::NEG_INFINITY, f32::max)
        });
    }
    assert_eq!(Pool::new([2, 2], [0, 2, 0, 0]), None);
    assert_eq!(Pool::new([0, 2], [0; 4]), None);
    let large = Operator::Pool(Pool::new([9, 9], [0; 4]).unwrap());
    let image = Tensor::from_data(&[1, 1, 2, 2], numbers(4));
    let error = large.run(vec![(&image).into()]).unwrap_err();
    assert_eq!(error, "2 pixels are less than a window of 9");
}

#[test]
fn threads_share_the_planes() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build();
    pool.unwrap().install(|| {
        let operator = Operator::Enlargement(Enlargement { factors: [4, 4] });
        check(&operator, [1, 5, 40, 40], [160, 160], |plane, y, x| {
            plane[y / 4 * 40 + x / 4]
        });
    });
}
