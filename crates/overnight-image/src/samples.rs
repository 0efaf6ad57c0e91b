//! A decoder's samples, whatever their kind, to RGB with 8 bits a channel, in place.

use image::{ColorType, RgbImage};

/// Which samples make a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channels {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    /// Colour already multiplied by alpha.
    RgbaPremultiplied,
    /// Ink: 0 is none.
    Cmyk,
}

/// What a sample is, in the machine's byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    U8,
    U16,
    U32,
    F32,
    F64,
}

/// How samples lie in a buffer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Samples {
    pub(crate) channels: Channels,
    pub(crate) depth: Depth,
    /// The value that is white, or full ink: 255, 65535, 1.0, ...
    pub(crate) white: f64,
}

/// What conversion came upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Found {
    /// Some pixel is not opaque.
    pub(crate) is_transparent: bool,
    /// Transparent, and nothing of it differs from the white it is laid over.
    pub(crate) is_invisible: bool,
}

impl Channels {
    pub(crate) fn count(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::RgbaPremultiplied | Self::Cmyk => 4,
        }
    }
}

impl Depth {
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// The value of the sample that `bytes` begins with.
    pub(crate) fn value(self, bytes: &[u8]) -> f64 {
        match (self, bytes) {
            (Self::U8, &[a, ..]) => f64::from(a),
            (Self::U16, &[a, b, ..]) => f64::from(u16::from_ne_bytes([a, b])),
            (Self::U32, &[a, b, c, d, ..]) => f64::from(u32::from_ne_bytes([a, b, c, d])),
            (Self::F32, &[a, b, c, d, ..]) => f64::from(f32::from_ne_bytes([a, b, c, d])),
            (Self::F64, &[a, b, c, d, e, f, g, h, ..]) => {
                f64::from_ne_bytes([a, b, c, d, e, f, g, h])
            }
            _ => 0.0,
        }
    }
}

impl Samples {
    /// `None` for a type this build of `image` did not have.
    pub(crate) fn of(color: ColorType) -> Option<Self> {
        let (channels, depth) = match color {
            ColorType::L8 => (Channels::Grey, Depth::U8),
            ColorType::La8 => (Channels::GreyAlpha, Depth::U8),
            ColorType::Rgb8 => (Channels::Rgb, Depth::U8),
            ColorType::Rgba8 => (Channels::Rgba, Depth::U8),
            ColorType::L16 => (Channels::Grey, Depth::U16),
            ColorType::La16 => (Channels::GreyAlpha, Depth::U16),
            ColorType::Rgb16 => (Channels::Rgb, Depth::U16),
            ColorType::Rgba16 => (Channels::Rgba, Depth::U16),
            ColorType::Rgb32F => (Channels::Rgb, Depth::F32),
            ColorType::Rgba32F => (Channels::Rgba, Depth::F32),
            _ => return None,
        };
        Some(Self::new(channels, depth))
    }

    /// Samples that use the range of their depth.
    pub(crate) fn new(channels: Channels, depth: Depth) -> Self {
        Self {
            channels,
            depth,
            white: match depth {
                Depth::U8 => 255.0,
                Depth::U16 => 65_535.0,
                Depth::U32 => f64::from(u32::MAX),
                Depth::F32 | Depth::F64 => 1.0,
            },
        }
    }

    pub(crate) fn pixel_bytes(self) -> usize {
        self.channels.count() * self.depth.bytes()
    }

    /// Bytes a pixel takes at most, before, while and after it becomes RGB.
    pub(crate) fn working_bytes(self) -> usize {
        self.pixel_bytes().max(3)
    }

    /// A buffer to decode into, and where in it the samples of `pixels` pixels begin: at its
    /// end, so that [`Samples::into_rgb`] can write from its beginning without a second one.
    pub(crate) fn buffer(self, pixels: usize) -> (Vec<u8>, usize) {
        let spare = (self.working_bytes() - self.pixel_bytes()) * pixels;
        (vec![0; self.working_bytes() * pixels], spare)
    }

