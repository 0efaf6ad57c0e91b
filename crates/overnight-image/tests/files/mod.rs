//! Small files of every format, whole ones and the parts of which broken ones are made.

use std::io::Write as _;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat};
use overnight_image::{Encoding, RgbImage, encode};

/// A picture with flat parts, edges and colours.
pub(crate) fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        if (x / 6 + y / 5) % 3 == 0 {
            image::Rgb([20, 30, 40])
        } else {
            image::Rgb([250 - (x % 64) as u8, 240, 200 + (y % 32) as u8])
        }
    })
}

fn stored(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, format)
        .expect("an encoded image");
    bytes.into_inner()
}

/// A whole file of every format, by name.
pub(crate) fn whole() -> Vec<(&'static str, Vec<u8>)> {
    let rgb = picture(37, 29);
    let image = DynamicImage::ImageRgb8(rgb.clone());
    let grey = DynamicImage::ImageLuma8(image.to_luma8());
    let alpha = DynamicImage::ImageRgba8(image.to_rgba8());
    let encoded = |encoding| encode(&rgb, encoding).expect("an encoded image");
    let mut gif = Vec::new();
    let mut frames = GifEncoder::new(&mut gif);
    for _ in 0..2 {
        let frame = Frame::new(image.to_rgba8());
        frames.encode_frame(frame).expect("an encoded frame");
    }
    drop(frames);
    vec![
        ("jpeg", encoded(Encoding::Jpeg { quality: 80 })),
        ("grey jpeg", stored(&grey, ImageFormat::Jpeg)),
        ("png", encoded(Encoding::Png)),
        ("png with alpha", stored(&alpha, ImageFormat::Png)),
        (
            "png of 16 bits",
            stored(
                &DynamicImage::ImageRgb16(image.to_rgb16()),
                ImageFormat::Png,
            ),
        ),
        ("lossy webp", encoded(Encoding::WebP { quality: 80 })),
        ("lossless webp", encoded(Encoding::WebPLossless)),
        ("webp with alpha", stored(&alpha, ImageFormat::WebP)),
        ("gif", gif),
        ("bmp", stored(&image, ImageFormat::Bmp)),
        ("ppm", pnm(&rgb)),
        ("tiff", stored(&image, ImageFormat::Tiff)),
        ("palette tiff", palette_tiff()),
        ("tiff in tiles", tiled_tiff()),
        ("tiff of floats", float_tiff()),
    ]
}

fn pnm(image: &RgbImage) -> Vec<u8> {
    let mut bytes = format!("P6\n{} {}\n255\n", image.width(), image.height()).into_bytes();
    bytes.extend(image.as_raw());
    bytes
}

/// A TIFF file of one directory, little-endian: tag, type and values of each entry; the
/// data of the one strip or tile follow at the end.
pub(crate) struct Tiff {
    entries: Vec<(u16, u16, Vec<u32>)>,
    data: Vec<u8>,
}

pub(crate) const SHORT: u16 = 3;
pub(crate) const LONG: u16 = 4;

impl Tiff {
    pub(crate) fn new(
        width: u32,
        height: u32,
        bits: &[u32],
        photometric: u32,
        data: &[u8],
    ) -> Self {
        let entries = vec![
            (256, LONG, vec![width]),
            (257, LONG, vec![height]),
            (258, SHORT, bits.to_vec()),
            (259, SHORT, vec![1]),
            (262, SHORT, vec![photometric]),
            (273, LONG, vec![0]),
            (277, SHORT, vec![u32::try_from(bits.len()).expect("few")]),
            (278, LONG, vec![height]),
            (279, LONG, vec![u32::try_from(data.len()).expect("few")]),
        ];
        Self {
            entries,
            data: data.to_vec(),
        }
    }

    /// Adds an entry, or replaces the one of the same tag.
    pub(crate) fn set(mut self, tag: u16, kind: u16, values: &[u32]) -> Self {
        self.entries.retain(|entry| entry.0 != tag);
        self.entries.push((tag, kind, values.to_vec()));
        self.entries.sort_by_key(|entry| entry.0);
        self
    }

