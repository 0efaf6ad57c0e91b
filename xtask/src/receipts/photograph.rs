//! Turns a page of ink into a photograph: paper, slant, shade, blur, noise.

use image::{Rgb, RgbImage};

use super::look::Look;
use super::page::{Ink, Phrase};
use super::rng::Rng;

/// Rim of table around the paper, in pixels.
const RIM: usize = 18;
/// Colour of the table.
const TABLE: [f32; 3] = [96.0, 84.0, 74.0];
/// Size of a grain of noise: the standard deviation of its blur in pixels.
const GRAIN: f32 = 0.8;

/// A turn about the page's centre, and the shift from page to photograph.
#[derive(Debug, Clone, Copy)]
struct Turn {
    sin: f32,
    cos: f32,
    centre: (f32, f32),
}

impl Turn {
    fn new(ink: &Ink, degrees: f32) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Self {
            sin,
            cos,
            centre: (ink.width as f32 / 2.0, ink.height as f32 / 2.0),
        }
    }

    /// Size of the photograph that shows the whole turned page and a rim.
    fn frame(self) -> (usize, usize) {
        let (w, h) = (2.0 * self.centre.0, 2.0 * self.centre.1);
        let width = w * self.cos.abs() + h * self.sin.abs();
        let height = h * self.cos.abs() + w * self.sin.abs();
        (
            width.ceil() as usize + 2 * RIM,
            height.ceil() as usize + 2 * RIM,
        )
    }

    /// Where a point of the page lies in the photograph.
    fn forward(self, x: f32, y: f32) -> (f32, f32) {
        let (w, h) = self.frame();
        let (x, y) = (x - self.centre.0, y - self.centre.1);
        (
            x * self.cos - y * self.sin + w as f32 / 2.0,
            x * self.sin + y * self.cos + h as f32 / 2.0,
        )
    }

    /// Where a point of the photograph lies on the page.
    fn backward(self, x: f32, y: f32) -> (f32, f32) {
        let (w, h) = self.frame();
        let (x, y) = (x - w as f32 / 2.0, y - h as f32 / 2.0);
        (
            x * self.cos + y * self.sin + self.centre.0,
            -x * self.sin + y * self.cos + self.centre.1,
        )
    }
}

/// The photograph, and for each phrase its four corners in it, clockwise from the upper left.
pub(crate) fn take(
    ink: &Ink,
    phrases: &[Phrase],
    look: &Look,
    rng: &mut Rng,
) -> (RgbImage, Vec<[(i32, i32); 4]>) {
    let turn = Turn::new(ink, look.slant_deg);
    let mut planes = paint(ink, turn, look, rng);
    for plane in &mut planes.data {
        blur(plane, planes.width, look.blur);
    }
    let quads = phrases
        .iter()
        .map(|phrase| quad(phrase, turn, look.blur))
        .collect();
    (expose(&planes, look, rng), quads)
}

/// Three colour planes, 0 to 255.
struct Planes {
    width: usize,
    height: usize,
    data: [Vec<f32>; 3],
}

fn paint(ink: &Ink, turn: Turn, look: &Look, rng: &mut Rng) -> Planes {
    let (width, height) = turn.frame();
    let mut planes = Planes {
        width,
        height,
        data: std::array::from_fn(|_| Vec::with_capacity(width * height)),
    };
    let band = rng.real(0.3, 0.7) * ink.width as f32;
    for y in 0..height {
        for x in 0..width {
            let (px, py) = turn.backward(x as f32 + 0.5, y as f32 + 0.5);
            let on_paper = edge(px, ink.width) * edge(py, ink.height);
            let distance = (px - band) / (0.2 * ink.width as f32);
            let pale = 1.0 - look.fading * (-distance * distance).exp();
            let printed = sample(ink, px - 0.5, py - 0.5) * look.print * pale;
            for (channel, plane) in planes.data.iter_mut().enumerate() {
                let paper = look.paper[channel] * (1.0 - printed) + 20.0 * printed;
                plane.push(TABLE[channel] * (1.0 - on_paper) + paper * on_paper);
            }
        }
    }
    planes
}

/// 1 inside `0..size`, 0 outside, with a soft step of one pixel between.
fn edge(position: f32, size: usize) -> f32 {
    (position + 0.5).clamp(0.0, 1.0) * (size as f32 - position + 0.5).clamp(0.0, 1.0)
}

