//! Headings, and what the lines under them are.

use super::label::{Label, numbered, plain};
use super::lines::Line;

const TRACKER: &str = "progress tracker";
const CHECKLISTS: [&str; 2] = ["technical requirements", "success criteria"];

/// A heading: its level from 1 to 6 and its text.
pub(super) fn heading<'a>(line: &Line<'a>) -> Option<(usize, &'a str)> {
    let text = line.text.trim_start_matches(' ');
    let level = text.bytes().take_while(|byte| *byte == b'#').count();
    let rest = &text[level..];
    let is_heading = line.text.len() - text.len() <= 3
        && (1..=6).contains(&level)
        && (rest.is_empty() || rest.starts_with([' ', '\t']));
    if !is_heading {
        return None;
    }
    let title = rest.trim();
    let without_closing = title.trim_end_matches('#');
    let closed = without_closing.is_empty() || without_closing.ends_with([' ', '\t']);
    Some((
        level,
        if closed {
            without_closing.trim()
        } else {
            title
        },
    ))
}

/// The level of the heading that a line of `=` or `-` makes of the line above it.
pub(super) fn underline(line: &Line<'_>) -> Option<usize> {
    let text = line.text.trim();
    let level = match text.chars().next()? {
        '=' => 1,
        '-' => 2,
        _ => return None,
    };
    let is_line = text.len() > 1 && text.chars().all(|c| text.starts_with(c));
    is_line.then_some(level)
}

/// What a heading says about the lines under it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Title {
    Phase(Label),
    Task(Label),
    Tracker,
    Checklist {
        /// Whether the title begins with the words, rather than holding them somewhere.
        begins: bool,
    },
    Other,
}

/// Reads the text of a heading.
pub(super) fn named(text: &str) -> Title {
    if let Some(label) = numbered(text, "phase") {
        return Title::Phase(label);
    }
    if let Some(label) = numbered(text, "task") {
        return Title::Task(label);
    }
    let title = plain(text).to_lowercase();
    if title.contains(TRACKER) {
        return Title::Tracker;
    }
    match CHECKLISTS.iter().find(|name| title.contains(*name)) {
        Some(name) => Title::Checklist {
            begins: title.starts_with(name),
        },
        None => Title::Other,
    }
}

/// What the lines under the current heading are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Section {
    #[default]
    Other,
    Tracker {
        level: usize,
    },
    Checklist {
        level: usize,
        heading: String,
    },
    Phase {
        level: usize,
    },
}

impl Section {
    fn level(&self) -> Option<usize> {
        match self {
            Self::Other => None,
            Self::Tracker { level } | Self::Checklist { level, .. } | Self::Phase { level } => {
                Some(*level)
            }
        }
    }
}

/// The section that is read and the phase around it.
#[derive(Debug, Default)]
pub(super) struct Sections {
    current: Section,
    /// Level of the phase the current section lies in.
    phase: Option<usize>,
}

impl Sections {
    pub(super) fn current(&self) -> &Section {
        &self.current
    }

    /// Whether a heading of this level stands below that of the current checklist.
    pub(super) fn is_below_checklist(&self, of: usize) -> bool {
        matches!(self.current, Section::Checklist { level, .. } if of > level)
    }

    pub(super) fn enter_phase(&mut self, level: usize) {
        self.phase = Some(level);
        self.current = Section::Phase { level };
    }

    pub(super) fn enter_tracker(&mut self, level: usize) {
        self.end_phase_at(level);
        self.current = Section::Tracker { level };
    }

    pub(super) fn enter_checklist(&mut self, level: usize, heading: String) {
        self.end_phase_at(level);
        self.current = Section::Checklist { level, heading };
    }

    /// Goes on to a heading that names nothing: below the current section it is a part of
    /// it; beside a checklist of a phase the phase goes on; else nothing is open.
    pub(super) fn leave(&mut self, level: usize) {
        self.end_phase_at(level);
        if self.current.level().is_some_and(|own| level <= own) {
            self.current = match self.phase {
                Some(level) => Section::Phase { level },
                None => Section::Other,
            };
        }
    }

    fn end_phase_at(&mut self, level: usize) {
        self.phase = self.phase.filter(|own| level > *own);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_told_by_their_words() {
        for (text, begins) in [
            ("Technical Requirements", true),
            ("ðŸŽ¯ **Success Criteria Validation**", true),
            ("✅ Success criteria (draft)", true),
            ("Phase-wide success criteria", false),
            ("2. Technical requirements", false),
        ] {
            assert_eq!(named(text), Title::Checklist { begins }, "{text}");
        }
        assert_eq!(named("📊 Progress Tracker"), Title::Tracker);
        assert_eq!(named("Criteria of success"), Title::Other);
        assert!(matches!(
            named("Phase 2: Success criteria"),
            Title::Phase(_)
        ));
    }

    #[test]
    fn a_checklist_within_a_phase_ends_with_its_heading() {
        let mut sections = Sections::default();
        sections.enter_phase(3);
        sections.enter_checklist(4, String::new());
        assert!(sections.is_below_checklist(5) && !sections.is_below_checklist(4));
        sections.leave(5);
        assert!(matches!(sections.current(), Section::Checklist { .. }));
        sections.leave(4);
        assert_eq!(*sections.current(), Section::Phase { level: 3 });
        sections.leave(2);
        assert_eq!(*sections.current(), Section::Other);
    }

    #[test]
    fn underlines_make_headings() {
        let level = |text| {
            underline(&Line {
                number: 1,
                start: 0,
                text,
            })
        };
        assert_eq!(level("==="), Some(1));
        assert_eq!(level(" -- "), Some(2));
        for text in ["-", "", "-=-", "- -", "---a"] {
            assert_eq!(level(text), None, "{text}");
        }
    }
}
