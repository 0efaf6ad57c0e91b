//! Files that claim more than they hold are refused before memory is taken for the claim.

#[allow(dead_code, reason = "each test binary uses its part")]
mod files;

use files::{LONG, SHORT, Tiff, jpeg_claiming, png, png_chunk, zeros};
use overnight_image::{Limits, decode};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// What refusing may take beyond the file: tables, a copy of the file, an error.
const MOST_BYTES: usize = 4 << 20;

fn gif(canvas: (u16, u16), frame: (u16, u16)) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend([canvas.0.to_le_bytes(), canvas.1.to_le_bytes()].as_flattened());
    bytes.extend([0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
    bytes.extend([0x2c, 0, 0, 0, 0]);
    bytes.extend([frame.0.to_le_bytes(), frame.1.to_le_bytes()].as_flattened());
    bytes.extend([0, 2, 2, 0x4c, 0x01, 0, 0x3b]);
    bytes
}

fn riff(chunks: &[u8]) -> Vec<u8> {
    let length = u32::try_from(chunks.len() + 4).expect("few");
    [b"RIFF", length.to_le_bytes().as_slice(), b"WEBP", chunks].concat()
}

/// A lossless WebP file that claims this size.
fn webp(width: u32, height: u32) -> Vec<u8> {
    let sizes = (width - 1) | (height - 1) << 14;
    let mut chunk = b"VP8L\x0e\0\0\0\x2f".to_vec();
    chunk.extend(sizes.to_le_bytes());
    chunk.extend([0x07; 9]);
    riff(&chunk)
}

/// An animated WebP file with a canvas of 2^24 x 2^24.
fn animated_webp() -> Vec<u8> {
    let mut chunks = b"VP8X\x0a\0\0\0\x02\0\0\0\xff\xff\xff\xff\xff\xff".to_vec();
    chunks.extend(b"ANIM\x06\0\0\0\0\0\0\0\0\0");
    chunks.extend(b"ANMF\x10\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\0\0\0\0");
    riff(&chunks)
}

fn bmp(width: i32, height: i32) -> Vec<u8> {
    let mut bytes = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bytes.extend([width.to_le_bytes(), height.to_le_bytes()].as_flattened());
    bytes.extend([1, 0, 24, 0]);
    bytes.resize(0x3a, 0);
    bytes
}

fn rgb_tiff(width: u32, height: u32) -> Tiff {
    Tiff::new(width, height, &[8, 8, 8], 2, &[0; 64])
}

/// Name, file, and what the reason must say.
fn cases() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let tiny = png_chunk(b"IDAT", &zeros(1 << 16));
    let png_of =
        |width, height, depth, color| png(width, height, depth, color, std::slice::from_ref(&tiny));
    let jpeg_in_tiff = Tiff::new(64, 64, &[8, 8, 8], 2, &jpeg_claiming(16_000, 16_000));
    let mut strips = rgb_tiff(100, 100).bytes();
    let at = strips
        .windows(4)
        .position(|entry| entry == [0x11, 0x01, 4, 0])
        .expect("strip offsets");
    strips[at + 4..at + 8].copy_from_slice(&u32::MAX.to_le_bytes());
    vec![
        (
            "png of 10 gigapixels",
            png_of(100_000, 100_000, 8, 2),
            "at most 200000000 pixels",
        ),
        (
            "png of 2^31 x 1",
            png_of(i32::MAX as u32, 1, 8, 2),
            "at most 200000000 pixels",
        ),
        (
            "png of 16 bits",
            png(
                12_000,
                12_000,
                16,
                6,
                &[png_chunk(b"IDAT", &[0; 1_200_000])],
            ),
            "1152 MB to decode",
        ),
        (
            "png of little data",
            png_of(12_000, 12_000, 8, 2),
            "cannot hold",
        ),
        ("png of 1 bit", png_of(14_000, 14_000, 1, 0), "cannot hold"),
        (
            "gif canvas",
            gif((65_535, 65_535), (1, 1)),
            "at most 200000000 pixels",
        ),
        (
            "gif canvas of little data",
            gif((16_000, 12_000), (1, 1)),
            "cannot hold",
        ),
        ("gif frame", gif((32, 32), (65_535, 1321)), "cannot hold"),
        ("webp", webp(16_383, 16_383), "at most 200000000 pixels"),
        ("webp beyond memory", webp(14_000, 14_000), "MB to decode"),
        (
            "animated webp",
            animated_webp(),
            "failed to decode webp data",
        ),
        (
            "tiff",
            rgb_tiff(100_000, 100_000).bytes(),
            "at most 200000000 pixels",
        ),
        (
            "tiff of little data",
            rgb_tiff(10_000, 10_000).bytes(),
            "cannot hold",
        ),
        ("tiff of 2^32 strips", strips, "tiff data is truncated"),
        (
            "tiff of wide tiles",
            rgb_tiff(100, 1).tiled(1 << 30, 16).bytes(),
            "MB to decode",
        ),
        (
            "tiff with a large jpeg inside",
            jpeg_in_tiff.set(259, SHORT, &[7]).bytes(),
            "cannot hold",
        ),
        (
            "tiff fax of many lines",
            Tiff::new(1000, 190_000, &[1], 0, &[0; 8])
                .set(259, SHORT, &[4])
                .bytes(),
            "cannot hold",
        ),
        (
            "tiff with more rows a strip than there are",
            rgb_tiff(10_000, 10_000).set(278, LONG, &[u32::MAX]).bytes(),
            "cannot hold",
        ),
        (
            "jpeg",
            jpeg_claiming(65_535, 65_535),
            "at most 200000000 pixels",
        ),
        (
            "jpeg of little data",
            jpeg_claiming(14_000, 14_000),
            "cannot hold",
        ),
        ("jpeg without lines", jpeg_claiming(100, 0), "100x0 pixels"),
        ("bmp of least height", bmp(100, i32::MIN), "bmp"),
        ("bmp of most height", bmp(100, i32::MAX), "too large"),
        ("bmp of negative width", bmp(-5, 5), "egative width"),
        ("bmp of little data", bmp(10_000, -10_000), "cannot hold"),
        (
            "ppm",
            b"P6\n999999 999999\n255\n\0\0\0".to_vec(),
            "at most 200000000 pixels",
        ),
        (
            "ppm beyond numbers",
            b"P6\n99999999999999999999 1\n255\n\0".to_vec(),
            "pnm",
        ),
        (
            "ppm of little data",
            b"P6\n14000 14000\n255\n\0\0\0".to_vec(),
            "cannot hold",
        ),
        (
            "pam of many channels",
            b"P7\nWIDTH 9\nHEIGHT 9\nDEPTH 4000000000\nMAXVAL 255\nENDHDR\n\0".to_vec(),
            "pnm",
        ),
    ]
}