    /// Tiles of this size in place of strips.
    pub(crate) fn tiled(mut self, width: u32, height: u32) -> Self {
        let length = self.data.len();
        self.entries
            .retain(|entry| ![273, 278, 279].contains(&entry.0));
        self.set(322, LONG, &[width])
            .set(323, LONG, &[height])
            .set(324, LONG, &[0])
            .set(325, LONG, &[u32::try_from(length).expect("few")])
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let directory = 8 + 2 + self.entries.len() * 12 + 4;
        let size = |kind: u16| if kind == SHORT { 2 } else { 4 };
        let outside: usize = self
            .entries
            .iter()
            .map(|(_, kind, values)| values.len() * size(*kind))
            .filter(|length| *length > 4)
            .sum();
        let data_at = u32::try_from(directory + outside).expect("few");
        let mut head = b"II*\0\x08\0\0\0".to_vec();
        head.extend(
            u16::try_from(self.entries.len())
                .expect("few")
                .to_le_bytes(),
        );
        let mut tail = Vec::new();
        for (tag, kind, values) in &self.entries {
            let values = if matches!(tag, 273 | 324) && values == &[0] {
                &vec![data_at]
            } else {
                values
            };
            let mut stored = Vec::new();
            for value in values {
                stored.extend_from_slice(&value.to_le_bytes()[..size(*kind)]);
            }
            head.extend(tag.to_le_bytes());
            head.extend(kind.to_le_bytes());
            head.extend(u32::try_from(values.len()).expect("few").to_le_bytes());
            if stored.len() > 4 {
                let at = u32::try_from(directory + tail.len()).expect("few");
                head.extend(at.to_le_bytes());
                tail.extend(stored);
            } else {
                stored.resize(4, 0);
                head.extend(stored);
            }
        }
        head.extend([0; 4]);
        head.extend(tail);
        head.extend(&self.data);
        head
    }
}

/// Four pixels, indices 0 to 3 of 2 bits: red, green, blue, white.
pub(crate) fn palette_tiff() -> Vec<u8> {
    let map = [
        [65535, 0, 0, 65535],
        [0, 65535, 0, 65535],
        [0, 0, 65535, 65535],
    ];
    Tiff::new(4, 1, &[2], 3, &[0b0001_1011])
        .set(320, SHORT, map.as_flattened())
        .bytes()
}

/// 20 x 10 grey pixels in a tile of 32 x 16; each has ten times its row as value.
pub(crate) fn tiled_tiff() -> Vec<u8> {
    let data: Vec<u8> = (0..16).flat_map(|row| [row * 10; 32]).collect();
    Tiff::new(20, 10, &[8], 1, &data).tiled(32, 16).bytes()
}

/// Three grey pixels: 0, 0.5 and 1.
pub(crate) fn float_tiff() -> Vec<u8> {
    let data: Vec<u8> = [0.0_f32, 0.5, 1.0]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    Tiff::new(3, 1, &[32], 1, &data)
        .set(339, SHORT, &[3])
        .bytes()
}

/// A chunk of a PNG file.
pub(crate) fn png_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut chunk = u32::try_from(data.len())
        .expect("few")
        .to_be_bytes()
        .to_vec();
    chunk.extend(name);
    chunk.extend(data);
    let mut crc = flate2::Crc::new();
    crc.update(name);
    crc.update(data);
    chunk.extend(crc.sum().to_be_bytes());
    chunk
}

/// A PNG file of these chunks, with a header of this size, depth and colour type.
pub(crate) fn png(width: u32, height: u32, depth: u8, color: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([depth, color, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(png_chunk(b"IHDR", &header));
    bytes.extend(chunks.concat());
    bytes.extend(png_chunk(b"IEND", &[]));
    bytes
}

/// `length` zeros, compressed some thousandfold.
pub(crate) fn zeros(length: usize) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![0; 1 << 16];
    for _ in 0..length / block.len() {
        encoder.write_all(&block).expect("a vector");
    }
    encoder.finish().expect("a vector")
}

/// A JPEG file that claims this size.
pub(crate) fn jpeg_claiming(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = encode(&picture(16, 16), Encoding::Jpeg { quality: 80 }).expect("JPEG");
    let at = bytes
        .windows(2)
        .position(|pair| pair == [0xff, 0xc0])
        .expect("a frame header");
    bytes[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    bytes[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}
