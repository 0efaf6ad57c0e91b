//! The paper plots are drawn on. Every text is escaped here and nowhere else.

use std::fmt::Write as _;

use super::scale::Scale;

/// A finished drawing: well-formed SVG in which all text from outside is escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Svg(String);

impl Svg {
    /// The markup.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing under way; lengths in pixels at natural size.
#[derive(Debug)]
pub(super) struct Canvas {
    width: f64,
    height: f64,
    label: String,
    body: String,
}

impl Canvas {
    /// An empty drawing; `label` says in words what it shows.
    pub(super) fn new(width: f64, height: f64, label: &str) -> Self {
        Self {
            width,
            height,
            label: label.to_owned(),
            body: String::new(),
        }
    }

    fn push(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Writing into a String cannot fail.
        let _ = self.body.write_fmt(arguments);
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        self.push(format_args!(
            r#"<line class="{class}" x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}"/>"#,
            from.0, from.1, to.0, to.1
        ));
    }

    /// A rectangle with a text that appears when pointed at.
    pub(super) fn bar(&mut self, class: &str, at: (f64, f64), size: (f64, f64), tip: &str) {
        let radius = (size.0.min(size.1) / 2.0).clamp(0.0, 2.0);
        self.push(format_args!(
            r#"<rect class="{class}" x="{:.1}" y="{:.1}" width="{:.1}" height="{:.1}" rx="{radius:.1}"><title>{}</title></rect>"#,
            at.0, at.1, size.0.max(0.0), size.1.max(0.0), escaped(tip)
        ));
    }

    /// A filled dot with a text that appears when pointed at.
    pub(super) fn dot(&mut self, class: &str, at: (f64, f64), radius: f64, tip: &str) {
        self.push(format_args!(
            r#"<circle class="{class}" cx="{:.1}" cy="{:.1}" r="{radius}"><title>{}</title></circle>"#,
            at.0, at.1, escaped(tip)
        ));
    }

    /// A square standing on its corner.
    pub(super) fn diamond(&mut self, class: &str, at: (f64, f64), radius: f64, tip: &str) {
        let (x, y) = at;
        self.push(format_args!(
            r#"<path class="{class}" d="M{:.1} {y:.1}L{x:.1} {:.1}L{:.1} {y:.1}L{x:.1} {:.1}Z"><title>{}</title></path>"#,
            x - radius, y - radius, x + radius, y + radius, escaped(tip)
        ));
    }

    /// A line through points.
    pub(super) fn curve(&mut self, class: &str, points: &[(f64, f64)]) {
        let mut list = String::new();
        for (x, y) in points {
            let _ = write!(list, "{x:.1},{y:.1} ");
        }
        self.push(format_args!(
            r#"<polyline class="{class}" points="{}"/>"#,
            list.trim_end()
        ));
    }

    /// One line of text; `at` is on its base line.
    pub(super) fn text(&mut self, class: &str, at: (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.push(format_args!(
            r#"<text class="{class}" x="{:.1}" y="{:.1}" text-anchor="{anchor}">{}</text>"#,
            at.0,
            at.1,
            escaped(text)
        ));
    }

    /// A text centred at `at` as far as it stays between two places along x.
    pub(super) fn text_within(
        &mut self,
        class: &str,
        at: (f64, f64),
        ends: (f64, f64),
        text: &str,
    ) {
        let half = text_width(text) / 2.0;
        let x = at.0.min(ends.1 - half).max(ends.0 + half);
        self.text(class, (x, at.1), Anchor::Middle, text);
    }

    /// A point with whiskers from `low` to `high` along x.
    pub(super) fn across(&mut self, series: &str, y: f64, low: f64, high: f64) {
        self.line(&format!("whisker {series}"), (low, y), (high, y));
        for x in [low, high] {
            self.line(&format!("whisker {series}"), (x, y - 4.0), (x, y + 4.0));
        }
    }

    /// A point with whiskers from `low` to `high` along y.
    pub(super) fn upright(&mut self, series: &str, x: f64, low: f64, high: f64) {
        self.line(&format!("whisker {series}"), (x, low), (x, high));
        for y in [low, high] {
            self.line(&format!("whisker {series}"), (x - 4.0, y), (x + 4.0, y));
        }
    }

    /// Vertical grid lines with labels below, from `top` to `bottom`.
    pub(super) fn x_axis(&mut self, scale: &Scale, n: usize, top: f64, bottom: f64) {
        for (value, label) in scale.ticks(n) {
            let x = scale.at(value);
            self.line("grid", (x, top), (x, bottom));
            self.text("tick", (x, bottom + 16.0), Anchor::Middle, &label);
        }
    }

    /// Horizontal grid lines with labels at the left, from `left` to `right`.
    pub(super) fn y_axis(&mut self, scale: &Scale, n: usize, left: f64, right: f64) {
        for (value, label) in scale.ticks(n) {
            let y = scale.at(value);
            self.line("grid", (left, y), (right, y));
            self.text("tick", (left - 8.0, y + 4.0), Anchor::End, &label);
        }
    }

    /// The drawing as markup.
    pub(super) fn finish(self) -> Svg {
        Svg(format!(
            r#"<svg class="plot" role="img" aria-label="{}" viewBox="0 0 {:.0} {:.0}" width="{:.0}" height="{:.0}">{}</svg>"#,
            escaped(&self.label),
            self.width,
            self.height,
            self.width,
            self.height,
            self.body
        ))
    }
}

/// Text for an element or an attribute in double quotes, hidden characters made visible.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in crate::text::line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// About how wide a text is at 12 px; wide scripts count double.
pub(super) fn text_width(text: &str) -> f64 {
    text.chars()
        .map(|c| if u32::from(c) >= 0x1100 { 12.0 } else { 6.6 })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_place() {
        let mut canvas = Canvas::new(10.0, 10.0, "\" onload=\"x");
        canvas.text("t", (0.0, 0.0), Anchor::Start, "</text><script>\u{202e}");
        let svg = canvas.finish();
        assert!(!svg.as_str().contains("<script"));
        assert!(!svg.as_str().contains('\u{202e}'));
        assert!(
            svg.as_str()
                .contains("aria-label=\"&quot; onload=&quot;x\"")
        );
    }
}
