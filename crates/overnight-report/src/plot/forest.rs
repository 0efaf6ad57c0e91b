//! Differences in character error rate, around the line of no difference.

use overnight_record::result::PairedDifference;

use super::canvas::{Anchor, Canvas, Svg};
use super::scale::Scale;
use crate::gap::Shown;
use crate::number::points_with;
use crate::text;

const TOP: f64 = 48.0;
const BOTTOM: f64 = 42.0;

/// How much of the page's width the plot takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// Beside another one; values stand above their marks.
    Half,
    /// Alone; values stand in a column at the right.
    Whole,
    /// Alone, with long names; values stand in a column at the right.
    Long,
}

/// Lengths in pixels.
struct Measures {
    width: f64,
    left: f64,
    right: f64,
    row: f64,
    /// Characters of a name.
    name: usize,
}

impl Size {
    fn measures(self) -> Measures {
        let (width, left, right, row, name) = match self {
            Self::Half => (440.0, 132.0, 16.0, 46.0, 15),
            Self::Whole => (680.0, 136.0, 216.0, 34.0, 16),
            Self::Long => (760.0, 200.0, 216.0, 24.0, 30),
        };
        Measures {
            width,
            left,
            right,
            row,
            name,
        }
    }
}

/// A row of the plot.
enum Row<'a> {
    Heading(&'a str),
    Difference(&'a str, &'a PairedDifference),
}

/// One row an arm. `None` when no arm has a difference.
pub(crate) fn forest(size: Size, title: &str, rows: &[(&str, &PairedDifference)]) -> Option<Svg> {
    let rows = rows
        .iter()
        .map(|(name, paired)| Row::Difference(name, paired));
    draw(size, title, &rows.collect::<Vec<_>>())
}

/// One row a group, under the names of their sections. `None` when no group has a difference.
pub(crate) fn forest_in_sections(
    title: &str,
    sections: &[(String, Vec<(String, &PairedDifference)>)],
) -> Option<Svg> {
    let mut rows = Vec::new();
    for (name, groups) in sections {
        rows.push(Row::Heading(name));
        let groups = groups.iter();
        rows.extend(groups.map(|(name, paired)| Row::Difference(name, paired)));
    }
    draw(Size::Long, title, &rows)
}

fn draw(size: Size, title: &str, rows: &[Row<'_>]) -> Option<Svg> {
    let measures = size.measures();
    let (width, left, right) = (measures.width, measures.left, measures.right);
    let differences = rows.iter().filter_map(|row| match row {
        Row::Heading(_) => None,
        Row::Difference(name, paired) => Some((*name, *paired)),
    });
    let ends = differences.clone().flat_map(|(_, paired)| {
        let interval = paired.interval.as_ref();
        [
            interval.map_or(paired.difference, |i| i.low),
            interval.map_or(paired.difference, |i| i.high),
            paired.difference,
        ]
    });
    // The same reach to both sides, so that the zero line stands in the middle.
    let reach = ends.map(f64::abs).reduce(f64::max)?.max(0.0005) * 100.0;
    let height = TOP + measures.row * rows.len() as f64 + BOTTOM;
    let values: Vec<String> = differences
        .map(|(name, p)| format!("{name} {}", points_with(p.difference, p.interval.as_ref())))
        .collect();
    let mut canvas = Canvas::new(width, height, &format!("{title}. {}", values.join("; ")));
    canvas.text("title", (0.0, 14.0), Anchor::Start, title);
    let x = Scale::round(-reach, reach, left, width - right, 4);
    canvas.x_axis(&x, 4, TOP, height - BOTTOM);
    let zero = x.at(0.0);
    canvas.line("zero", (zero, TOP - 6.0), (zero, height - BOTTOM));
    canvas.text(
        "axis",
        (zero - 10.0, TOP - 10.0),
        Anchor::End,
        "\u{2190} fewer errors",
    );
    canvas.text(
        "axis",
        (zero + 10.0, TOP - 10.0),
        Anchor::Start,
        "more errors \u{2192}",
    );
    for (i, row) in rows.iter().enumerate() {
        let share = if size == Size::Half { 0.62 } else { 0.5 };
        let y = TOP + measures.row * (i as f64 + share);
        match row {
            Row::Heading(name) => {
                let name = text::clipped(name, measures.name);
                canvas.text("group", (0.0, y + 6.0), Anchor::Start, &name);
            }
            Row::Difference(name, paired) => {
                difference(&mut canvas, size, &x, y, name, paired);
            }
        }
    }
    let middle = f64::midpoint(left, width - right);
    let label = "difference in CER, percentage points";
    canvas.text("axis", (middle, height - 6.0), Anchor::Middle, label);
    Some(canvas.finish())
}

fn difference(
    canvas: &mut Canvas,
    size: Size,
    x: &Scale,
    y: f64,
    name: &str,
    paired: &PairedDifference,
) {
    let measures = size.measures();
    canvas.text(
        "name",
        (measures.left - 12.0, y + 4.0),
        Anchor::End,
        &text::clipped(name, measures.name),
    );
    let series = series(paired);
    if let Some(interval) = &paired.interval {
        canvas.across(
            series,
            y,
            x.at(interval.low * 100.0),
            x.at(interval.high * 100.0),
        );
    }
    let value = points_with(paired.difference, paired.interval.as_ref());
    let at = (x.at(paired.difference * 100.0), y);
    let tip = format!("{name}: {value}, n = {}", paired.n);
    let radius = if size == Size::Long { 5.0 } else { 6.0 };
    canvas.diamond(&format!("dot {series}"), at, radius, &tip);
    let width = measures.width;
    match size {
        Size::Whole | Size::Long => canvas.text("value", (width, y + 4.0), Anchor::End, &value),
        Size::Half => {
            canvas.text_within("value", (at.0, y - 11.0), (measures.left, width), &value);
        }
    }
}

/// Coloured only when the whole interval lies on one side and no test contradicts it.
fn series(paired: &PairedDifference) -> &'static str {
    match Shown::from(paired) {
        Shown::Fewer => "better",
        Shown::More => "worse",
        _ => "neutral",
    }
}
