//! How a receipt looks once it was printed, handled and photographed.

use super::rng::Rng;

/// Everything between the page of ink and the photograph.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Look {
    /// Which of the fonts found, counted round.
    pub(crate) font: usize,
    /// Width of the paper in pixels.
    pub(crate) width: usize,
    /// Height of ordinary text in pixels.
    pub(crate) size: f32,
    /// Distance of base lines as a multiple of the text's height.
    pub(crate) leading: f32,
    /// Rules are dotted.
    pub(crate) dotted: bool,
    /// Colour of the paper, 0 to 255.
    pub(crate) paper: [f32; 3],
    /// Strength of the print, 0 (invisible) to 1 (black).
    pub(crate) print: f32,
    /// How much weaker the print is at its palest band, 0 to 1: a worn thermal head.
    pub(crate) fading: f32,
    /// Turn in degrees, clockwise.
    pub(crate) slant_deg: f32,
    /// Standard deviation of the blur in pixels.
    pub(crate) blur: f32,
    /// Standard deviation of the sensor's noise, in grey levels.
    pub(crate) noise: f32,
    /// How much darker the image is at one side, 0 to 1.
    pub(crate) shade: f32,
}

/// The look of the receipt at `index`; a few are made hard on purpose.
pub(crate) fn of(index: usize, seed: u64) -> Look {
    let mut rng = Rng::new(seed, 300 + index as u64);
    let tints = [
        [252.0, 251.0, 247.0],
        [246.0, 240.0, 222.0],
        [236.0, 240.0, 246.0],
        [250.0, 232.0, 226.0],
        [238.0, 244.0, 230.0],
    ];
    let mut look = Look {
        font: index,
        width: rng.between(440, 560) as usize,
        size: rng.real(22.0, 30.0),
        leading: rng.real(1.25, 1.5),
        dotted: rng.below(2) == 0,
        paper: *rng.pick(&tints),
        print: rng.real(0.72, 0.95),
        fading: rng.real(0.0, 0.2),
        slant_deg: rng.real(-2.0, 2.0),
        blur: rng.real(0.3, 0.8),
        noise: rng.real(0.3, 1.3),
        shade: rng.real(0.0, 0.25),
    };
    match index {
        // Pale print.
        4 => look.print = 0.28,
        11 => {
            look.print = 0.4;
            look.fading = 0.6;
        }
        // Out of focus.
        7 => look.blur = 2.0,
        16 => look.blur = 1.6,
        // Taken in the dark.
        13 => {
            look.noise = 7.0;
            look.shade = 0.6;
        }
        // Everything at once.
        18 => {
            look.blur = 2.6;
            look.noise = 7.0;
            look.print = 0.45;
        }
        _ => {}
    }
    look
}
