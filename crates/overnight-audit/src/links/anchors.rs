//! The pages links lead to, read once each.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::rc::Rc;

use super::page::{Page, read_page};
use crate::Document;

/// Remembers the pages that were read.
#[derive(Debug)]
pub(super) struct Pages<'a> {
    project: &'a Path,
    read: HashMap<String, Option<Rc<Page>>>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(project: &'a Path) -> Self {
        Self {
            project,
            read: HashMap::new(),
        }
    }

    /// The page at `path`, or `None` when it cannot be read.
    pub(super) fn get(&mut self, path: &str) -> Option<Rc<Page>> {
        if let Some(known) = self.read.get(path) {
            return known.clone();
        }
        let page = fs::read(self.project.join(path)).ok().map(|bytes| {
            let document = Document::new(path.to_owned(), bytes, None);
            Rc::new(read_page(&document.text(), document.body_start()))
        });
        self.read.insert(path.to_owned(), page.clone());
        page
    }
}
