//! Every kind of pixel and of file that is read, and reduction while decoding.

#[allow(dead_code, reason = "each test binary uses its part")]
mod files;

use files::{LONG, SHORT, Tiff, picture};
use overnight_image::{
    DecodeError, Decoded, Encoding, Enough, Format, Limits, RgbImage, decode, decode_enough,
    encode, psnr_db,
};

fn read(bytes: &[u8]) -> Decoded {
    decode(bytes, &Limits::default()).expect("an image")
}

fn reds(image: &RgbImage) -> Vec<u8> {
    image.pixels().map(|pixel| pixel[0]).collect()
}

#[test]
fn whole_files_are_read_and_no_prefix_passes_for_whole() {
    for (name, bytes) in files::whole() {
        let whole = read(&bytes);
        // What stands behind the pixels may be missing unnoticed: the last chunk of a PNG
        // file, a GIF file's second frame, the directory's link in a TIFF file.
        let end = match whole.format {
            Format::Png => bytes.len() - 20,
            Format::Gif => bytes.len() / 2 - 20,
            Format::Tiff => bytes.len() - 220.min(bytes.len() / 2),
            _ => bytes.len(),
        };
        for end in 0..end {
            let cut = decode(&bytes[..end], &Limits::default());
            assert!(cut.is_err(), "{name} cut at {end} of {}", bytes.len());
        }
    }
}

#[test]
fn a_cut_file_is_said_to_be_cut() {
    for (name, bytes) in files::whole() {
        let cut = decode(&bytes[..bytes.len() / 2], &Limits::default());
        if Format::of(&bytes) == Some(Format::Gif) || name.contains("tiff") {
            continue;
        }
        assert!(
            matches!(cut, Err(DecodeError::Truncated { .. })),
            "{name}: {cut:?}"
        );
    }
}

#[test]
fn tiff_palettes_tiles_and_floats() {
    let palette = read(&files::palette_tiff()).image;
    let expected = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255; 3]];
    assert_eq!(palette.as_raw(), expected.as_flattened());
    let tiled = read(&files::tiled_tiff()).image;
    assert_eq!(tiled.dimensions(), (20, 10));
    assert_eq!(tiled.get_pixel(19, 9).0, [90; 3]);
    assert_eq!(reds(&read(&files::float_tiff()).image), [0, 128, 255]);
}

#[test]
fn tiff_samples_of_many_kinds() {
    let grey =
        |bits: u32, photometric, data: &[u8]| Tiff::new(4, 1, &[bits], photometric, data).bytes();
    let cases = [
        (
            "1 bit, white is zero",
            grey(1, 0, &[0b0101_0000]),
            [255, 0, 255, 0],
        ),
        ("4 bits", grey(4, 1, &[0x0f, 0x78]), [0, 255, 119, 136]),
        (
            "16 bits",
            grey(16, 1, &[0, 0, 255, 255, 0, 128, 1, 128]),
            [0, 255, 128, 128],
        ),
        // A scanner's 12 bits in 16.
        (
            "12 bits",
            grey(16, 1, &[0, 0, 255, 15, 255, 7, 0, 8]),
            [0, 255, 127, 128],
        ),
        (
            "premultiplied alpha",
            Tiff::new(
                4,
                1,
                &[8; 4],
                2,
                &[0; 12]
                    .map(|_| 100)
                    .into_iter()
                    .chain([0; 4])
                    .collect::<Vec<u8>>(),
            )
            .set(338, SHORT, &[1])
            .bytes(),
            [255, 255, 255, 255],
        ),
        (
            "planes",
            Tiff::new(4, 1, &[8; 3], 2, &[1, 2, 3, 4, 0, 0, 0, 0, 9, 9, 9, 9])
                .set(284, SHORT, &[2])
                .set(273, LONG, &[164, 168, 172])
                .set(279, LONG, &[4, 4, 4])
                .bytes(),
            [1, 2, 3, 4],
        ),
        (
            "ink",
            Tiff::new(
                4,
                1,
                &[8; 4],
                5,
                &[0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 0, 255, 255, 0],
            )
            .bytes(),
            [255, 0, 0, 255],
        ),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(reds(&read(&bytes).image), expected, "{name}");
    }
    let signed = Tiff::new(4, 1, &[8], 1, &[0; 4])
        .set(339, SHORT, &[2])
        .bytes();
    let error = decode(&signed, &Limits::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the tiff data uses 8-bit Int samples, which is not read"
    );
}

