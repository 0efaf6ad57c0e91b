//! A part of what a study says: a title, what stands below it, and where it is recorded.

use super::grid::Grid;
use super::words::Words;
use crate::plot::Svg;

/// What a section is about, for what only one of the two formats adds to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    /// Samples a person should look at.
    Hard,
    /// References that may be wrong.
    Suspects,
    /// Files, and what was compared.
    Files,
    /// Everything else.
    Other,
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) topic: Topic,
    pub(crate) title: &'static str,
    pub(crate) blocks: Vec<Block>,
    /// The fields of the `result.json` its numbers are taken from.
    pub(crate) fields: Vec<String>,
}

/// What stands in a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Block {
    /// A heading below that of the section.
    Heading(Words),
    /// A paragraph.
    Text(Words),
    /// A paragraph on how to read what stands beside it.
    Note(Words),
    /// Items.
    List(Vec<Words>),
    /// A table.
    Table(Grid),
    /// A table that is longer than the argument needs: what it holds, and the table.
    Long(Words, Grid),
    /// A drawing, where drawings can be shown.
    Plot(Svg),
}

impl Section {
    pub(super) fn new(title: &'static str, fields: impl IntoIterator<Item: Into<String>>) -> Self {
        Self {
            topic: Topic::Other,
            title,
            blocks: Vec::new(),
            fields: fields.into_iter().map(Into::into).collect(),
        }
    }

    pub(super) fn about(mut self, topic: Topic) -> Self {
        self.topic = topic;
        self
    }

    pub(super) fn heading(&mut self, words: impl Into<Words>) {
        self.blocks.push(Block::Heading(words.into()));
    }

    pub(super) fn text(&mut self, words: impl Into<Words>) {
        self.blocks.push(Block::Text(words.into()));
    }

    pub(super) fn note(&mut self, words: impl Into<Words>) {
        self.blocks.push(Block::Note(words.into()));
    }

    pub(super) fn list(&mut self, items: Vec<String>) {
        if !items.is_empty() {
            let items = items.into_iter().map(Words::from).collect();
            self.blocks.push(Block::List(items));
        }
    }

    pub(super) fn table(&mut self, grid: Grid) {
        if !grid.is_empty() {
            self.blocks.push(Block::Table(grid));
        }
    }

    pub(super) fn long(&mut self, summary: impl Into<Words>, grid: Grid) {
        if !grid.is_empty() {
            self.blocks.push(Block::Long(summary.into(), grid));
        }
    }

    pub(super) fn plot(&mut self, svg: Option<Svg>) {
        self.blocks.extend(svg.map(Block::Plot));
    }
}