/// Bytes that were held at once, beyond those held before.
fn peak_while<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let result = work();
    (result, ALLOCATED.peak_usage().saturating_sub(before))
}

// One test, because what is allocated is counted for the whole process.
#[test]
fn claims_are_refused_before_memory_is_taken() {
    let mut wrong = Vec::new();
    for (name, bytes, expected) in cases() {
        let (decoded, peak) = peak_while(|| decode(&bytes, &Limits::default()));
        let reason = match decoded {
            Ok(decoded) => format!("decoded to {:?}", decoded.image.dimensions()),
            Err(error) => error.to_string(),
        };
        if !reason.contains(expected) || peak > MOST_BYTES {
            wrong.push(format!("{name}: {reason}; {peak} bytes"));
        }
    }
    // Metadata that expands: the image itself is fine, and must not cost what hides in it.
    let bomb = zeros(256 << 20);
    let text = |prefix: &[u8]| [prefix, bomb.as_slice()].concat();
    let pixels = png_chunk(b"IDAT", &zeros(1 << 16));
    let xmp = b"XML:com.adobe.xmp\0\x01\0\0\0";
    for (name, chunk) in [
        ("iCCP", png_chunk(b"iCCP", &text(b"icc\0\0"))),
        ("zTXt", png_chunk(b"zTXt", &text(b"Comment\0\0"))),
        ("iTXt", png_chunk(b"iTXt", &text(xmp))),
    ] {
        let bytes = png(64, 64, 8, 0, &[chunk, pixels.clone()]);
        let (decoded, peak) = peak_while(|| decode(&bytes, &Limits::default()));
        if peak > MOST_BYTES + 8 * bytes.len() {
            wrong.push(format!(
                "{name}: {peak} bytes, {:?}",
                decoded.map(|d| d.notes)
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
