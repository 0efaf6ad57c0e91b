//! Sets a receipt's rows on a page of ink, and says where every phrase lies.

use ab_glyph::{Font as _, FontVec, PxScale, ScaleFont as _, point};

use super::content::Row;
use super::fonts::width;

/// Amount of ink per pixel, 0 (none) to 1 (full).
#[derive(Debug, Clone)]
pub(crate) struct Ink {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) data: Vec<f32>,
}

impl Ink {
    fn blank(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            data: vec![0.0; width * height],
        }
    }

    fn add(&mut self, x: i32, y: i32, amount: f32) {
        if let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y))
            && x < self.width
            && y < self.height
        {
            let pixel = &mut self.data[y * self.width + x];
            *pixel = (*pixel + amount).min(1.0);
        }
    }
}

/// A phrase on the page: its text and its tight box in pixels.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Phrase {
    pub(crate) text: String,
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) right: f32,
    pub(crate) bottom: f32,
}

/// How a receipt is set.
pub(crate) struct Setting<'a> {
    pub(crate) font: &'a FontVec,
    /// Width of the page in pixels.
    pub(crate) width: usize,
    /// Height of ordinary text in pixels.
    pub(crate) size: f32,
    /// Distance of base lines as a multiple of the text's height.
    pub(crate) leading: f32,
    /// Rules are drawn as dots instead of a line.
    pub(crate) dotted: bool,
}

/// Sets `rows`, from top to bottom.
pub(crate) fn set(rows: &[Row], setting: &Setting<'_>) -> (Ink, Vec<Phrase>) {
    let margin = setting.width as f32 * 0.09;
    let height = page_height(rows, setting, margin);
    let mut typesetter = Typesetter {
        setting,
        margin,
        size: fitting_size(rows, setting, margin),
        ink: Ink::blank(setting.width, height),
        phrases: Vec::new(),
        y: margin,
    };
    for row in rows {
        typesetter.row(row);
    }
    (typesetter.ink, typesetter.phrases)
}

/// Height of a row relative to ordinary text.
fn scale_of(row: &Row) -> f32 {
    match row {
        Row::Title(_) => 1.45,
        Row::Total(..) => 1.2,
        Row::Rule => 0.6,
        Row::Centre(_) | Row::Left(_) | Row::Pair(..) => 1.0,
    }
}

fn page_height(rows: &[Row], setting: &Setting<'_>, margin: f32) -> usize {
    let text: f32 = rows
        .iter()
        .map(|row| scale_of(row) * setting.size * setting.leading)
        .sum();
    (text + 2.0 * margin).ceil() as usize
}

/// The text's height, made smaller when the widest row would not fit.
fn fitting_size(rows: &[Row], setting: &Setting<'_>, margin: f32) -> f32 {
    let room = setting.width as f32 - 2.0 * margin;
    let widest = rows
        .iter()
        .map(|row| {
            let size = setting.size * scale_of(row);
            match row {
                Row::Title(text) | Row::Centre(text) | Row::Left(text) => {
                    width(setting.font, size, text)
                }
                Row::Pair(name, amount) | Row::Total(name, amount) => {
                    width(setting.font, size, name) + width(setting.font, size, amount) + 2.0 * size
                }
                Row::Rule => 0.0,
            }
        })
        .fold(0.0, f32::max);
    setting.size * (room / widest).min(1.0)
}

struct Typesetter<'a> {
    setting: &'a Setting<'a>,
    margin: f32,
    size: f32,
    ink: Ink,
    phrases: Vec<Phrase>,
    /// Top of the next row.
    y: f32,
}

impl Typesetter<'_> {
    fn row(&mut self, row: &Row) {
        let size = self.size * scale_of(row);
        let right = self.setting.width as f32 - self.margin;
        match row {
            Row::Title(text) | Row::Centre(text) => {
                let x = (self.setting.width as f32 - width(self.setting.font, size, text)) / 2.0;
                self.phrase(text, x, size);
            }
            Row::Left(text) => self.phrase(text, self.margin, size),
            Row::Pair(name, amount) | Row::Total(name, amount) => {
                self.phrase(name, self.margin, size);
                self.phrase(amount, right - width(self.setting.font, size, amount), size);
            }
            Row::Rule => self.rule(self.y + size * 0.4),
        }
        self.y += scale_of(row) * self.setting.size * self.setting.leading;
    }

    fn rule(&mut self, y: f32) {
        let (first, last) = (
            self.margin as i32,
            (self.setting.width as f32 - self.margin) as i32,
        );
        for x in first..last {
            if !self.setting.dotted || (x - first) % 6 < 2 {
                self.ink.add(x, y as i32, 0.8);
                self.ink.add(x, y as i32 + 1, 0.8);
            }
        }
    }

    fn phrase(&mut self, text: &str, x: f32, size: f32) {
        let font = self.setting.font.as_scaled(PxScale::from(size));
        let baseline = self.y + font.ascent();
        let mut pen = x;
        let mut previous = None;
        let (mut left, mut top, mut right, mut bottom) = (f32::MAX, f32::MAX, f32::MIN, f32::MIN);
        for character in text.chars() {
            let id = font.glyph_id(character);
            if let Some(previous) = previous {
                pen += font.kern(previous, id);
            }
            previous = Some(id);
            let glyph = id.with_scale_and_position(PxScale::from(size), point(pen, baseline));
            pen += font.h_advance(id);
            let Some(outline) = self.setting.font.outline_glyph(glyph) else {
                continue;
            };
            let bounds = outline.px_bounds();
            left = left.min(bounds.min.x);
            top = top.min(bounds.min.y);
            right = right.max(bounds.max.x);
            bottom = bottom.max(bounds.max.y);
            outline.draw(|gx, gy, amount| {
                let (x, y) = (bounds.min.x as i32, bounds.min.y as i32);
                self.ink.add(x + gx as i32, y + gy as i32, amount);
            });
        }
        self.phrases.push(Phrase {
            text: text.to_owned(),
            left,
            top,
            right,
            bottom,
        });
    }
}