#[test]
fn pages_are_counted_and_turned_upright() {
    let turned = Tiff::new(2, 1, &[8], 1, &[0, 200])
        .set(274, SHORT, &[6])
        .bytes();
    let turned = read(&turned);
    assert_eq!(turned.image.dimensions(), (1, 2));
    assert_eq!(turned.notes, ["turned upright (orientation 6)"]);
    let gif = files::whole()
        .into_iter()
        .find(|(name, _)| *name == "gif")
        .unwrap()
        .1;
    assert_eq!(read(&gif).notes, ["the first of 2 frames is read"]);
}

#[test]
fn what_is_often_among_images_is_named() {
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    let error = decode(heic, &Limits::default()).unwrap_err();
    assert!(
        error.to_string().starts_with("the content is HEIC;"),
        "{error}"
    );
}

/// The mean of each square of `factor` x `factor` pixels.
fn averaged(image: &RgbImage, factor: u32) -> RgbImage {
    let (width, height) = image.dimensions();
    RgbImage::from_fn(width.div_ceil(factor), height.div_ceil(factor), |x, y| {
        let across = x * factor..(x * factor + factor).min(width);
        let down = y * factor..(y * factor + factor).min(height);
        let mut sum = [0; 3];
        for (x, y) in down
            .clone()
            .flat_map(|y| across.clone().map(move |x| (x, y)))
        {
            for (sum, sample) in sum.iter_mut().zip(image.get_pixel(x, y).0) {
                *sum += u32::from(sample);
            }
        }
        let count = (across.len() * down.len()) as u32;
        image::Rgb(sum.map(|sum| (sum / count) as u8))
    })
}

#[test]
fn reduction_keeps_what_is_asked_for_and_looks_like_averaging() {
    let whole = picture(403, 301);
    let bytes = encode(&whole, Encoding::Jpeg { quality: 95 }).unwrap();
    let enough = |pixels, shorter_side| Enough {
        pixels,
        shorter_side,
    };
    for (wanted, factor) in [
        (Enough::WHOLE, 1),
        (enough(20_000, 0), 2),
        (enough(5_000, 0), 4),
        (enough(1_000, 0), 8),
        (enough(1_000, 100), 2),
        (enough(1_000, 200), 1),
    ] {
        let decoded = decode_enough(&bytes, &Limits::default(), wanted).unwrap();
        let (width, height) = (403_u32.div_ceil(factor), 301_u32.div_ceil(factor));
        assert_eq!(decoded.image.dimensions(), (width, height), "{wanted:?}");
        assert_eq!(decoded.reduction.factor, factor);
        assert_eq!(decoded.reduction.original, (403, 301));
        let told = decoded
            .notes
            .iter()
            .any(|note| note.starts_with("decoded at 1/"));
        assert_eq!(told, factor > 1);
        let averaged = averaged(&whole, factor);
        let psnr = psnr_db(&averaged, &decoded.image).unwrap().unwrap();
        assert!(psnr > 25.0, "1/{factor}: {psnr} dB");
    }
}

#[test]
fn other_formats_are_never_reduced() {
    let enough = Enough {
        pixels: 10,
        shorter_side: 1,
    };
    for (name, bytes) in files::whole() {
        let decoded = decode_enough(&bytes, &Limits::default(), enough).unwrap();
        assert_eq!(
            decoded.reduction.factor > 1,
            name.contains("jpeg"),
            "{name}"
        );
    }
}