    /// Converts a buffer as [`Samples::buffer`] gives them, filled, to `width` x `height`
    /// pixels. Transparent parts are laid over white.
    pub(crate) fn into_rgb(
        self,
        mut buffer: Vec<u8>,
        width: u32,
        height: u32,
    ) -> Option<(RgbImage, Found)> {
        let pixels = width as usize * height as usize;
        if buffer.len() != self.working_bytes() * pixels {
            return None;
        }
        let mut found = Found::default();
        if self != Self::new(Channels::Rgb, Depth::U8) {
            match self.depth {
                Depth::U8 => self.repack_bytes(&mut buffer, pixels, &mut found),
                // 65535 / 255 is 257.
                Depth::U16 if self.white == 65_535.0 => {
                    self.repack(&mut buffer, pixels, &mut found, |s| {
                        let value = u32::from(u16::from_ne_bytes([s[0], s[1]]));
                        u8::try_from((value + 128) / 257).unwrap_or(255)
                    });
                }
                depth => {
                    let scale = 255.0 / self.white;
                    self.repack(&mut buffer, pixels, &mut found, |s| {
                        // The cast saturates; what is not a number becomes 0.
                        (depth.value(s) * scale).round() as u8
                    });
                }
            }
            buffer.truncate(3 * pixels);
            buffer.shrink_to_fit();
        }
        RgbImage::from_raw(width, height, buffer).map(|image| (image, found))
    }

    /// [`Samples::repack`] for the kinds that are common.
    fn repack_bytes(self, buffer: &mut [u8], pixels: usize, found: &mut Found) {
        let (mut least_alpha, mut darkest) = (255, 255);
        match self.channels {
            Channels::Grey => repack_blocks::<1>(buffer, pixels, |&[grey]| [grey; 3]),
            Channels::GreyAlpha => repack_blocks::<2>(buffer, pixels, |&[grey, alpha]| {
                let grey = over_white(grey, alpha);
                least_alpha = alpha.min(least_alpha);
                darkest = grey.min(darkest);
                [grey; 3]
            }),
            Channels::Rgba => repack_blocks::<4>(buffer, pixels, |&[r, g, b, alpha]| {
                let rgb = [r, g, b].map(|sample| over_white(sample, alpha));
                least_alpha = alpha.min(least_alpha);
                darkest = rgb[0].min(rgb[1]).min(rgb[2]).min(darkest);
                rgb
            }),
            _ => return self.repack(buffer, pixels, found, |s| s[0]),
        }
        *found = Found::of(least_alpha, darkest);
    }

    /// Writes pixel after pixel to the beginning of the buffer. With fewer than three bytes
    /// a pixel the samples begin further behind, so what is written has been read in either
    /// case.
    fn repack(
        self,
        buffer: &mut [u8],
        pixels: usize,
        found: &mut Found,
        to_8_bits: impl Fn(&[u8]) -> u8,
    ) {
        let (stride, step) = (self.pixel_bytes(), self.depth.bytes());
        let start = buffer.len() - stride * pixels;
        let (mut least_alpha, mut darkest) = (255, 255);
        for index in 0..pixels {
            let at = start + index * stride;
            let pixel = &buffer[at..at + stride];
            let sample = |channel: usize| to_8_bits(&pixel[channel * step..]);
            let rgb = match self.channels {
                Channels::Grey => [sample(0); 3],
                Channels::Rgb => [sample(0), sample(1), sample(2)],
                Channels::GreyAlpha => {
                    let alpha = sample(1);
                    least_alpha = alpha.min(least_alpha);
                    [over_white(sample(0), alpha); 3]
                }
                Channels::Rgba => {
                    let alpha = sample(3);
                    least_alpha = alpha.min(least_alpha);
                    [0, 1, 2].map(|channel| over_white(sample(channel), alpha))
                }
                Channels::RgbaPremultiplied => {
                    let alpha = sample(3);
                    least_alpha = alpha.min(least_alpha);
                    [0, 1, 2].map(|channel| sample(channel).saturating_add(255 - alpha))
                }
                Channels::Cmyk => {
                    let light = 255 - u32::from(sample(3));
                    [0, 1, 2].map(|channel| {
                        let light = (255 - u32::from(sample(channel))) * light;
                        u8::try_from((light + 127) / 255).unwrap_or(255)
                    })
                }
            };
            darkest = rgb[0].min(rgb[1]).min(rgb[2]).min(darkest);
            buffer[index * 3..index * 3 + 3].copy_from_slice(&rgb);
        }
        *found = Found::of(least_alpha, darkest);
    }
}

impl Found {
    fn of(least_alpha: u8, darkest: u8) -> Self {
        Self {
            is_transparent: least_alpha < 255,
            is_invisible: least_alpha < 255 && darkest > 250,
        }
    }
}

