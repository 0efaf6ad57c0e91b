//! One sample as an SVG: the image with a box around each line on the left, the lines' texts
//! at the same places on the right.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use overnight_record::{Line, Prediction};

use super::place::{baseline, corners, natural_width};
use super::{DOUBTFUL, SURE, band, escaped};
use crate::number::{counted, milliseconds};

/// Longer side of the drawn image, in pixels: at most, and at least where it is enlarged.
const LONGEST: f32 = 1600.0;
const LEAST: f32 = 640.0;
/// Width of the drawn image, at most: both halves fit on a common screen.
const WIDEST: f32 = 900.0;
/// Space around and between the two halves.
const GAP: f32 = 16.0;
/// Height of the heading.
const HEAD: f32 = 92.0;
/// Least width of each half, so that the heading has room.
const HALF: f32 = 400.0;
/// Height of a row of text without a place.
const ROW: f32 = 24.0;
/// Characters of a line that are drawn.
const MOST_TEXT: usize = 2000;

const STYLE: &str = "text{font-family:'Noto Sans','Noto Sans KR','Noto Sans CJK KR','Malgun Gothic',\
'Apple SD Gothic Neo',sans-serif;fill:#1b1d21}.h{font-size:20px;font-weight:700}\
.i{font-size:14px;fill:#50555d}.e{font-size:14px;fill:#b3261e}.r{font-size:16px}\
polygon{fill-opacity:.06;stroke-width:2}.o polygon,polygon.o{fill:none;stroke-width:1;\
stroke-opacity:.35}.sure polygon,.sure.k{fill:#1b7a4b;stroke:#1b7a4b}\
.fair polygon,.fair.k{fill:#b57600;stroke:#b57600}\
.weak polygon,.weak.k{fill:#c4161c;stroke:#c4161c;stroke-dasharray:7 4}\
.none polygon,.none.k{fill:#1d5a9e;stroke:#1d5a9e}g.l polygon.o{fill:none}\
g.l:hover polygon{fill-opacity:.3;stroke-width:3}g.l:hover text{font-weight:700}";

/// A reduced copy of a sample's image.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// A JPEG file, upright.
    pub jpeg: &'a [u8],
    /// Width in pixels of the upright original, which the polygons of lines are in.
    pub width: u32,
    /// Its height.
    pub height: u32,
}

