//! Renders the receipts of the example project, with exact ground truth.
//!
//! Contents, looks and noise come from one seed, so the same fonts give the same bytes.
//! The layout on disk is that of ICDAR 2019 SROIE: `img/ID.jpg` and `box/ID.csv`, one
//! phrase a line: `x1,y1,x2,y2,x3,y3,x4,y4,TEXT`, corners clockwise from the upper left.

mod content;
mod fonts;
mod look;
mod page;
mod photograph;
mod rng;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use image::codecs::jpeg::JpegEncoder;

use content::{Content, Language};
use fonts::Fonts;
use page::{Phrase, Setting};
use rng::Rng;

const SEED: u64 = 20_251_225;
const JPEG_QUALITY: u8 = 82;

/// Renders all receipts into `out`.
pub(crate) fn render(out: &Path) -> anyhow::Result<()> {
    let fonts = Fonts::find()?;
    for folder in ["img", "box"] {
        let folder = out.join(folder);
        fs::create_dir_all(&folder)
            .with_context(|| format!("failed to create {}", folder.display()))?;
    }
    let mut bytes_total = 0;
    for (index, content) in content::all(SEED).iter().enumerate() {
        let family = match content.language {
            Language::English => &fonts.latin,
            Language::Korean => &fonts.hangul,
        };
        if family.is_empty() {
            println!("{}: left out, no font with Hangul is installed", content.id);
            continue;
        }
        let look = look::of(index, SEED);
        let setting = Setting {
            font: &family[look.font % family.len()],
            width: look.width,
            size: look.size,
            leading: look.leading,
            dotted: look.dotted,
        };
        let (ink, phrases) = page::set(&content.rows, &setting);
        let mut rng = Rng::new(SEED, 400 + index as u64);
        let (photograph, quads) = photograph::take(&ink, &phrases, &look, &mut rng);
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY).encode_image(&photograph)?;
        bytes_total += jpeg.len();
        write(out, content, &jpeg, &boxes(&phrases, &quads))?;
        println!(
            "{}: {}x{}, {} phrases, {} bytes",
            content.id,
            photograph.width(),
            photograph.height(),
            phrases.len(),
            jpeg.len()
        );
    }
    println!("{bytes_total} bytes of images in {}", out.display());
    Ok(())
}

fn boxes(phrases: &[Phrase], quads: &[[(i32, i32); 4]]) -> String {
    let mut text = String::new();
    for (phrase, quad) in phrases.iter().zip(quads) {
        for (x, y) in quad {
            let _ = write!(text, "{x},{y},");
        }
        text.push_str(&phrase.text);
        text.push('\n');
    }
    text
}

fn write(out: &Path, content: &Content, jpeg: &[u8], boxes: &str) -> anyhow::Result<()> {
    let image = out.join(format!("img/{}.jpg", content.id));
    fs::write(&image, jpeg).with_context(|| format!("failed to write {}", image.display()))?;
    let truth = out.join(format!("box/{}.csv", content.id));
    fs::write(&truth, boxes).with_context(|| format!("failed to write {}", truth.display()))
}
