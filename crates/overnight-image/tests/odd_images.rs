//! Decoding of broken and odd files, as other libraries meet them.

use std::collections::BTreeMap;
use std::path::Path;

use overnight_image::{DecodeError, Decoded, Format, Limits, decode};
use overnight_testkit::Shared;

fn read(folder: &Path, name: &str) -> Result<Decoded, DecodeError> {
    decode(
        &std::fs::read(folder.join(name)).expect("a file"),
        &Limits::default(),
    )
}

#[test]
fn whole_images_are_read_and_broken_ones_are_refused() {
    let Some(folder) = Shared::path(
        "whole_images_are_read_and_broken_ones_are_refused",
        "data/odd_images",
    ) else {
        return;
    };
    let index = std::fs::read_to_string(folder.join("index.tsv")).expect("an index");
    // What Pillow 12 says of each file, but for these, which are broken enough to refuse
    // (a marker segment too short, a bad run length).
    let stricter = ["truncated_app14.jpg", "badrle.bmp"];
    let mut differing = BTreeMap::new();
    for row in index.lines().skip(1) {
        let fields: Vec<&str> = row.split('\t').collect();
        let (name, loads) = (fields[0], fields[3].ends_with(" loads"));
        let decoded = read(&folder, name);
        if decoded.is_ok() != (loads && !stricter.contains(&name)) {
            differing.insert(name.to_owned(), format!("{:?}", decoded.map(|d| d.notes)));
        }
    }
    assert!(differing.is_empty(), "{differing:#?}");
}

#[test]
fn orientation_alpha_and_format_are_told() {
    let test = "orientation_alpha_and_format_are_told";
    let Some(folder) = Shared::path(test, "data/odd_images") else {
        return;
    };
    let read = |name: &str| read(&folder, name).expect("an image");
    let turned = read("orientation_rectangle.jpg");
    assert_eq!(
        turned.image.dimensions(),
        (1, 2),
        "stored as 2x1, turned by a quarter"
    );
    for name in [
        "hopper_orientation_6.jpg",
        "hopper_orientation_6.webp",
        "xmp_tags_orientation.png",
    ] {
        assert!(
            read(name).notes[0].starts_with("turned upright (orientation "),
            "{name}"
        );
    }
    // A WebP image whose name says JPEG.
    assert_eq!(read("1118.jpg").format, Format::WebP);
    let transparent = read("black_font_color_transparent.png");
    assert_eq!(transparent.image.get_pixel(0, 0).0, [255; 3]);
}
