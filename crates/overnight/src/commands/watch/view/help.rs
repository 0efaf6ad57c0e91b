//! The keys, explained.

use ratatui::layout::Rect;
use ratatui::widgets::{Block, Borders, Paragraph};

const TEXT: &str = "q         quit; the night goes on
j, Down   select the next step
k, Up     select the step before
g         back to the step that runs
l         the log large or small
?         close this";
const WIDTH: u16 = 44;
const HEIGHT: u16 = 8;

/// The middle of the window, as far as there is room.
pub(super) fn place(area: Rect) -> Rect {
    let (width, height) = (WIDTH.min(area.width), HEIGHT.min(area.height));
    Rect::new(
        area.x + (area.width - width) / 2,
        area.y + (area.height - height) / 2,
        width,
        height,
    )
}

pub(super) fn text() -> Paragraph<'static> {
    Paragraph::new(TEXT).block(Block::new().borders(Borders::ALL).title("Keys"))
}
