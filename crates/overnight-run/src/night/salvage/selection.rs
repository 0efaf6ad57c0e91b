//! Which units of a change's parts are kept, and how that is said.

use crate::workspace::{Part, Unit};

/// Names shown of what was undone; the patch has them all.
const NAMES_SHOWN: usize = 5;

/// A choice among the units of some parts.
pub(super) struct Selection<'p> {
    parts: &'p [Part],
    /// By part, by unit.
    is_kept: Vec<Vec<bool>>,
}

impl<'p> Selection<'p> {
    pub(super) fn nothing(parts: &'p [Part]) -> Self {
        Self {
            parts,
            is_kept: parts.iter().map(|p| vec![false; p.units.len()]).collect(),
        }
    }

    pub(super) fn take_parts(&mut self, parts: &[usize]) {
        for part in parts {
            self.is_kept[*part].fill(true);
        }
    }

    pub(super) fn take_units(&mut self, part: usize, units: &[usize]) {
        for unit in units {
            self.is_kept[part][*unit] = true;
        }
    }

    pub(super) fn has_all_of(&self, part: usize) -> bool {
        self.is_kept[part].iter().all(|kept| *kept)
    }

    /// The units chosen and those of more parts, in their order.
    pub(super) fn with_parts(&self, parts: &[usize]) -> Vec<&'p Unit> {
        self.units(|part, _| parts.contains(&part))
    }

    /// The units chosen and more of one part, in their order.
    pub(super) fn with_units(&self, of: usize, units: &[usize]) -> Vec<&'p Unit> {
        self.units(|part, unit| part == of && units.contains(&unit))
    }

    fn units(&self, more: impl Fn(usize, usize) -> bool) -> Vec<&'p Unit> {
        let mut chosen = Vec::new();
        for (p, part) in self.parts.iter().enumerate() {
            for (u, unit) in part.units.iter().enumerate() {
                if self.is_kept[p][u] || more(p, u) {
                    chosen.push(unit);
                }
            }
        }
        chosen
    }

    /// Whether the step wrote down no parts.
    fn is_by_file(&self) -> bool {
        matches!(self.parts, [only] if only.label.is_empty())
    }

    fn kept_of(&self, part: usize) -> usize {
        self.is_kept[part].iter().filter(|kept| **kept).count()
    }

    /// How much is kept: `3 of 5 files`, `2 of 3 parts`, `1 of 3 parts and some files of
    /// another`, `some files of 2 parts`.
    pub(super) fn share(&self) -> String {
        if self.is_by_file() {
            return format!("{} of {} files", self.kept_of(0), self.is_kept[0].len());
        }
        let (whole, split) = (self.whole_parts(), self.split_parts());
        let parts = format!("{whole} of {} parts", self.parts.len());
        match (whole, split) {
            (_, 0) => parts,
            (0, 1) => format!("some files of 1 part of {}", self.parts.len()),
            (0, split) => format!("some files of {split} parts of {}", self.parts.len()),
            (_, 1) => format!("{parts} and some files of another"),
            (_, split) => format!("{parts} and some files of {split} others"),
        }
    }

    fn whole_parts(&self) -> usize {
        let parts = 0..self.parts.len();
        parts.filter(|part| self.has_all_of(*part)).count()
    }

    fn split_parts(&self) -> usize {
        let parts = 0..self.parts.len();
        parts
            .filter(|part| !self.has_all_of(*part) && self.kept_of(*part) > 0)
            .count()
    }

    /// What was kept and what was undone, in one line.
    pub(super) fn words(&self) -> String {
        let (is_one, undone) = if self.is_by_file() {
            let out = self.is_kept[0].len() - self.kept_of(0);
            let undone = format!("{out} undone: {}", self.undone_files(0));
            (self.kept_of(0) == 1, undone)
        } else {
            let split = (0..self.parts.len()).filter(|part| !self.has_all_of(*part));
            let shown = split.map(|part| {
                let label = &self.parts[part].label;
                if self.kept_of(part) == 0 {
                    label.clone()
                } else {
                    format!("{label} in {}", self.undone_files(part))
                }
            });
            let undone = format!("undone: {}", listed(&shown.collect::<Vec<_>>()));
            (self.whole_parts() == 1 && self.split_parts() == 0, undone)
        };
        let verb = if is_one { "was" } else { "were" };
        format!("{} {verb} kept, {undone}", self.share())
    }

    fn undone_files(&self, part: usize) -> String {
        let units = self.parts[part].units.iter().zip(&self.is_kept[part]);
        let names = units
            .filter(|(_, kept)| !**kept)
            .map(|(unit, _)| unit.name());
        listed(&names.collect::<Vec<_>>())
    }
}

fn listed(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_SHOWN).cloned();
    let shown = shown.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(label: &str, files: &[&str]) -> Part {
        Part {
            label: label.to_owned(),
            units: files.iter().map(|file| Unit::named(file)).collect(),
        }
    }

    #[test]
    fn files_are_counted_and_what_was_undone_is_named() {
        let parts = [part("", &["a", "b", "c", "d"])];
        let mut selection = Selection::nothing(&parts);
        selection.take_units(0, &[0, 2]);
        assert_eq!(selection.words(), "2 of 4 files were kept, 2 undone: b, d");
        let many: Vec<String> = (0..8).map(|n| format!("f{n}")).collect();
        assert_eq!(listed(&many), "f0, f1, f2, f3, f4 and 3 more");
    }

    #[test]
    fn parts_are_named_and_a_split_one_with_its_files() {
        let parts = [
            part("lint", &["a", "b"]),
            part("format", &["a"]),
            part("docs", &["d"]),
        ];
        let mut selection = Selection::nothing(&parts);
        selection.take_parts(&[2]);
        assert_eq!(
            selection.words(),
            "1 of 3 parts was kept, undone: lint, format"
        );
        let names = |units: Vec<&Unit>| units.iter().map(|u| u.name()).collect::<Vec<_>>();
        assert_eq!(names(selection.with_parts(&[0])), ["a", "b", "d"]);
        assert_eq!(names(selection.with_units(0, &[1])), ["b", "d"]);
        let mut files = Selection::nothing(&parts);
        files.take_units(0, &[0]);
        assert_eq!(
            files.words(),
            "some files of 1 part of 3 were kept, undone: lint in b, format, docs"
        );
        selection.take_units(0, &[1]);
        assert_eq!(
            selection.words(),
            "1 of 3 parts and some files of another were kept, undone: lint in a, format"
        );
    }
}
