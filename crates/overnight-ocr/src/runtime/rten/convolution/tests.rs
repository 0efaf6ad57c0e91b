use proptest::prelude::*;

use ::rten::{Value, ValueOrView};

use super::super::operator::Operator;
use super::*;

/// The definition of a convolution, one value at a time.
fn plainly(spec: &ConvolutionSpec, shape: [usize; 4], input: &[f32]) -> Vec<f32> {
    let [n, channels_read, height, width] = shape;
    let channels = spec.bias.len();
    let [rows, columns] = spec.kernel;
    let [top, left, bottom, right] = spec.pads;
    let out_height = (height + top + bottom - rows) / spec.strides[0] + 1;
    let out_width = (width + left + right - columns) / spec.strides[1] + 1;
    let grid = |rows: usize, columns: usize| {
        (0..rows).flat_map(move |y| (0..columns).map(move |x| (y, x)))
    };
    let mut output = Vec::new();
    for (image, channel) in grid(n, channels) {
        let read: Vec<usize> = match spec.reads {
            Reads::Own => vec![channel],
            Reads::All(all) => (0..all).collect(),
        };
        for (y, x) in grid(out_height, out_width) {
            let mut sum = f64::from(spec.bias[channel]);
            for (number, from) in read.iter().enumerate() {
                for (ky, kx) in grid(rows, columns) {
                    let at_y = (y * spec.strides[0] + ky).wrapping_sub(top);
                    let at_x = (x * spec.strides[1] + kx).wrapping_sub(left);
                    if at_y < height && at_x < width {
                        let kernel = channel * read.len() + number;
                        let weight = spec.weights[(kernel * rows + ky) * columns + kx];
                        let plane = image * channels_read + from;
                        let value = input[(plane * height + at_y) * width + at_x];
                        sum += f64::from(weight) * f64::from(value);
                    }
                }
            }
            let least = if spec.is_rectified { 0.0 } else { f64::MIN };
            output.push(sum.max(least) as f32);
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

fn check(spec: &ConvolutionSpec, shape: [usize; 4]) {
    let input = tensor(shape, 1);
    let data = input.data().unwrap().to_vec();
    let expected = plainly(spec, shape, &data);
    let convolution = Operator::Convolution(Convolution::new(spec.clone()).unwrap());
    let borrowed = floats(convolution.run(vec![(&input).into()]).unwrap());
    assert_eq!(input.data().unwrap(), data, "what is borrowed stays");
    let owned = floats(convolution.run(vec![Value::from(input).into()]).unwrap());
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

fn read(spec: &ConvolutionSpec) -> usize {
    match spec.reads {
        Reads::Own => spec.bias.len(),
        Reads::All(channels) => channels,
    }
}

fn any_spec() -> impl Strategy<Value = ConvolutionSpec> {
    let own = (prop::sample::select(vec![3_usize, 5, 7]), Just(Reads::Own));
    let all = (1_usize..=7, (1_usize..=9).prop_map(Reads::All));
    let shapes = (prop_oneof![own, all], 2_usize..=9, 1_usize..=20);
    let strides = (1_usize..=2, 1_usize..=2);
    (shapes, strides, any::<u32>(), any::<bool>()).prop_flat_map(
        |(((rows, reads), columns, channels), (down, across), seed, is_rectified)| {
            let pads = (0..rows, 0..columns, 0..rows, 0..columns);
            let read = match reads {
                Reads::Own => 1,
                Reads::All(read) => read,
            };
            pads.prop_map(move |(top, left, bottom, right)| ConvolutionSpec {
                reads,
                kernel: [rows, columns],
                strides: [down, across],
                pads: [top, left, bottom, right],
                weights: numbers(channels * read * rows * columns, seed),
                bias: numbers(channels, seed ^ 1),
                is_rectified,
            })
        },
    )
}

proptest! {
    #[test]
    fn it_is_what_the_definition_says(
        spec in any_spec(),
        n in 1_usize..=2,
        height in 1_usize..24,
        width in 1_usize..140,
    ) {
        let fits = height + spec.pads[0] + spec.pads[2] >= spec.kernel[0]
            && width + spec.pads[1] + spec.pads[3] >= spec.kernel[1];
        prop_assume!(fits);
        check(&spec, [n, read(&spec), height, width]);
    }
}

/// A convolution whose result has the sides of its input, with a stride of one.
fn same(reads: Reads, kernel: usize, stride: usize, channels: usize) -> ConvolutionSpec {
    let read = match reads {
        Reads::Own => 1,
        Reads::All(read) => read,
    };
    ConvolutionSpec {
        reads,
        kernel: [kernel; 2],
        strides: [stride; 2],
        pads: [kernel / 2; 4],
        weights: numbers(channels * read * kernel * kernel, 7),
        bias: numbers(channels, 8),
        is_rectified: false,
    }
}

#[test]
fn images_higher_than_a_strip_are_whole() {
    for (kernel, stride) in [(3, 1), (3, 2), (5, 1), (5, 2), (7, 1), (7, 2)] {
        check(&same(Reads::Own, kernel, stride, 2), [1, 2, 203, 331]);
    }
    check(&same(Reads::Own, 7, 1, 1), [1, 1, 9, 9000]);
    check(&same(Reads::All(7), 3, 1, 5), [1, 7, 103, 250]);
    check(&same(Reads::All(3), 3, 2, 12), [1, 3, 301, 331]);
}

#[test]
fn threads_share_the_channels() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build();
    let pool = pool.unwrap();
    for (reads, channels) in [(Reads::Own, 24), (Reads::All(5), 24), (Reads::All(5), 13)] {
        let spec = same(reads, 3, 1, channels);
        pool.install(|| check(&spec, [2, read(&spec), 30, 50]));
    }
}

#[test]
fn values_in_another_order_are_read_where_they_are() {
    for reads in [Reads::Own, Reads::All(4)] {
        let spec = same(reads, 3, 1, 4);
        let convolution = Operator::Convolution(Convolution::new(spec.clone()).unwrap());
        let mut turned = tensor([1, 4, 9, 5], 3);
        turned.permute(&[0, 1, 3, 2]);
        let expected = plainly(&spec, [1, 4, 5, 9], &turned.to_vec());
        for input in [
            ValueOrView::from(&turned),
            Value::from(turned.clone()).into(),
        ] {
            let output = floats(convolution.run(vec![input]).unwrap());
            assert_eq!(output.shape(), [1, 4, 5, 9]);
            for (ours, expected) in output.data().unwrap().iter().zip(&expected) {
                assert!((ours - expected).abs() < 1e-4);
            }
        }
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let convolution = Convolution::new(same(Reads::Own, 3, 1, 4)).unwrap();
    let convolution = Operator::Convolution(convolution);
    for (shape, expected) in [
        (
            [1, 3, 8, 8],
            "a convolution of 4 channels cannot take the shape [1, 3, 8, 8]",
        ),
        (
            [1, 4, 0, 8],
            "0 pixels are less than a convolution's kernel",
        ),
    ] {
        let error = convolution
            .run(vec![(&tensor(shape, 1)).into()])
            .unwrap_err();
        assert_eq!(error, expected);
    }
    let none = floats(
        convolution
            .run(vec![(&tensor([0, 4, 8, 8], 1)).into()])
            .unwrap(),
    );
    assert_eq!(none.shape(), [0, 4, 8, 8]);
    let flat = Tensor::from_data(&[4, 8], numbers(32, 1));
    let error = convolution.run(vec![(&flat).into()]).unwrap_err();
    assert!(
        error.contains("[4, 8] is not the shape of images"),
        "{error}"
    );
    let whole_numbers = Tensor::from_data(&[1], vec![1_i32]);
    assert!(convolution.run(vec![(&whole_numbers).into()]).is_err());
}

#[test]
fn what_there_are_no_loops_for_is_left_to_others() {
    let known = same(Reads::Own, 3, 1, 4);
    assert!(Convolution::new(known.clone()).is_some());
    for change in [
        |spec: &mut ConvolutionSpec| spec.kernel = [4, 3],
        |spec: &mut ConvolutionSpec| spec.strides = [1, 3],
        |spec: &mut ConvolutionSpec| spec.pads[0] = 3,
        |spec: &mut ConvolutionSpec| spec.bias.truncate(2),
        |spec: &mut ConvolutionSpec| spec.reads = Reads::All(2),
        |spec: &mut ConvolutionSpec| {
            *spec = same(Reads::All(2), 1, 1, 4);
        },
        |spec: &mut ConvolutionSpec| {
            *spec = same(Reads::All(2), 3, 1, 512);
        },
    ] {
        let mut spec = known.clone();
        change(&mut spec);
        assert!(Convolution::new(spec.clone()).is_none(), "{spec:?}");
    }
}

#[test]
fn parts_of_an_image_are_read_as_one() {
    let spec = same(Reads::All(5), 3, 1, 6);
    let convolution = Operator::Convolution(Convolution::new(spec.clone()).unwrap());
    // Two images, of which the parts have two and three channels.
    let parts = [tensor([2, 2, 9, 21], 3), tensor([2, 3, 9, 21], 4)];
    let mut whole = Vec::new();
    for image in 0..2 {
        for part in &parts {
            let size = part.len() / 2;
            whole.extend_from_slice(&part.data().unwrap()[image * size..][..size]);
        }
    }
    let expected = plainly(&spec, [2, 5, 9, 21], &whole);
    let inputs = parts.iter().map(ValueOrView::from).collect();
    let output = floats(convolution.run(inputs).unwrap());
    for (ours, expected) in output.data().unwrap().iter().zip(&expected) {
        assert!((ours - expected).abs() < 1e-4);
    }
    let (part, other) = (tensor([2, 2, 9, 21], 3), tensor([2, 3, 9, 20], 4));
    for inputs in [vec![&part], vec![&part, &other], Vec::new()] {
        let inputs = inputs.into_iter().map(ValueOrView::from).collect();
        assert!(convolution.run(inputs).is_err());
    }
    let own = Operator::Convolution(Convolution::new(same(Reads::Own, 3, 1, 4)).unwrap());
    let inputs = vec![ValueOrView::from(&part), ValueOrView::from(&part)];
    assert!(own.run(inputs).is_err());
}
