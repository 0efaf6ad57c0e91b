//! Signs, styles and the fitting of text into columns.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use overnight_record::StepOutcome;
use overnight_run::text;
use ratatui::style::{Color, Style};
use ratatui::text::Span;

/// The sign of a step that ended, beside its colour: colour alone never tells.
pub(super) fn sign(outcome: StepOutcome) -> (&'static str, Style) {
    let coloured = |colour| Style::new().fg(colour);
    match outcome {
        StepOutcome::Done => ("\u{2713}", coloured(Color::Green)),
        StepOutcome::Failed | StepOutcome::TimedOut | StepOutcome::Lost => {
            ("\u{2715}", coloured(Color::Red))
        }
        StepOutcome::RolledBack | StepOutcome::Interrupted => ("!", coloured(Color::Yellow)),
        StepOutcome::Skipped | StepOutcome::Unbound | StepOutcome::NotStarted => {
            ("-", coloured(Color::Yellow))
        }
    }
}

/// Seconds as people read them.
pub(super) fn span(seconds: f64) -> String {
    // Tenths of a second would only flicker.
    let whole = Duration::try_from_secs_f64(seconds.max(0.0).round()).unwrap_or_default();
    if whole < Duration::from_secs(60) {
        format!("{}s", whole.as_secs())
    } else {
        text::duration(whole)
    }
}

/// `22:00` in the project's time zone.
pub(super) fn clock(at: Timestamp, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).strftime("%H:%M").to_string()
}

/// Mebibytes, as gibibytes from 10 GiB on.
pub(super) fn mebibytes(mib: f64) -> String {
    if mib >= 10_240.0 {
        format!("{:.1} GiB", mib / 1024.0)
    } else {
        format!("{mib:.0} MiB")
    }
}

/// Items a second with two or three digits.
pub(super) fn rate(per_s: f64) -> String {
    let digits = if per_s < 10.0 { 2 } else { 1 };
    format!("{per_s:.digits$}/s")
}

/// A bar of `width` columns of which `part` is filled.
pub(super) fn bar(part: f64, width: usize) -> String {
    let filled = (part.clamp(0.0, 1.0) * width as f64).floor();
    // At most `width`, which is the width of a window.
    let filled = (filled as usize).min(width);
    format!("[{}{}]", "#".repeat(filled), "-".repeat(width - filled))
}

/// Text from outside on one line of at most `width` columns.
pub(super) fn fit(text: &str, width: usize) -> String {
    let text = overnight_report::text::line(text);
    if Span::raw(text.as_str()).width() <= width {
        return text;
    }
    let mut short = String::new();
    let mut columns = 0;
    for c in text.chars() {
        let wide = Span::raw(c.to_string()).width();
        if columns + wide + 1 > width {
            break;
        }
        columns += wide;
        short.push(c);
    }
    if width > 0 {
        short.push('\u{2026}');
    }
    short
}

/// `left` and `right` at the ends of a line of `width` columns; `left` gives way, but not
/// more than half of the line.
pub(super) fn ends(left: &str, right: &str, width: usize) -> (String, String) {
    let right = fit_right(right, width / 2);
    let right = right.as_str();
    let right_width = Span::raw(right).width();
    let room = width.saturating_sub(right_width + 2);
    let left = fit(left, room);
    let gap = if width == usize::from(u16::MAX) {
        2
    } else {
        width.saturating_sub(Span::raw(left.as_str()).width() + right_width)
    };
    (left, format!("{}{right}", " ".repeat(gap)))
}

/// The first parts of a text whose parts stand two blanks apart.
fn fit_right(text: &str, width: usize) -> String {
    let mut kept = String::new();
    for part in text.split("  ") {
        let gap = if kept.is_empty() { "" } else { "  " };
        let longer = format!("{kept}{gap}{part}");
        if Span::raw(longer.as_str()).width() > width {
            break;
        }
        kept = longer;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_fitted_by_columns() {
        assert_eq!(fit("영수증을 고친다", 8), "영수증\u{2026}");
        assert_eq!(fit("a\u{1b}[31m b\tc", 9), "a b c");
        assert_eq!(fit("abc", 0), "");
        assert_eq!(
            ends("a long text", "4m", 9),
            ("a lo\u{2026}".to_owned(), "  4m".to_owned())
        );
        assert_eq!(fit_right("24 %  0.20/s  31m left", 13), "24 %  0.20/s");
        assert_eq!(bar(0.5, 4), "[##--]");
        assert_eq!(span(59.6), "1m 00s");
    }
}