/// The prediction for one sample as an SVG document. Without a picture the boxes are drawn
/// on an empty ground. Lines without a place are listed on the right.
///
/// Boxes are coloured by confidence and told apart by their outline, too; hovering over a box
/// or its text shows both, with the confidence.
pub fn sheet(prediction: &Prediction, picture: Option<&Picture<'_>>) -> String {
    let without_lines = lines_of_text(prediction);
    let lines = without_lines.as_deref().unwrap_or(&prediction.lines);
    let (width, height) = picture.map_or_else(
        || extent(lines),
        |picture| (picture.width.max(1) as f32, picture.height.max(1) as f32),
    );
    let longer = width.max(height);
    let scale = (LEAST / longer)
        .max(1.0)
        .min(LONGEST / longer)
        .min(WIDEST / width);
    let (width, height) = (width * scale, height * scale);
    let half = width.max(HALF);
    let n_unplaced = lines
        .iter()
        .filter(|line| corners(&line.polygon, scale).is_none())
        .count();
    // Where lines without a place begin, below the top of the right half.
    let list = if n_unplaced == lines.len() {
        0.0
    } else {
        height
    };
    let tall = if n_unplaced == 0 {
        height
    } else {
        height.max(list + ROW * (n_unplaced + 1) as f32)
    };
    let (total, bottom) = (2.0 * half + 3.0 * GAP, HEAD + tall + GAP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{total:.0}\" height=\"{bottom:.0}\" \
         viewBox=\"0 0 {total:.0} {bottom:.0}\">\n<style>{STYLE}</style>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#f2f0eb\"/>\n"
    );
    heading(&mut svg, prediction, lines.len(), half);
    let right = half + 2.0 * GAP;
    let _ = writeln!(
        svg,
        "<rect x=\"{GAP:.0}\" y=\"{HEAD:.0}\" width=\"{width:.1}\" height=\"{height:.1}\" \
         fill=\"#fff\"/>\n<rect x=\"{right:.0}\" y=\"{HEAD:.0}\" width=\"{half:.1}\" \
         height=\"{tall:.1}\" fill=\"#fff\"/>"
    );
    if let Some(picture) = picture {
        let _ = writeln!(
            svg,
            "<image x=\"{GAP:.0}\" y=\"{HEAD:.0}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             preserveAspectRatio=\"none\" href=\"data:image/jpeg;base64,{}\"/>",
            STANDARD.encode(picture.jpeg)
        );
    }
    let mut next = HEAD + list + ROW;
    for (index, line) in lines.iter().enumerate() {
        let _ = write!(svg, "<g class=\"l {}\">", band(line.confidence));
        tooltip(&mut svg, index, line);
        match corners(&line.polygon, scale) {
            Some(corners) => placed(&mut svg, &corners, &line.text, right),
            None => {
                let text = escaped(&line.text, MOST_TEXT);
                let x = right + 8.0;
                let _ = write!(
                    svg,
                    "<text class=\"r\" x=\"{x:.0}\" y=\"{next:.0}\">{text}</text>"
                );
                next += ROW;
            }
        }
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

/// The lines of an answer that is nothing but text.
fn lines_of_text(prediction: &Prediction) -> Option<Vec<Line>> {
    let is_text_alone = prediction.lines.is_empty() && !prediction.text.is_empty();
    is_text_alone.then(|| {
        let line = |text: &str| Line {
            polygon: Vec::new(),
            text: text.to_owned(),
            confidence: None,
        };
        prediction.text.lines().map(line).collect()
    })
}

/// Right and lower end of all boxes, in pixels of the image.
fn extent(lines: &[Line]) -> (f32, f32) {
    let corners = lines.iter().filter_map(|line| corners(&line.polygon, 1.0));
    corners
        .flatten()
        .fold((1.0, 1.0), |(width, height): (f32, f32), [x, y]| {
            (width.max(x), height.max(y))
        })
}

fn heading(svg: &mut String, prediction: &Prediction, n_lines: usize, half: f32) {
    // Some nine pixels a character of the heading, seven of what is below it.
    let room = |per_character: f32| (2.0 * half / per_character) as usize;
    let mut about = format!(
        "{} · {} · {}",
        prediction.backend,
        prediction.status,
        counted(n_lines, "line")
    );
    if prediction.timings_ms.total > 0.0 {
        let _ = write!(about, " · {}", milliseconds(prediction.timings_ms.total));
    }
    for note in &prediction.notes {
        let _ = write!(about, " · {note}");
    }
    let _ = writeln!(
        svg,
        "<title>{0}</title>\n<text class=\"h\" x=\"{GAP:.0}\" y=\"30\">{0}</text>\n\
         <text class=\"i\" x=\"{GAP:.0}\" y=\"54\">{1}</text>",
        escaped(&prediction.id, room(12.0)),
        escaped(&about, room(8.0))
    );
    if let Some(error) = &prediction.error {
        let _ = writeln!(
            svg,
            "<text class=\"e\" x=\"{GAP:.0}\" y=\"78\">{}</text>",
            escaped(error, room(8.0))
        );
        return;
    }
    let keys = [
        ("sure", format!("confidence from {SURE}")),
        ("fair", format!("from {DOUBTFUL}")),
        ("weak", format!("below {DOUBTFUL}")),
        ("none", "no confidence".to_owned()),
    ];
    let mut x = GAP;
    for (class, label) in keys {
        let _ = writeln!(
            svg,
            "<rect class=\"k {class}\" x=\"{x:.0}\" y=\"67\" width=\"20\" height=\"12\" \
             fill-opacity=\".15\" stroke-width=\"2\"/><text class=\"i\" x=\"{:.0}\" y=\"78\">{label}</text>",
            x + 28.0
        );
        x += 28.0 + 8.0 * label.len() as f32 + 12.0;
    }
}

fn tooltip(svg: &mut String, index: usize, line: &Line) {
    let confidence = line.confidence.map_or_else(
        || "no confidence".to_owned(),
        |c| format!("confidence {c:.3}"),
    );
    let text = escaped(&line.text, MOST_TEXT);
    let _ = write!(svg, "<title>{}: {text}\n{confidence}</title>", index + 1);
}

/// A box, and its text within the same box on the right.
fn placed(svg: &mut String, corners: &[[f32; 2]], text: &str, right: f32) {
    let points = |left: f32| {
        let points: Vec<String> = corners
            .iter()
            .map(|[x, y]| format!("{:.1},{:.1}", x + left, y + HEAD))
            .collect();
        points.join(" ")
    };
    let _ = write!(
        svg,
        "<polygon points=\"{}\"/><polygon class=\"o\" points=\"{}\"/>",
        points(GAP),
        points(right)
    );
    let Some(line) = baseline(corners, text.chars().count() == 1) else {
        return;
    };
    let [x, y] = [line.start[0] + right, line.start[1] + HEAD];
    let _ = write!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{:.1}\"",
        line.size
    );
    if line.angle.abs() > 0.05 {
        let _ = write!(
            svg,
            " transform=\"rotate({:.1} {x:.1} {y:.1})\"",
            line.angle
        );
    }
    // What is about as wide as its box fills it; a text that is too short for it does not.
    if natural_width(text) * line.size > 0.6 * line.length {
        let length = line.length;
        let _ = write!(
            svg,
            " textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\""
        );
    }
    let _ = write!(svg, ">{}</text>", escaped(text, MOST_TEXT));
}
