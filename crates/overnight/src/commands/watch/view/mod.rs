//! The view: a function from what is known to a frame.

mod detail;
mod header;
mod help;
mod steps;
mod words;

use overnight_record::StepId;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Borders, Clear, Paragraph};

use super::keys::Wish;
use crate::moment::{LogTail, Moment};

/// Lines of a log in a picture as plain text.
const PLAIN_LOG_LINES: usize = 12;
/// A window this low shows the steps and nothing below them.
const LOW: u16 = 14;

/// A window this low shows of the header only which night it is and how far.
const TINY: u16 = 10;

/// What is known.
#[derive(Debug, Clone)]
pub(super) struct Sight {
    /// The night.
    pub(super) moment: Moment,
    /// The log of the chosen step.
    pub(super) log: LogTail,
    /// Why the picture may be old; `None` while all is well.
    pub(super) trouble: Option<String>,
}

/// What the user made of the view.
#[derive(Debug, Clone, Default)]
pub(super) struct Ui {
    /// The step that was selected; `None` to follow the one that runs.
    pub(super) selected: Option<StepId>,
    /// Whether the log has the place of the steps.
    pub(super) is_log_large: bool,
    /// Whether the keys are explained.
    pub(super) shows_help: bool,
    /// Whether it is plain text for a file rather than for a terminal.
    pub(super) is_plain: bool,
}

impl Ui {
    /// Takes a wish in.
    pub(super) fn follow_wish(&mut self, wish: Wish, moment: &Moment) {
        let steps: Vec<StepId> = moment.summary.steps.iter().map(|step| step.id).collect();
        let here = chosen(moment, self).and_then(|id| steps.iter().position(|s| *s == id));
        match wish {
            Wish::Quit => {}
            Wish::Up => self.selected = here.and_then(|i| steps.get(i.saturating_sub(1)).copied()),
            Wish::Down => {
                let last = steps.len().saturating_sub(1);
                self.selected = here.and_then(|i| steps.get((i + 1).min(last)).copied());
            }
            Wish::Follow => self.selected = None,
            Wish::Log => self.is_log_large = !self.is_log_large,
            Wish::Help => self.shows_help = !self.shows_help,
        }
    }
}

/// The step whose details are shown: the selected one, or the first that runs, or the first
/// that is not done, or the last.
pub(super) fn chosen(moment: &Moment, ui: &Ui) -> Option<StepId> {
    let steps = &moment.summary.steps;
    let is_open = |step: &&overnight_run::summary::StepSummary| {
        step.state.as_ref().is_none_or(|s| !s.outcome.is_success())
    };
    ui.selected
        .filter(|id| steps.iter().any(|step| step.id == *id))
        .or_else(|| moment.running.first().map(|running| running.step.step))
        .or_else(|| steps.iter().find(is_open).map(|step| step.id))
        .or_else(|| steps.last().map(|step| step.id))
}

/// Rows that show everything.
pub(super) fn full_height(sight: &Sight, ui: &Ui) -> u16 {
    let log = sight.log.lines.len().min(PLAIN_LOG_LINES);
    let rows = header::lines(sight, u16::MAX).len()
        + steps::lines(&sight.moment, ui, u16::MAX).len()
        + detail::lines(sight, ui, usize::from(u16::MAX), log).len()
        + 2;
    u16::try_from(rows).unwrap_or(u16::MAX)
}

/// Draws the night.
pub(super) fn draw(frame: &mut Frame<'_>, sight: &Sight, ui: &Ui) {
    let area = frame.area();
    let mut header = header::lines(sight, area.width);
    if area.height < TINY && !ui.is_plain {
        header.truncate(2);
    }
    let is_low = area.height < LOW && !ui.is_plain;
    let footer = u16::from(!ui.is_plain && area.height > 6);
    let rows = Layout::vertical([
        Constraint::Length(u16::try_from(header.len()).unwrap_or(u16::MAX)),
        Constraint::Min(0),
        Constraint::Length(footer),
    ]);
    let [top, middle, bottom] = rows.areas(area);
    frame.render_widget(Paragraph::new(header), top);
    let below = if is_low && !ui.is_log_large {
        0
    } else {
        height_of_detail(sight, ui, middle)
    };
    let [upper, lower] =
        Layout::vertical([Constraint::Min(0), Constraint::Length(below)]).areas(middle);
    draw_steps(frame, sight, ui, upper);
    draw_detail(frame, sight, ui, lower);
    let keys = "q quit  j/k select  l log  g follow  ? help";
    let muted = Style::new().add_modifier(Modifier::DIM);
    frame.render_widget(Paragraph::new(Line::styled(keys, muted)), bottom);
    if ui.shows_help {
        let window = help::place(area);
        frame.render_widget(Clear, window);
        frame.render_widget(help::text(), window);
    }
}

/// The details have what they need for themselves and a few lines of the log; the steps
/// have the rest, and never less than half unless the log is wanted large.
fn height_of_detail(sight: &Sight, ui: &Ui, middle: Rect) -> u16 {
    if ui.is_log_large {
        return middle.height;
    }
    let log = sight.log.lines.len().min(PLAIN_LOG_LINES);
    let wanted = detail::lines(sight, ui, usize::from(middle.width), log).len() + 1;
    let wanted = u16::try_from(wanted).unwrap_or(u16::MAX);
    if ui.is_plain {
        return wanted.min(middle.height);
    }
    // What a long list of steps does not need is the log's.
    let steps = steps::lines(&sight.moment, ui, middle.width).len();
    let left = middle
        .height
        .saturating_sub(u16::try_from(steps).unwrap_or(u16::MAX));
    wanted.min(left.max(middle.height / 2))
}

fn draw_steps(frame: &mut Frame<'_>, sight: &Sight, ui: &Ui, area: Rect) {
    let lines = steps::lines(&sight.moment, ui, area.width);
    let chosen = chosen(&sight.moment, ui);
    let at = lines
        .iter()
        .position(|(_, id)| id.is_some() && *id == chosen);
    let height = usize::from(area.height);
    let most = lines.len().saturating_sub(height);
    let scroll = at.unwrap_or(0).saturating_sub(height / 2).min(most);
    let shown: Vec<Line<'_>> = lines
        .into_iter()
        .skip(scroll)
        .take(height)
        .map(|(line, _)| line)
        .collect();
    frame.render_widget(Paragraph::new(shown), area);
}

fn draw_detail(frame: &mut Frame<'_>, sight: &Sight, ui: &Ui, area: Rect) {
    let Some(step) = chosen(&sight.moment, ui) else {
        return;
    };
    let title = detail::title(&sight.moment, step, usize::from(area.width));
    let block = Block::new().borders(Borders::TOP).title(title);
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let (width, height) = (usize::from(inside.width), usize::from(inside.height));
    let above = detail::lines(sight, ui, width, 0).len();
    let log = height.saturating_sub(above);
    let log = if ui.is_plain {
        log.min(PLAIN_LOG_LINES)
    } else {
        log
    };
    frame.render_widget(Paragraph::new(detail::lines(sight, ui, width, log)), inside);
}

#[cfg(test)]
mod tests;
