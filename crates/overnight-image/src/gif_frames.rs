//! The frames of a GIF file, without their pixels.

/// Image descriptors up to the trailer or the end of the data (GIF89a).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct GifFrames {
    pub(crate) count: usize,
    /// Width and height of the first frame, which need not be those of the canvas.
    pub(crate) first: Option<(u32, u32)>,
}

impl GifFrames {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut frames = Self::default();
        let mut at = 13 + bytes.get(10).map_or(0, |flags| colour_bytes(*flags));
        loop {
            match bytes.get(at) {
                Some(0x21) => at += 2,
                Some(0x2c) => {
                    let Some(&[w0, w1, h0, h1, flags]) = bytes.get(at + 5..at + 10) else {
                        return frames;
                    };
                    frames.count += 1;
                    frames.first.get_or_insert((
                        u32::from(u16::from_le_bytes([w0, w1])),
                        u32::from(u16::from_le_bytes([h0, h1])),
                    ));
                    // The descriptor, its colours, and the size of the first code.
                    at += 10 + colour_bytes(flags) + 1;
                }
                _ => return frames,
            }
            while let Some(length) = bytes.get(at) {
                at += 1 + usize::from(*length);
                if *length == 0 {
                    break;
                }
            }
        }
    }
}

/// Length of a colour table, of which the flags say whether there is one.
fn colour_bytes(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        0
    } else {
        6 << (flags & 7)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::gif::GifEncoder;
    use image::{Frame, RgbaImage};

    #[test]
    fn frames_of_a_gif_are_counted_and_its_prefixes_are_harmless() {
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new(&mut bytes);
        for shade in [0, 100, 200] {
            let image = RgbaImage::from_pixel(30, 20, image::Rgba([shade, shade, 0, 255]));
            encoder.encode_frame(Frame::new(image)).unwrap();
        }
        drop(encoder);
        assert_eq!(GifFrames::of(&bytes).count, 3);
        assert_eq!(GifFrames::of(&bytes).first, Some((30, 20)));
        for end in 0..bytes.len() {
            assert!(GifFrames::of(&bytes[..end]).count <= 3);
        }
    }
}