/// Bilinear sample; no ink beyond the page.
fn sample(ink: &Ink, x: f32, y: f32) -> f32 {
    let at = |x: f32, y: f32| {
        if x < 0.0 || y < 0.0 || x >= ink.width as f32 || y >= ink.height as f32 {
            0.0
        } else {
            ink.data[y as usize * ink.width + x as usize]
        }
    };
    let (left, top) = (x.floor(), y.floor());
    let (fx, fy) = (x - left, y - top);
    let upper = at(left, top) * (1.0 - fx) + at(left + 1.0, top) * fx;
    let lower = at(left, top + 1.0) * (1.0 - fx) + at(left + 1.0, top + 1.0) * fx;
    upper * (1.0 - fy) + lower * fy
}

/// Separable Gaussian blur with repeated borders.
fn blur(plane: &mut [f32], width: usize, sigma: f32) {
    let radius = (3.0 * sigma).ceil() as isize;
    let weights: Vec<f32> = (-radius..=radius)
        .map(|d| (-(d * d) as f32 / (2.0 * sigma * sigma)).exp())
        .collect();
    let sum: f32 = weights.iter().sum();
    let height = plane.len() / width;
    let pass =
        |from: &[f32], to: &mut [f32], length: usize, step: usize, lines: usize, gap: usize| {
            for line in 0..lines {
                for i in 0..length {
                    let mut value = 0.0;
                    for (weight, d) in weights.iter().zip(-radius..=radius) {
                        let j = (i as isize + d).clamp(0, length as isize - 1) as usize;
                        value += weight * from[line * gap + j * step];
                    }
                    to[line * gap + i * step] = value / sum;
                }
            }
        };
    let mut between = vec![0.0; plane.len()];
    pass(plane, &mut between, width, 1, height, width);
    pass(&between, plane, height, width, width, 1);
}

/// Shade from one side and noise of the sensor.
fn expose(planes: &Planes, look: &Look, rng: &mut Rng) -> RgbImage {
    let mut photograph = RgbImage::new(planes.width as u32, planes.height as u32);
    // Brightness noise only, and smooth as a camera's demosaicing leaves it: colour noise and
    // single wild pixels cost bytes and test nothing more.
    let mut noise: Vec<f32> = (0..planes.width * planes.height)
        .map(|_| rng.normal())
        .collect();
    blur(&mut noise, planes.width, GRAIN);
    // A Gaussian blur leaves white noise 1 / (2 sigma sqrt(pi)) of its deviation.
    let strength = look.noise * 2.0 * GRAIN * std::f32::consts::PI.sqrt();
    for (index, pixel) in photograph.pixels_mut().enumerate() {
        let across = (index % planes.width) as f32 / planes.width as f32;
        let light = 1.0 - look.shade * across;
        let noise = noise[index] * strength;
        *pixel = Rgb(std::array::from_fn(|channel| {
            (planes.data[channel][index] * light + noise)
                .clamp(0.0, 255.0)
                .round() as u8
        }));
    }
    photograph
}

/// The corners of a phrase in the photograph, with the pixels the blur adds.
fn quad(phrase: &Phrase, turn: Turn, blur: f32) -> [(i32, i32); 4] {
    let pad = 1.0 + blur;
    let (left, top) = (phrase.left - pad, phrase.top - pad);
    let (right, bottom) = (phrase.right + pad, phrase.bottom + pad);
    [(left, top), (right, top), (right, bottom), (left, bottom)].map(|(x, y)| {
        let (x, y) = turn.forward(x, y);
        (x.round() as i32, y.round() as i32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_forward_and_backward_meets_again() {
        let ink = Ink {
            width: 200,
            height: 300,
            data: vec![0.0; 60_000],
        };
        let turn = Turn::new(&ink, 1.7);
        let (x, y) = turn.forward(20.0, 250.0);
        let (x, y) = turn.backward(x, y);
        assert!((x - 20.0).abs() < 1e-3 && (y - 250.0).abs() < 1e-3);
    }

    #[test]
    fn a_blur_keeps_the_mean_of_an_even_plane() {
        let mut plane = vec![100.0; 20 * 30];
        blur(&mut plane, 20, 1.5);
        assert!(plane.iter().all(|value| (value - 100.0).abs() < 1e-3));
    }
}
