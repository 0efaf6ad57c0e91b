use proptest::prelude::*;

use super::*;

/// The definition of a convolution, one value at a time.
fn plainly(spec: &DepthwiseSpec, shape: [usize; 4], input: &[f32]) -> Vec<f32> {
    let [n, channels, height, width] = shape;
    let [rows, columns] = spec.kernel;
    let [top, left, bottom, right] = spec.pads;
    let out_height = (height + top + bottom - rows) / spec.strides[0] + 1;
    let out_width = (width + left + right - columns) / spec.strides[1] + 1;
    let mut output = Vec::new();
    for plane in 0..n * channels {
        let channel = plane % channels;
        for (y, x) in (0..out_height).flat_map(|y| (0..out_width).map(move |x| (y, x))) {
            let mut sum = f64::from(spec.bias[channel]);
            for (ky, kx) in (0..rows).flat_map(|ky| (0..columns).map(move |kx| (ky, kx))) {
                let at_y = (y * spec.strides[0] + ky).wrapping_sub(top);
                let at_x = (x * spec.strides[1] + kx).wrapping_sub(left);
                if at_y < height && at_x < width {
                    let weight = spec.weights[(channel * rows + ky) * columns + kx];
                    let value = input[(plane * height + at_y) * width + at_x];
                    sum += f64::from(weight) * f64::from(value);
                }
            }
            output.push(sum as f32);
        }
    }
    output
}

/// Numbers in [-1, 1) that look random.
fn numbers(n: usize, seed: u32) -> Vec<f32> {
    let number = |i: u32| {
        i.wrapping_mul(2_654_435_761)
            .wrapping_add(seed.wrapping_mul(40_503))
    };
    let number = |i: u32| (number(i) ^ number(i) >> 15).wrapping_mul(2_246_822_519) >> 8;
    (0..u32::try_from(n).unwrap())
        .map(|i| number(i) as f32 / (1 << 23) as f32 - 1.0)
        .collect()
}

fn tensor(shape: [usize; 4], seed: u32) -> Tensor<f32> {
    Tensor::from_data(&shape, numbers(shape.iter().product(), seed))
}

fn floats(value: Value) -> Tensor<f32> {
    value.try_into().unwrap()
}

fn check(spec: &DepthwiseSpec, shape: [usize; 4]) {
    let input = tensor(shape, 1);
    let data = input.data().unwrap().to_vec();
    let expected = plainly(spec, shape, &data);
    let convolution = Depthwise::new(spec.clone()).unwrap();
    let borrowed = floats(convolution.run((&input).into()).unwrap());
    assert_eq!(input.data().unwrap(), data, "what is borrowed stays");
    let owned = floats(convolution.run(Value::from(input).into()).unwrap());
    for output in [borrowed, owned] {
        let output = output.data().unwrap();
        assert_eq!(output.len(), expected.len());
        for (at, (ours, expected)) in output.iter().zip(&expected).enumerate() {
            assert!(
                (ours - expected).abs() <= 1e-4 * expected.abs().max(1.0),
                "{at}: {ours} for {expected}, {spec:?}, {shape:?}"
            );
        }
    }
}

fn any_spec() -> impl Strategy<Value = DepthwiseSpec> {
    let rows = prop::sample::select(vec![3_usize, 5, 7]);
    (
        rows,
        1_usize..=9,
        1_usize..=2,
        1_usize..=2,
        1_usize..=5,
        any::<u32>(),
    )
        .prop_flat_map(|(rows, columns, down, across, channels, seed)| {
            let pads = (0..rows, 0..columns, 0..rows, 0..columns);
            pads.prop_map(move |(top, left, bottom, right)| DepthwiseSpec {
                kernel: [rows, columns],
                strides: [down, across],
                pads: [top, left, bottom, right],
                weights: numbers(channels * rows * columns, seed),
                bias: numbers(channels, seed ^ 1),
            })
        })
}

proptest! {
    #[test]
    fn it_is_what_the_definition_says(
        spec in any_spec(),
        n in 1_usize..=2,
        height in 1_usize..40,
        width in 1_usize..150,
    ) {
        let fits = height + spec.pads[0] + spec.pads[2] >= spec.kernel[0]
            && width + spec.pads[1] + spec.pads[3] >= spec.kernel[1];
        prop_assume!(fits);
        check(&spec, [n, spec.bias.len(), height, width]);
    }
}

fn same(kernel: usize, stride: usize, channels: usize) -> DepthwiseSpec {
    DepthwiseSpec {
        kernel: [kernel; 2],
        strides: [stride; 2],
        pads: [kernel / 2; 4],
        weights: numbers(channels * kernel * kernel, 7),
        bias: numbers(channels, 8),
    }
}

#[test]
fn planes_higher_than_a_strip_are_whole() {
    for (kernel, stride) in [(3, 1), (3, 2), (5, 1), (5, 2), (7, 1), (7, 2)] {
        check(&same(kernel, stride, 2), [1, 2, 203, 331]);
    }
    check(&same(7, 1, 1), [1, 1, 9, 9000]);
}

#[test]
fn threads_share_the_planes() {
    let spec = same(3, 1, 24);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build();
    pool.unwrap().install(|| check(&spec, [2, 24, 30, 50]));
}

#[test]
fn values_in_another_order_are_read_where_they_are() {
    let spec = same(3, 1, 4);
    let convolution = Depthwise::new(spec.clone()).unwrap();
    let mut turned = tensor([1, 4, 9, 5], 3);
    turned.permute(&[0, 1, 3, 2]);
    let expected = plainly(&spec, [1, 4, 5, 9], &turned.to_vec());
    for input in [
        ValueOrView::from(&turned),
        Value::from(turned.clone()).into(),
    ] {
        let output = floats(convolution.run(input).unwrap());
        assert_eq!(output.shape(), [1, 4, 5, 9]);
        for (ours, expected) in output.data().unwrap().iter().zip(&expected) {
            assert!((ours - expected).abs() < 1e-4);
        }
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let convolution = Depthwise::new(same(3, 1, 4)).unwrap();
    for shape in [[1, 3, 8, 8], [1, 4, 0, 8]] {
        let input = tensor(shape, 1);
        let result = convolution.run((&input).into());
        assert_eq!(result.is_err(), shape[1] != 4, "{shape:?}");
    }
    let flat = Tensor::from_data(&[4, 8], numbers(32, 1));
    let error = convolution.run((&flat).into()).unwrap_err();
    assert!(error.contains("cannot take the shape [4, 8]"), "{error}");
    let whole_numbers = Tensor::from_data(&[1], vec![1_i32]);
    assert!(convolution.run((&whole_numbers).into()).is_err());
}

#[test]
fn what_there_are_no_loops_for_is_left_to_others() {
    let known = same(3, 1, 4);
    assert!(Depthwise::new(known.clone()).is_some());
    for change in [
        |spec: &mut DepthwiseSpec| spec.kernel = [4, 3],
        |spec: &mut DepthwiseSpec| spec.strides = [1, 3],
        |spec: &mut DepthwiseSpec| spec.pads[0] = 3,
        |spec: &mut DepthwiseSpec| spec.bias.truncate(2),
    ] {
        let mut spec = known.clone();
        change(&mut spec);
        assert!(Depthwise::new(spec.clone()).is_none(), "{spec:?}");
    }
}
