//! What holds for every answer of a network, whatever numbers are in it.

use super::ctc::decode;
use super::db::{DbSettings, line_boxes};
use super::dictionary::Dictionary;
use super::map::Map;
use crate::Quad;

/// Numbers that a network should not answer and that broken ones do.
const ODD: [f32; 16] = [
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::MAX,
    f32::MIN,
    f32::MIN_POSITIVE,
    1e-45,
    -0.0,
    -1.0,
    1.0 + f32::EPSILON,
    2.0,
    1e30,
    -1e30,
    -f32::NAN,
    0.2,
    1e9,
];

/// A probability or, for the highest bytes, one of [`ODD`].
fn number(byte: u8) -> f32 {
    let n_plain = 256 - ODD.len();
    match usize::from(byte).checked_sub(n_plain) {
        Some(odd) => ODD[odd],
        None => f32::from(byte) / (n_plain - 1) as f32,
    }
}

/// Decodes the answer of a recogniser: the first byte says how many characters it knows, each
/// further one is a probability.
pub fn ctc(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let letters = ["a", "é", "가", "", "ffi", "\u{2028}", "字"];
    let n_letters = usize::from(first & 15) + 1;
    let text: String = letters
        .into_iter()
        .cycle()
        .take(n_letters)
        .map(|letter| letter.to_owned() + "\n")
        .collect();
    let has_space = usize::from(first >> 4 & 1);
    let dictionary = Dictionary::for_test(&text, n_letters + 1 + has_space);
    let values: Vec<f32> = rest.iter().copied().map(number).collect();
    check_text(&values, &dictionary);
}

/// Asserts that the text is that of the most probable classes, one a step at most, and the
/// confidence a share; and that there is none when a step holds no number.
fn check_text(values: &[f32], dictionary: &Dictionary) {
    let mut steps = values.chunks_exact(dictionary.len());
    let holds_numbers = steps.all(|step| step.iter().any(|value| !value.is_nan()));
    let read = decode(values, dictionary);
    assert_eq!(read.is_some(), holds_numbers);
    let Some(line) = read else { return };
    let mut expected = String::new();
    let mut before = 0;
    let mut kept = Vec::new();
    for step in values.chunks_exact(dictionary.len()) {
        let mut best = None;
        for (class, value) in step.iter().enumerate() {
            if !value.is_nan() && best.is_none_or(|(_, highest)| *value > highest) {
                best = Some((class, *value));
            }
        }
        let (class, value) = best.expect("invariant: every step holds a number");
        if class != 0 && class != before {
            expected.push_str(dictionary.text(class));
            kept.push(value);
        }
        before = class;
    }
    assert_eq!(line.text, expected);
    assert!(
        (0.0..=1.0).contains(&line.confidence),
        "confidence {} of {kept:?}",
        line.confidence
    );
    if kept.is_empty() {
        assert_eq!(line.confidence, 0.0);
    }
}

/// Finds the lines of a detector's answer: the first five bytes are its width and the
/// settings, each further one is a probability.
pub fn boxes(bytes: &[u8]) {
    let Some((&[columns, pixel, mean, grown, other], rest)) = bytes.split_first_chunk() else {
        return;
    };
    let settings = DbSettings {
        pixel_threshold: f32::from(pixel) / 255.0,
        box_threshold: f32::from(mean) / 255.0,
        unclip_ratio: f32::from(grown) / 16.0,
        max_candidates: usize::from(other >> 4) + 1,
        min_side: f32::from(other & 15) / 2.0,
    };
    let values: Vec<f32> = rest.iter().copied().map(number).collect();
    check_boxes(usize::from(columns) + 1, &values, &settings);
}

