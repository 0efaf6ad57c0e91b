//! What a key asks for.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// What the user wants of the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Quit,
    Up,
    Down,
    /// Back to the step that runs.
    Follow,
    Log,
    Help,
}

/// The wish behind a key; `None` when it has none.
pub(super) fn wish(key: &KeyEvent) -> Option<Wish> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    // The terminal hands Ctrl-C over as a key while the view is on.
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c') if is_control => Some(Wish::Quit),
        _ if is_control => None,
        // Not Esc: on a slow line an arrow arrives as Esc and more.
        KeyCode::Char('q') => Some(Wish::Quit),
        KeyCode::Char('j') | KeyCode::Down => Some(Wish::Down),
        KeyCode::Char('k') | KeyCode::Up => Some(Wish::Up),
        KeyCode::Char('g') => Some(Wish::Follow),
        KeyCode::Char('l') => Some(Wish::Log),
        KeyCode::Char('?') => Some(Wish::Help),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_their_meanings() {
        let plain = |code| wish(&KeyEvent::new(code, KeyModifiers::NONE));
        assert_eq!(plain(KeyCode::Char('q')), Some(Wish::Quit));
        assert_eq!(plain(KeyCode::Down), Some(Wish::Down));
        assert_eq!(plain(KeyCode::Char('x')), None);
        assert_eq!(plain(KeyCode::Esc), None);
        let control = |c| wish(&KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL));
        assert_eq!(control('c'), Some(Wish::Quit));
        assert_eq!(control('l'), None);
    }
}
