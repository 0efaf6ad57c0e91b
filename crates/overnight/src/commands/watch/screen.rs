//! The terminal, taken for the view and given back.

use std::io;
use std::time::Duration;

use overnight_record::ExitCode;
use ratatui::crossterm::event;
use ratatui::{DefaultTerminal, Frame};

use crate::failure::Failure;

/// The terminal while the view is on. It is given back when this is dropped, and by the
/// hook that ratatui sets when the program panics; a signal only asks the loop to end.
#[derive(Debug)]
pub(super) struct Screen {
    terminal: DefaultTerminal,
}

impl Screen {
    /// Takes the terminal.
    pub(super) fn enter() -> Result<Self, Failure> {
        let terminal = ratatui::try_init().map_err(failed)?;
        Ok(Self { terminal })
    }

    /// Draws one frame.
    pub(super) fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> Result<(), Failure> {
        self.terminal.draw(render).map(drop).map_err(failed)
    }

    /// Forgets what is on the screen, for instance after the window changed its size.
    pub(super) fn clear(&mut self) -> Result<(), Failure> {
        self.terminal.clear().map_err(failed)
    }

    /// Waits for a key or a change of the window.
    pub(super) fn waits_for_key(&self, limit: Duration) -> Result<bool, Failure> {
        match event::poll(limit) {
            // A signal woke us; the loop looks whether it was a request to stop.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(false),
            other => other.map_err(failed),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

/// The terminal could not be used.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn failed(error: io::Error) -> Failure {
    Failure::with_hint(
        ExitCode::Precondition,
        format!("failed to use the terminal: {error}"),
        "`overnight watch --once` prints one picture",
    )
}