/// As [`Samples::repack`], with as many pixels at once as the processor likes to take: a block
/// is copied out before its place may be written to.
fn repack_blocks<const STRIDE: usize>(
    buffer: &mut [u8],
    pixels: usize,
    mut to_rgb: impl FnMut(&[u8; STRIDE]) -> [u8; 3],
) {
    const BLOCK: usize = 256;
    let start = buffer.len() - STRIDE * pixels;
    let mut copy = [[0; STRIDE]; BLOCK];
    for first in (0..pixels).step_by(BLOCK) {
        let count = BLOCK.min(pixels - first);
        let at = start + first * STRIDE;
        let source = &buffer[at..at + count * STRIDE];
        copy.as_flattened_mut()[..source.len()].copy_from_slice(source);
        let target = &mut buffer[first * 3..(first + count) * 3];
        for (rgb, pixel) in target.as_chunks_mut::<3>().0.iter_mut().zip(&copy) {
            *rgb = to_rgb(pixel);
        }
    }
}

fn over_white(sample: u8, alpha: u8) -> u8 {
    let alpha = u32::from(alpha);
    let blended = (u32::from(sample) * alpha + 255 * (255 - alpha) + 127) / 255;
    u8::try_from(blended).unwrap_or(255)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(samples: Samples, bytes: &[u8]) -> (Vec<u8>, Found) {
        let pixels = bytes.len() / samples.pixel_bytes();
        let (mut buffer, start) = samples.buffer(pixels);
        buffer[start..].copy_from_slice(bytes);
        let width = u32::try_from(pixels).unwrap();
        let (image, found) = samples.into_rgb(buffer, width, 1).unwrap();
        (image.into_raw(), found)
    }

    #[test]
    fn transparent_pixels_become_white() {
        let rgba = Samples::new(Channels::Rgba, Depth::U8);
        let (rgb, found) = convert(rgba, &[10, 20, 30, 0, 10, 20, 30, 255]);
        assert_eq!(rgb, [255, 255, 255, 10, 20, 30]);
        assert!(found.is_transparent && !found.is_invisible);
        let (rgb, found) = convert(rgba, &[255, 255, 255, 255, 0, 0, 0, 0]);
        assert_eq!(rgb, [255; 6]);
        assert!(found.is_invisible, "white on nothing");
        let (_, found) = convert(rgba, &[255; 8]);
        assert_eq!(found, Found::default(), "white and opaque");
    }

    #[test]
    fn images_longer_than_a_block_keep_their_order() {
        for channels in [Channels::Grey, Channels::GreyAlpha, Channels::Rgba] {
            let samples = Samples::new(channels, Depth::U8);
            let values: Vec<u8> = (0..1000_usize).map(|index| (index % 251) as u8).collect();
            let pixel = |value: &u8| match channels {
                Channels::Grey => vec![*value],
                Channels::GreyAlpha => vec![*value, 255],
                _ => vec![*value, *value, *value, 255],
            };
            let bytes: Vec<u8> = values.iter().flat_map(pixel).collect();
            let (rgb, _) = convert(samples, &bytes);
            let expected: Vec<u8> = values.iter().flat_map(|value| [*value; 3]).collect();
            assert_eq!(rgb, expected, "{channels:?}");
        }
    }

    #[test]
    fn every_kind_is_converted_in_place() {
        let grey = |depth| Samples::new(Channels::Grey, depth);
        let native = |values: &[u16]| values.iter().flat_map(|v| v.to_ne_bytes()).collect();
        let words: Vec<u8> = native(&[0, 32_896, 65_535]);
        let cases: [(Samples, Vec<u8>, [u8; 3]); 5] = [
            (grey(Depth::U8), vec![1, 2, 3], [1, 2, 3]),
            (grey(Depth::U16), words, [0, 128, 255]),
            (
                Samples::new(Channels::GreyAlpha, Depth::U8),
                vec![0, 255, 0, 0, 90, 255],
                [0, 255, 90],
            ),
            (
                grey(Depth::F32),
                [-1.0_f32, 0.5, f32::NAN]
                    .iter()
                    .flat_map(|v| v.to_ne_bytes())
                    .collect(),
                [0, 128, 0],
            ),
            (
                Samples {
                    white: 4095.0,
                    ..grey(Depth::U16)
                },
                native(&[0, 4095, 8000]),
                [0, 255, 255],
            ),
        ];
        for (samples, bytes, expected) in cases {
            let (rgb, _) = convert(samples, &bytes);
            let expected: Vec<u8> = expected.iter().flat_map(|v| [*v; 3]).collect();
            assert_eq!(rgb, expected, "{samples:?}");
        }
    }

    #[test]
    fn ink_takes_light_away() {
        let cmyk = Samples::new(Channels::Cmyk, Depth::U8);
        let (rgb, _) = convert(cmyk, &[0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0]);
        assert_eq!(rgb, [255, 255, 255, 0, 0, 0, 0, 255, 255]);
    }
}
