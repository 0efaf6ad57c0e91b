//! Proposals that rest on names alone.

use std::collections::BTreeSet;

use super::living::is_generic;
use super::meaning::without_steps;
use super::proposal::{Proposal, named};
use super::{Broken, Repairer};
use crate::links::history::{Trail, base_name, same_kind};

impl Repairer<'_> {
    /// Nothing is proposed for a file that git saw deleted: its namesakes are others.
    pub(super) fn by_likeness(&self, broken: Broken<'_>) -> Option<Proposal> {
        let tail = without_steps(broken.path).trim_matches('/');
        let name = base_name(tail);
        if name.is_empty() || is_generic(name) || tail.split('/').any(|part| part == "..") {
            return None;
        }
        if self.is_over(broken) {
            return None;
        }
        self.suffix(broken, tail)
            .or_else(|| self.descendant(broken, name))
            .or_else(|| self.unique_name(name))
            .or_else(|| self.slug(name))
            .or_else(|| self.partial_suffix(tail))
            // A document that only resembles its own links is no target of theirs.
            .filter(|found| found.proof.target != broken.document)
    }

    /// The only file whose path ends in all of the written path.
    fn suffix(&self, broken: Broken<'_>, tail: &str) -> Option<Proposal> {
        if !tail.contains('/') || broken.is_absolute {
            return None;
        }
        let target = self.living.only_with_suffix(tail)?;
        let text = format!("the only file whose path ends in `{tail}`");
        let doubtful = self.was_deleted(broken);
        Some(Proposal::safe("unique-suffix", target, text).only_suggested_if(doubtful))
    }

    /// The only file that files of this name were renamed to.
    fn descendant(&self, broken: Broken<'_>, name: &str) -> Option<Proposal> {
        let mut targets = BTreeSet::new();
        let mut commits = Vec::new();
        let mut is_certain = true;
        for path in self.history.lost_with_name(name) {
            match self.follow(path) {
                Some(Trail::Lives(steps)) => {
                    let last = steps.last()?;
                    targets.insert(last.to.clone());
                    commits.push(last.commit.clone());
                }
                _ => is_certain = false,
            }
        }
        let target = targets.first().filter(|_| targets.len() == 1)?;
        let others = self.living.named(name).any(|file| file != target);
        let commit = commits.first()?.clone();
        let text = format!(
            "the only file that a `{name}` was renamed to, in {}",
            named(&commit)
        );
        let doubtful = !is_certain || others || self.was_deleted(broken);
        Some(
            Proposal::safe("descendant", target, text)
                .witnessed([commit])
                .only_suggested_if(doubtful),
        )
    }

    fn unique_name(&self, name: &str) -> Option<Proposal> {
        let target = self.living.only_with_suffix(name)?;
        let text = format!("the only file named `{name}`");
        Some(Proposal::suggested("unique-name", target, text))
    }

    /// The only file with a time in its name that is else named so, or named so behind the
    /// prefix of its kind.
    fn slug(&self, name: &str) -> Option<Proposal> {
        let wanted = slug(name).unwrap_or_else(|| plain(name));
        let has_own_time = slug(name).is_some();
        let is_telling = wanted.matches('-').count() >= 2;
        let behind_prefix = format!("-{wanted}");
        let mut fitting = self.living.all().filter(|file| {
            same_kind(file, name)
                && slug(base_name(file)).is_some_and(|slug| {
                    (has_own_time && slug == wanted)
                        || (is_telling && slug.ends_with(&behind_prefix))
                        || (is_telling && slug == wanted)
                })
        });
        let target = fitting.next()?;
        if fitting.next().is_some() || !self.living.has_file(target) {
            return None;
        }
        let text = format!("the only file named `{wanted}` behind a time");
        Some(Proposal::suggested("slug", target, text))
    }

    /// The only file whose path ends in the longest part of the written path that any ends
    /// in.
    fn partial_suffix(&self, tail: &str) -> Option<Proposal> {
        let parts: Vec<&str> = tail.split('/').collect();
        (1..parts.len().saturating_sub(1)).find_map(|at| {
            let part = parts[at..].join("/");
            let target = self.living.only_with_suffix(&part)?;
            let text = format!("the only file whose path ends in `{part}`");
            Some(Proposal::suggested("partial-suffix", target, text))
        })
    }
}

/// What follows `2025-12-01_1200_` in a file name, made [`plain`].
fn slug(name: &str) -> Option<String> {
    let mut rest = name;
    for (digits, mark) in [(4, '-'), (2, '-'), (2, '_'), (4, '_')] {
        let (number, after) = rest.split_once(mark)?;
        if number.len() != digits || !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        rest = after;
    }
    (!rest.is_empty()).then(|| plain(rest))
}

/// A name in lower case and with one kind of separator.
fn plain(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_what_follows_the_time() {
        assert_eq!(
            slug("2025-12-01_1200_design-X_y.md").as_deref(),
            Some("design-x-y.md")
        );
        for none in [
            "2025-12-01_design.md",
            "design.md",
            "2025-12-01_1200_",
            "한-글_x_y_z",
        ] {
            assert_eq!(slug(none), None, "{none}");
        }
    }
}