/// Asserts that boxes are few, finite, near the map and clockwise, and that a pixel that is no
/// number makes no box.
fn check_boxes(columns: usize, values: &[f32], settings: &DbSettings) {
    let map = Map::new(columns, values);
    let found = line_boxes(&map, settings);
    let is_text = |value: &&f32| **value > settings.pixel_threshold;
    assert!(found.len() <= settings.max_candidates);
    assert!(found.len() <= values.iter().filter(is_text).count());

    // A kernel's area is that of the map at most, so its shorter side is this at most, and no
    // corner is farther from the pixel that its side touches. It grows by half of it times the
    // ratio, on both axes.
    let shorter = (map.n_rows() as f32 * columns as f32).sqrt();
    let reach = shorter * (1.0 + settings.unclip_ratio) + 1.0;
    for quad in &found {
        for [x, y] in quad {
            assert!(
                (-reach..=columns as f32 + reach).contains(x)
                    && (-reach..=map.n_rows() as f32 + reach).contains(y),
                "{quad:?} is too far from {columns}x{}",
                map.n_rows()
            );
        }
        let slack = 1e-3 * (columns + map.n_rows()) as f32;
        assert!(doubled_area(quad) >= -slack, "{quad:?} is not clockwise");
        assert!(quad[1][0] >= quad[0][0] - slack, "{quad:?} reads leftwards");
    }

    if values.iter().any(|value| value.is_nan()) && map.n_rows() > 0 {
        let is_number = |value: &f32| if value.is_nan() { 0.0 } else { *value };
        let tidy: Vec<f32> = values.iter().map(is_number).collect();
        let of_tidy = line_boxes(&Map::new(columns, &tidy), settings);
        assert!(
            found.iter().all(|quad| of_tidy.contains(quad)),
            "a box out of what is no number"
        );
    }
}

/// Twice the area, positive when the corners run clockwise on the screen.
fn doubled_area(quad: &Quad) -> f32 {
    (0..4)
        .map(|i| {
            let ([x0, y0], [x1, y1]) = (quad[i], quad[(i + 1) % 4]);
            x0 * y1 - x1 * y0
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A probability, or what comes instead of one now and then.
    fn values(n: usize) -> impl Strategy<Value = Vec<f32>> {
        let value = prop_oneof![
            8 => (0_u8..=255).prop_map(number),
            8 => prop_oneof![Just(0.0_f32), Just(0.9)],
            1 => any::<f32>(),
        ];
        prop::collection::vec(value, 0..n)
    }

    /// A map with a bright rectangle in it, and noise on some pixels.
    fn scene() -> impl Strategy<Value = (usize, Vec<f32>)> {
        (6_usize..60, 6_usize..60).prop_flat_map(|(columns, rows)| {
            let noise = prop::collection::vec((0..columns * rows, any::<u8>()), 0..12);
            (0..columns / 2, 0..rows / 2, 1..columns, 1..rows, noise).prop_map(
                move |(left, top, width, height, noise)| {
                    let is_inside = |i: usize| {
                        (left..left + width).contains(&(i % columns))
                            && (top..top + height).contains(&(i / columns))
                    };
                    let value = |i| if is_inside(i) { 0.9 } else { 0.01 };
                    let mut values: Vec<f32> = (0..columns * rows).map(value).collect();
                    for (at, byte) in noise {
                        values[at] = number(byte);
                    }
                    (columns, values)
                },
            )
        })
    }

    proptest! {
        #[test]
        fn any_bytes_are_text(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            ctc(&bytes);
        }

        #[test]
        fn any_numbers_are_text(values in values(300)) {
            check_text(&values, &Dictionary::for_test("a\nb\n字", 5));
        }

        #[test]
        fn any_bytes_are_boxes(bytes in prop::collection::vec(any::<u8>(), 0..1500)) {
            boxes(&bytes);
        }

        #[test]
        fn any_numbers_are_boxes(columns in 1_usize..40, values in values(900)) {
            check_boxes(columns, &values, &DbSettings::default());
        }

        #[test]
        fn a_line_with_odd_pixels_is_a_box((columns, values) in scene()) {
            check_boxes(columns, &values, &DbSettings::default());
        }
    }

    #[test]
    fn maps_without_a_shape_and_of_one_value_are_no_trouble() {
        for value in ODD {
            for (columns, n) in [(1, 0), (1, 50), (50, 50), (50, 49), (64, 64 * 64)] {
                check_boxes(columns, &vec![value; n], &DbSettings::default());
            }
        }
    }
}
