//! One picture as plain text.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::text::Line;

use super::view::{self, Sight, Ui};

/// Columns of the text.
const WIDTH: u16 = 100;

/// The whole night as text, as tall as it needs.
pub(super) fn picture(sight: &Sight) -> String {
    let ui = Ui {
        is_plain: true,
        ..Ui::default()
    };
    let height = view::full_height(sight, &ui);
    // Drawing into memory does not fail; if it did, there would be nothing to show.
    let drawn = Terminal::new(TestBackend::new(WIDTH, height)).and_then(|mut terminal| {
        terminal.draw(|frame| view::draw(frame, sight, &ui))?;
        Ok(text(terminal.backend().buffer()))
    });
    drawn.unwrap_or_default()
}

/// The lines of a buffer without trailing blanks.
fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            // The cell behind a wide character belongs to it.
            x += u16::try_from(Line::from(symbol).width())
                .unwrap_or(1)
                .max(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
